"""Clients that hold connections are cut at their deadline, and nobody else waits for them. (benchmarks/slow-clients/run measures
a thousand of them.)"""

import json
import time

from certificates import Authority
from gateway import Gateway, Project
from slow_clients import SlowClients, frame_kinds, handshake_kinds, plain_kinds

COUNT = 25
DEADLINE = 1.0
LIMITS = (
    "  limits: { headerTimeout: 1s, bodyTimeout: 1s, writeTimeout: 1s, handshakeTimeout: 1s }\n"
    "  webSocket: { messageTimeout: 1s }\n"
)
QUERY = json.dumps({"query": "{ missions_by_pk(id: 1) { name } }"})


def check(clients, kinds):
    assert clients.wait(20), f"{clients.held} connections are still held"
    for kind in kinds:
        lasted = sorted(seconds for name, seconds in clients.cuts if name == kind.name)
        assert len(lasted) == COUNT, kind.name
        # The write deadline begins anew with each byte that a client's buffers take.
        assert lasted[0] > DEADLINE * 0.8, f"{kind.name} was cut after {lasted[0]:.2f} s"
        assert lasted[-1] < DEADLINE + 2.5, f"{kind.name} lasted {lasted[-1]:.2f} s"


def test_slow_requests_and_readers_are_cut(tmp_path):
    project = Project("spaceflight", tmp_path / "project")
    project.replace_in_config("server:\n", f"server:\n{LIMITS}")
    kinds = plain_kinds() + frame_kinds(protocol=b"graphql-transport-ws")
    with Gateway(project) as gateway:
        gateway.post(QUERY)
        with SlowClients(gateway.port, kinds, COUNT) as clients:
            slowest, end = 0, time.monotonic() + 20
            while clients.held and time.monotonic() < end:
                start = time.monotonic()
                assert gateway.post(QUERY).json["data"]
                slowest = max(slowest, time.monotonic() - start)
                time.sleep(0.02)
            check(clients, kinds)
            assert slowest < 1, "somebody waited for the slow"
        assert gateway.stop() == 0


def test_slow_handshakes_are_cut(tmp_path):
    project = Project("spaceflight", tmp_path / "project")
    Authority(project.directory / "tls").sign("server")
    project.replace_in_config(
        "server:\n", f"server:\n{LIMITS}  tls: {{ certificate: tls/server.pem, key: tls/server.key }}\n"
    )
    kinds = handshake_kinds()
    with Gateway(project) as gateway, SlowClients(gateway.port, kinds, COUNT) as clients:
        check(clients, kinds)
        assert gateway.stop() == 0
