// The Linux calls that Swift's Glibc overlay lacks: epoll, eventfd, and GNU-only calls behind plain functions.
// No feature macro may be defined here: it would change system headers for every Swift module that imports this one.
#ifndef PERIGEE_CLINUX_H
#define PERIGEE_CLINUX_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

/// accept4(2) with SOCK_NONBLOCK | SOCK_CLOEXEC; the peer's address is not asked for.
int perigee_accept(int listener);

/// pipe2(2) with O_NONBLOCK | O_CLOEXEC: the read end, then the write end. -1 with errno on failure.
int perigee_pipe(int *ends);

/// Names the calling thread (at most 15 bytes are kept).
void perigee_name_thread(const char *name);

/// Pins the calling thread to one CPU; 0 or an errno.
int perigee_pin_thread(int cpu);

/// CPUs this process may run on.
int perigee_cpu_count(void);

/// CPU time of the calling thread in nanoseconds.
int64_t perigee_thread_cpu_nanoseconds(void);

/// Nanoseconds of CLOCK_MONOTONIC.
int64_t perigee_monotonic_nanoseconds(void);

/// From now on `signal` writes its number as one byte to `descriptor` (the write end of a non-blocking pipe), from
/// whichever thread receives it. 0 or an errno.
int perigee_signal_to_descriptor(int signal, int descriptor);

/// Writes to a closed socket fail with EPIPE instead of ending the process.
void perigee_ignore_broken_pipe(void);

#endif
