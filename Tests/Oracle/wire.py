"""Requests and responses as bytes, for tests that need to say exactly what is sent."""

import json
import re
from dataclasses import dataclass

HEALTHY = '{ missions(limit: 1, order_by: {id: asc}) { id name } }'


@dataclass
class Response:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class BadResponse(AssertionError):
    """Bytes that are no HTTP/1.1 response."""


def request(body, headers=(), method="POST", target="/v1/graphql", length=True):
    """A request of a body (bytes, or anything JSON can say)."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def chunked(body, sizes, extension=b"", trailers=b""):
    """The body in chunks of the given sizes, cycled."""
    parts, position, turn = [], 0, 0
    while position < len(body):
        piece = body[position : position + sizes[turn % len(sizes)]]
        parts.append(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece))
        position += len(piece)
        turn += 1
    return b"".join(parts) + b"0\r\n" + trailers + b"\r\n"


def responses(data):
    """All responses in what a connection gave back; raises on anything else."""
    found = []
    while data:
        head, separator, rest = data.partition(b"\r\n\r\n")
        if not separator:
            raise BadResponse(f"no end of headers in {data[:200]!r}")
        lines = head.split(b"\r\n")
        match = re.fullmatch(rb"HTTP/1\.[01] ([1-5][0-9][0-9])(?: [^\r\n]*)?", lines[0])
        if not match:
            raise BadResponse(f"no status line in {lines[0][:200]!r}")
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            if not colon:
                raise BadResponse(f"no header in {line[:200]!r}")
            headers[name.decode().lower()] = value.strip().decode()
        status = int(match[1])
        length = int(headers.get("content-length", "0"))
        if len(rest) < length:
            raise BadResponse(f"{len(rest)} bytes of a body of {length}")
        found.append(Response(status, headers, rest[:length]))
        data = rest[length:]
    return found
