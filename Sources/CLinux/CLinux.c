// GNU and Linux calls for the reactor; see include/CLinux.h. _GNU_SOURCE stays inside this file.
#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int perigee_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int perigee_pipe(int *ends) { return pipe2(ends, O_NONBLOCK | O_CLOEXEC); }

void perigee_name_thread(const char *name) {
    char shortened[16] = {0};
    strncpy(shortened, name, sizeof(shortened) - 1);
    pthread_setname_np(pthread_self(), shortened);
}

int perigee_pin_thread(int cpu) {
    cpu_set_t set;
    if (cpu < 0 || cpu >= CPU_SETSIZE) return EINVAL;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

int perigee_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0) {
        long online = sysconf(_SC_NPROCESSORS_ONLN);
        return online > 0 ? (int)online : 1;
    }
    return CPU_COUNT(&set);
}

static int64_t nanoseconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t perigee_thread_cpu_nanoseconds(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }

int64_t perigee_monotonic_nanoseconds(void) { return nanoseconds(CLOCK_MONOTONIC); }

// One descriptor for all signals of the process; written once before the handler is installed.
static volatile int signal_descriptor = -1;

static void write_signal(int signal) {
    int saved = errno;
    unsigned char number = (unsigned char)signal;
    // A full pipe already carries a signal to be read: losing this byte loses nothing.
    ssize_t written = write(signal_descriptor, &number, 1);
    (void)written;
    errno = saved;
}

int perigee_signal_to_descriptor(int signal, int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    signal_descriptor = descriptor;
    action.sa_handler = write_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(signal, &action, NULL) == 0 ? 0 : errno;
}

void perigee_ignore_broken_pipe(void) { signal(SIGPIPE, SIG_IGN); }
