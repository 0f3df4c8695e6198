"""Clients that hold connections: each sends a beginning, then a byte now and then, and never what would end it.

One thread holds them all, notes when each is cut, and opens another in its place where that is wanted.
"""

import resource
import select
import socket
import ssl
import threading
import time

UPGRADE = (
    b"GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n"
)


def client_hello():
    """The first record of a TLS client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Kind:
    """What one kind of slow client sends first, and what it drips."""

    def __init__(self, name, beginning, drip, *, reads=True):
        self.name = name
        self.beginning = beginning
        self.drip = drip
        self.reads = reads


def plain_kinds(path=b"/v1/graphql", large=b"/"):
    """Request line, headers, body, and an answer that is not read: `large` has one that fills sockets when asked often."""
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\n" % path
    return [
        Kind("line", b"POST ", b"/"),
        Kind("headers", head + b"X-Slow: ", b"a"),
        Kind("body", head + b"Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{", b" "),
        Kind("read", b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % large * 500, b"", reads=False),
    ]


def handshake_kinds():
    hello = client_hello()
    return [
        Kind("nothing", b"", b""),
        Kind("hello", hello[: len(hello) // 2], b""),
        Kind("silence", hello, b""),
        Kind("drip", hello[:6], b"\x00"),
    ]


def frame_kinds(path=b"/v1/graphql", protocol=b""):
    upgrade = UPGRADE % (path, b"Sec-WebSocket-Protocol: %s\r\n" % protocol if protocol else b"")
    # A text of 60,000 bytes, masked with zeros.
    return [Kind("frame", upgrade + b"\x81\xfe\xea\x60\x00\x00\x00\x00", b"a")]


class SlowClients:
    """`count` of each kind against a port. Use as a context manager; `cuts` are (kind, seconds it lasted)."""

    def __init__(self, port, kinds, count, *, repeats=False, interval=0.2):
        self.port, self.kinds, self.count, self.repeats, self.interval = port, kinds, count, repeats, interval
        self.cuts = []
        self._epoll = select.epoll()
        self._held = {}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        for kind in self.kinds:
            for _ in range(self.count):
                self._open(kind)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping = True
        self._thread.join()
        for _, connection, _ in list(self._held.values()):
            connection.close()
        self._epoll.close()

    @property
    def held(self):
        return len(self._held)

    def _open(self, kind):
        connection = socket.socket()
        if not kind.reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", self.port))
        if kind.beginning:
            connection.sendall(kind.beginning)
        connection.setblocking(False)
        self._held[connection.fileno()] = (kind, connection, time.monotonic())
        # Without interest in reading, a reset is told all the same, and what arrives stays where it is.
        self._epoll.register(connection, select.EPOLLIN if kind.reads else 0)

    def _run(self):
        last = time.monotonic()
        while not self._stopping:
            for number, _ in self._epoll.poll(0.05):
                self._look(number)
            if time.monotonic() - last >= self.interval:
                last = time.monotonic()
                self._drip()

    def _look(self, number):
        kind, connection, _ = self._held[number]
        try:
            while kind.reads and connection.recv(65536):
                pass
        except BlockingIOError:
            return
        except OSError:
            pass
        self._cut(number)

    def _cut(self, number):
        kind, connection, begun = self._held.pop(number)
        self.cuts.append((kind.name, time.monotonic() - begun))
        self._epoll.unregister(connection)
        connection.close()
        if self.repeats and not self._stopping:
            self._open(kind)

    def _drip(self):
        for number, (kind, connection, _) in list(self._held.items()):
            if not kind.drip:
                continue
            try:
                connection.send(kind.drip)
            except BlockingIOError:
                pass
            except OSError:
                self._cut(number)

    def wait(self, seconds):
        """Until all are cut."""
        end = time.monotonic() + seconds
        while self.held and time.monotonic() < end:
            time.sleep(0.05)
        return self.held == 0


def raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
