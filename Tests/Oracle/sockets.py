"""GraphQL over a WebSocket, message by message, in both sub-protocols."""

import json

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TRANSPORT = "graphql-transport-ws"
LEGACY = "graphql-ws"
WAIT = 10


class Closed(AssertionError):
    """The gateway closed where a message was expected."""

    def __init__(self, code, reason):
        super().__init__(f"closed with {code}: {reason}")
        self.code = code
        self.reason = reason


class GraphQLSocket:
    """One connection. Use as a context manager."""

    def __init__(self, gateway, subprotocol=TRANSPORT, headers=None, path="/v1/graphql", **more):
        self.legacy = subprotocol == LEGACY
        self.socket = connect(
            f"ws://127.0.0.1:{gateway.port}{path}", subprotocols=[subprotocol] if subprotocol else None,
            additional_headers=headers, open_timeout=WAIT, close_timeout=WAIT, proxy=None, **more,
        )  # fmt: skip

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, message):
        self.socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def receive(self, timeout=WAIT):
        """The next message that is not a sign of life."""
        while True:
            try:
                message = json.loads(self.socket.recv(timeout))
            except ConnectionClosed as closed:
                raise Closed(closed.rcvd.code if closed.rcvd else None, closed.rcvd.reason if closed.rcvd else "") from None
            if message != {"type": "ka"}:
                return message

    def silence(self, seconds=0.3):
        """Nothing comes for a while."""
        try:
            message = self.receive(seconds)
        except TimeoutError:
            return
        raise AssertionError(f"not expected: {message}")

    def closing(self):
        """How the gateway closes, whatever it says before."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            return closed.code, closed.reason

    # -- the protocol -------------------------------------------------------------

    def init(self, payload=None):
        self.send({"type": "connection_init"} | ({"payload": payload} if payload is not None else {}))
        acknowledgement = self.receive()
        assert acknowledgement == {"type": "connection_ack"}, acknowledgement
        return self

    def begin(self, query, id="1", variables=None, **more):
        payload = {"query": query} | ({"variables": variables} if variables else {}) | more
        self.send({"id": id, "type": "start" if self.legacy else "subscribe", "payload": payload})

    def complete(self, id="1"):
        self.send({"id": id, "type": "stop" if self.legacy else "complete"})

    def next(self, id="1", timeout=WAIT):
        """The next result of an operation."""
        message = self.receive(timeout)
        assert message["type"] == ("data" if self.legacy else "next"), message
        assert message["id"] == id
        return message["payload"]

    def answer(self, query, id="1", variables=None):
        """The one result of a query or mutation."""
        self.begin(query, id, variables)
        result = self.next(id)
        assert self.receive() == {"type": "complete", "id": id}
        return result

    def errors(self, id="1"):
        """The errors that end an operation."""
        message = self.receive()
        assert (message["type"], message["id"]) == ("error", id), message
        payload = message["payload"]
        return payload if isinstance(payload, list) else [payload]


def headers(credentials):
    """A payload of `connection_init` with the headers of a request."""
    return {"headers": credentials}
