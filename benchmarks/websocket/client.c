// Opens many WebSockets on one thread, and takes the time of messages to all of them.
//
//     client PORT CPU CONNECTIONS ROUNDS OPENING SETUP ANSWERS TRIGGER [HTTP]
//
// OPENING is a file with the request that upgrades; SETUP one with frames that each connection sends then, and ANSWERS how many
// messages come back. It then prints "open" and waits for a line on standard input. In each round the bytes of the file TRIGGER
// are sent, on the first connection, or with HTTP on one of its own; the round ends when every connection has a message more.
// Prints "MESSAGES SECONDS MEDIAN-OF-A-ROUND BYTES-OF-THE-LAST" at the end. Messages beyond one for a round fail it.
#include "epoll.h"

struct connection {
    int socket;
    int is_open;
    int messages;
    // Of the frame under way: bytes of its head so far, its payload left.
    unsigned char head[10];
    int head_count;
    uint64_t left;
};

static struct connection *connections;
static char *setup;
static size_t setup_size;
static long total;
static uint64_t last_size;
static int opened;

static char *contents(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    char *bytes = malloc(1 << 16);
    *size = fread(bytes, 1, 1 << 16, file);
    fclose(file);
    return bytes;
}

static void push(int socket, const char *bytes, size_t size) {
    if (size && send(socket, bytes, size, MSG_NOSIGNAL) != (ssize_t)size) fail("send");
}

static void take(struct connection *connection, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        if (connection->left) {
            size_t part = connection->left < count ? connection->left : count;
            connection->left -= part;
            bytes += part;
            count -= part;
        } else {
            connection->head[connection->head_count++] = *bytes++;
            count--;
        }
        int have = connection->head_count;
        if (connection->left || have < 2) continue;
        int length = connection->head[1] & 127;
        int need = length == 126 ? 4 : length == 127 ? 10 : 2;
        if (have < need) continue;
        if (have == need) {
            uint64_t size = length;
            if (need > 2) size = 0;
            for (int index = 2; index < need; index++) size = size << 8 | connection->head[index];
            connection->left = last_size = size;
            // Marks the head as read.
            connection->head_count = need + 1;
            if (size) continue;
        }
        int opcode = connection->head[0] & 15;
        if (opcode == 8) {
            fprintf(stderr, "the server closed a connection\n");
            exit(1);
        }
        if (opcode < 8) {
            connection->messages++;
            total++;
        }
        connection->head_count = 0;
    }
}

static void receive(struct connection *connection) {
    static unsigned char buffer[65536];
    ssize_t got = recv(connection->socket, buffer, sizeof buffer, 0);
    if (got <= 0) {
        fprintf(stderr, "a connection ended\n");
        exit(1);
    }
    unsigned char *start = buffer;
    if (!connection->is_open) {
        unsigned char *end = memmem(buffer, got, "\r\n\r\n", 4);
        if (!end || memcmp(buffer, "HTTP/1.1 101", 12) != 0) {
            fprintf(stderr, "not upgraded: %.*s\n", (int)got, buffer);
            exit(1);
        }
        connection->is_open = 1;
        opened++;
        push(connection->socket, setup, setup_size);
        start = end + 4;
    }
    take(connection, start, got - (start - buffer));
}

static int compare(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return difference < 0 ? -1 : difference > 0;
}

int main(int count, char **arguments) {
    if (count < 9) return 64;
    struct sockaddr_in address = loopback(atoi(arguments[1]));
    pin(atoi(arguments[2]));
    int wanted = atoi(arguments[3]), rounds = atoi(arguments[4]), answers = atoi(arguments[7]);
    size_t opening_size, trigger_size;
    char *opening = contents(arguments[5], &opening_size);
    setup = contents(arguments[6], &setup_size);
    char *trigger = contents(arguments[8], &trigger_size);
    connections = calloc(wanted, sizeof *connections);
    int epoll = epoll_create1(0);
    struct epoll_event events[512];

    for (int index = 0; index < wanted; index++) {
        int socket_ = socket(AF_INET, SOCK_STREAM, 0);
        if (socket_ < 0 || connect(socket_, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
        no_delay(socket_);
        connections[index].socket = socket_;
        watch(epoll, socket_, EPOLLIN, index);
        push(socket_, opening, opening_size);
        // A few at a time, so that the server's backlog holds them.
        while (opened < index - 64 || (index == wanted - 1 && (opened < wanted || total < (long)wanted * answers))) {
            int ready = epoll_wait(epoll, events, 512, 20000);
            if (ready <= 0) fail("waiting for upgrades");
            for (int each = 0; each < ready; each++) receive(&connections[events[each].data.u64]);
        }
    }
    int other = -1;
    if (count > 9) {
        other = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(other, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
        watch(epoll, other, EPOLLIN, wanted);
    }
    puts("open");
    fflush(stdout);
    getchar();

    total = 0;
    double *times = calloc(rounds + 1, sizeof *times), begin = now();
    for (int round = 0; round < rounds; round++) {
        double start = now();
        push(other < 0 ? connections[0].socket : other, trigger, trigger_size);
        while (total < (long)wanted * (round + 1)) {
            int ready = epoll_wait(epoll, events, 512, 20000);
            if (ready <= 0) fail("waiting for messages");
            for (int each = 0; each < ready; each++) {
                if (events[each].data.u64 == (uint64_t)wanted) {
                    char answer[4096];
                    if (recv(other, answer, sizeof answer, 0) <= 0) fail("the trigger");
                } else {
                    receive(&connections[events[each].data.u64]);
                }
            }
        }
        times[round] = now() - start;
    }
    double seconds = now() - begin;
    for (int index = 0; index < wanted; index++)
        if (connections[index].messages != answers + rounds) {
            fprintf(stderr, "a connection got %d messages, not %d\n", connections[index].messages, answers + rounds);
            return 1;
        }
    qsort(times, rounds, sizeof *times, compare);
    printf("%ld %.6f %.6f %ld\n", total, seconds, times[rounds / 2], (long)last_size);
    return 0;
}
