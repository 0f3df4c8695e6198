"""Seeded makers of malformed requests, one function a kind; each returns bytes to send."""

import json
import os

from wire import HEALTHY, chunked, request

MEBIBYTE = 1 << 20


def random_bytes(rng):
    return rng.randbytes(rng.choice((1, 2, 7, 40, 300, 5000)))


def random_after_request_line(rng):
    return b"POST /v1/graphql HTTP/1.1\r\n" + rng.randbytes(rng.randint(1, 400))


def truncated(rng):
    whole = request({"query": HEALTHY})
    return whole[: rng.randrange(1, len(whole) - 1)]


def wrong_length(rng):
    body = json.dumps({"query": HEALTHY}).encode()
    length = rng.choice(
        ("-1", "+5", "0x10", "1e3", "", " ", "ten", "5 5", "5, 6", "99999999999999999999", str(len(body) + 1),
         str(len(body) + 70000), str(rng.randrange(1, len(body))), "²")
    )  # fmt: skip
    return request(body, [("Content-Length", length)], length=False)


def two_lengths(rng):
    body = json.dumps({"query": HEALTHY}).encode()
    other = rng.choice(("0", "3", str(len(body) + 4)))
    return request(body, [("Content-Length", other)])


def length_and_chunked(rng):
    body = chunked(json.dumps({"query": HEALTHY}).encode(), [rng.randint(1, 40)])
    return request(body, [("Transfer-Encoding", "chunked"), ("Content-Length", "5")], length=False)


def broken_chunks(rng):
    body = rng.choice(
        (b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\n\r\n", b"5\r\nabcdefgh\r\n0\r\n\r\n", b"ffffffffffffffffff\r\nabc", b"3\r\nabc",
         b"\r\n\r\n", b"3;" + b"x" * 70000 + b"\r\nabc\r\n0\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n", b" 3\r\nabc\r\n0\r\n\r\n",
         b"3\r\nabc0\r\n\r\n", b"0\r\n" + b"T: " + b"t" * 100000 + b"\r\n\r\n")
    )  # fmt: skip
    return request(body, [("Transfer-Encoding", "chunked")], length=False)


def unknown_coding(rng):
    coding = rng.choice(("gzip", "identity, chunked", "chunked, chunked", "chunked, gzip", "xchunked", ""))
    return request(b"3\r\nabc\r\n0\r\n\r\n", [("Transfer-Encoding", coding)], length=False)


def huge_headers(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return request(b"{}", [("X-Long", "x" * rng.choice((70_000, 200_000, 1_000_000)))])
    if kind == 1:
        return request(b"{}", [(f"X-{i}", "y") for i in range(rng.choice((2_000, 20_000)))])
    if kind == 2:
        return request(b"{}", target="/v1/graphql?" + "q" * rng.choice((70_000, 300_000)))
    return b"POST /v1/graphql HTTP/1.1\r\nHost: localhost\r\nX-Endless: " + b"e" * 200_000


def broken_head(rng):
    return rng.choice(
        (b"POST  /v1/graphql HTTP/1.1\r\nHost: a\r\n\r\n", b"PO ST /v1/graphql HTTP/1.1\r\nHost: a\r\n\r\n",
         b"POST /v1/graphql HTTP/9.9\r\nHost: a\r\n\r\n", b"POST /v1/graphql\r\n\r\n", b"POST /v1/graphql HTTP/1.1\r\n\r\n",
         b"POST /v1/graphql HTTP/1.1\r\nHost : a\r\n\r\n", b"POST /v1/graphql HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
         b"POST /v1/graphql HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", b"POST /v1/graphql HTTP/1.1\r\n: empty\r\n\r\n",
         b"POST /v1/graphql HTTP/1.1\r\nHost: a\r\nX\xff: a\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
         b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"POST v1/graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}",
         b"POST /v1/graphql http/1.1\r\nHost: a\r\n\r\n", b"POST /v1/graphql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
         b"G\x00T / HTTP/1.1\r\nHost: a\r\n\r\n", b"POST /v1/graphql HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n")
    )  # fmt: skip


def invalid_utf8(rng):
    bad = rng.choice((b"\xff", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x28\xa1", b"\xf0\x82\x82\xac"))
    body = json.dumps({"query": HEALTHY}).encode()
    # Somewhere inside the query's text, so that the body is JSON but for the bytes.
    spot = rng.randrange(12, len(body) - 3)
    while body[spot - 1 : spot] == b"\\":
        spot += 1
    return request(body[:spot] + bad + body[spot:])


def invalid_json(rng):
    return request(
        rng.choice(
            (b"", b" ", b"{", b"}", b'{"query"', b'{"query":', b'{"query": "{ a }"', b'{"query": "{ a }",}', b"{'query': 'a'}",
             b'{"query": NaN}', b'{"query": "\\x"}', b'{"query": "\\ud800"}', b'{"query": "a\nb"}', b'{"query": 01}', b"nul", b"truee",
             b'{"query": "{ a }"} x', b'"text"', b"7", b"null", b"[]", b"[1]", b"[null]", b'{"query": 7}', b'{"query": null}', b"{}",
             b'{"query": "{ missions { id } }", "variables": []}', b'{"query": "{ missions { id } }", "variables": "x"}',
             b'{"query": "{ missions { id } }", "operationName": 7}', b"\xef\xbb\xbf{}", b'{"query": ""}', b'{"query": "#"}',
             b'{"query": "{ missions { id } }", "variables": {"a": 1e}}', b'{"variables": {}}', b"-", b'{"a" "b"}', b'["query"]',
             b'{"query": "\\u00"}', b'{"query": "{ a }", "variables": {"a": .5}}')
        )
    )  # fmt: skip


def deep_nesting(rng):
    depth = rng.choice((200, 2_000, 20_000, 100_000))
    kind = rng.randrange(6)
    if kind == 0:
        return request({"query": "{" + "a{" * depth + "b" + "}" * depth + "}"})
    if kind == 1:
        return request({"query": "{ missions(where: {_and: " + "[" * depth + "]" * depth + "}) { id } }"})
    if kind == 2:
        return request({"query": "{ missions(where: " + "{_not: " * depth + "{}" + "}" * depth + ") { id } }"})
    if kind == 3:
        opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
        middle = opening * depth + b"1" + closing * depth
        return request(b'{"query": "{ missions { id } }", "variables": {"a": ' + middle + b"}}")
    if kind == 4:
        return request(b"[" * depth + b"]" * depth)
    return request({"query": "query($a: " + "[" * depth + "Int" + "]" * depth + ") { missions { id } }"})


def unclosed_mebibyte(rng):
    kind = rng.randrange(3)
    if kind == 0:
        return request(b"{" * MEBIBYTE)
    body = b'{"query": "' + rng.choice((b"{", b"[", b"{a", b"(")) * MEBIBYTE
    return request(body[: MEBIBYTE - 2] + b'"}')


def too_large(rng):
    return request(b'{"query": "' + b"a" * (MEBIBYTE + rng.choice((1, 100_000, MEBIBYTE))) + b'"}')


def broken_graphql(rng):
    text = rng.choice(
        ("{", "}", "{ missions { id }", "{ missions { id } } }", "{ missions(limit: ) { id } }", "{ missions(limit: 1 { id } }",
         '{ missions(where: {name: {_eq: "open}}) { id } }', '{ missions(where: {name: {_eq: """open}}) { id } }', "query { }", "fragment F on",
         "{ ...F }", "{ missions { ...F } } fragment F on missions { ...F }", "{ missions { id @ } }", "query ($a: Int { missions { id } }",
         "{ missions(where: {id: {_eq: 9999999999999999999999999}}) { id } }", "{ missions(limit: 1.) { id } }", "{ missions(limit: 01) { id } }",
         "{ missions(limit: -) { id } }", "\u0000", "{ missions { id\u0007 } }", "subscription { missions { id } } {", "mutation { nothing }",
         "{ missions(limit: $undeclared) { id } }", "query A { missions { id } } query A { missions { id } }", "{ \"\\u{110000}\" }", "😀")
    )  # fmt: skip
    return request({"query": text})


def many_tokens(rng):
    return request(
        {
            "query": rng.choice(
                (
                    "{ missions { " + "id " * 30_000 + "} }",
                    "{ " + " ".join(f"a{i}: missions {{ id }}" for i in range(2_000)) + " }",
                    "{ missions(where: {id: {_in: [" + "1," * 40_000 + "]}}) { id } }",
                    "{ missions { id " + "@include(if: true) " * 10_000 + "} }",
                )
            )
        }
    )


def bad_credentials(rng):
    token = rng.choice(("x", "a.b.c", "e30.e30.e30", "....", "A" * 5000, "eyJhbGciOiJub25lIn0.eyJpZCI6MX0."))
    header = rng.choice((f"Bearer {token}", f"bearer  {token}", "Basic dXNlcjpwYXNz", "Bearer", ""))
    return request({"query": HEALTHY}, [("Authorization", header)])


# Weighted: the kinds that move megabytes are rare.
KINDS = [
    (random_bytes, 12), (random_after_request_line, 6), (truncated, 14), (wrong_length, 9), (two_lengths, 3), (length_and_chunked, 3),
    (broken_chunks, 6), (unknown_coding, 3), (huge_headers, 1.5), (broken_head, 9), (invalid_utf8, 7), (invalid_json, 12),
    (deep_nesting, 2), (unclosed_mebibyte, 0.4), (too_large, 0.4), (broken_graphql, 8), (many_tokens, 0.7), (bad_credentials, 3),
]  # fmt: skip


def make(rng):
    """(name of the kind, bytes to send)."""
    maker = rng.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
    return maker.__name__, maker(rng)


COUNT = int(os.environ.get("PERIGEE_MALFORMED_REQUESTS", "10000"))
