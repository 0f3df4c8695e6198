// The limit that the server is measured against: one thread, one epoll, and one send for each socket. It upgrades every
// connection without looking at it, and answers anything that comes afterwards with the same frame to all.
//
//     sender PORT CPU BYTES
#include "epoll.h"

static const char upgraded[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

int main(int count, char **arguments) {
    if (count != 4) return 64;
    pin(atoi(arguments[2]));
    int length = atoi(arguments[3]);
    char *frame = malloc(length + 4);
    frame[0] = (char)0x81;
    frame[1] = 126;
    frame[2] = length >> 8;
    frame[3] = length & 255;
    memset(frame + 4, 'x', length);

    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = loopback(atoi(arguments[1]));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0) fail("bind");
    if (listen(listener, 1024) != 0) fail("listen");
    int epoll = epoll_create1(0);
    watch(epoll, listener, EPOLLIN, listener);

    static int sockets[65536];
    static char upgrades[65536];
    int connected = 0;
    struct epoll_event events[512];
    char buffer[65536];
    while (1) {
        int ready = epoll_wait(epoll, events, 512, -1);
        for (int index = 0; index < ready; index++) {
            int descriptor = (int)events[index].data.u64;
            if (descriptor == listener) {
                int accepted;
                while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    no_delay(accepted);
                    watch(epoll, accepted, EPOLLIN, accepted);
                    upgrades[accepted] = 0;
                }
                continue;
            }
            ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
            if (got <= 0) {
                // Somebody looked whether this listens, or the client has done and goes.
                close(descriptor);
                continue;
            }
            if (!upgrades[descriptor]) {
                upgrades[descriptor] = 1;
                sockets[connected++] = descriptor;
                if (send(descriptor, upgraded, sizeof upgraded - 1, MSG_NOSIGNAL) < 0) fail("send");
                continue;
            }
            for (int each = 0; each < connected; each++)
                // The client reads: a full socket does not happen here.
                if (send(sockets[each], frame, length + 4, MSG_NOSIGNAL) != length + 4) fail("send");
        }
    }
}
