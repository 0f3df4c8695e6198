"""HTTPS on real sockets: what is agreed on, which certificate is shown, and every way a connection can end."""

import json
import os
import queue
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest
from certificates import Authority, openssl
from gateway import Gateway, Project, binary, environment

CONNECTIONS = int(os.environ.get("PERIGEE_TLS_CONNECTIONS", "1500"))
QUERY = b'{"query":"{ missions(order_by: {id: asc}) { id name } }"}'
REQUEST = (
    b"POST /v1/graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(QUERY), QUERY)
)
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Secured:
    """A project with certificates in `tls/`, and clients of its gateway."""

    def __init__(self, folder, settings="", server=""):
        self.project = Project("spaceflight", folder / "project")
        self.folder = self.project.directory / "tls"
        self.authority = Authority(self.folder)
        self.authority.sign("server")
        self.project.replace_in_config(
            "server:\n",
            f"server:\n{server}  tls:\n    certificate: tls/server.pem\n    key: tls/server.key\n{settings}",
        )

    def start(self, *arguments):
        return Gateway(self.project, *arguments)

    def context(self, version=None, protocols=None, certificate=None, verifies=True):
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        if not verifies:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if version:
            context.minimum_version = context.maximum_version = version
        if protocols:
            context.set_alpn_protocols(protocols)
        if certificate:
            context.load_cert_chain(*map(str, certificate))
        return context

    def connect(self, gateway, context=None, host="localhost", session=None, timeout=10):
        raw = socket.create_connection(("127.0.0.1", gateway.port), timeout)
        try:
            return (context or self.context()).wrap_socket(raw, server_hostname=host, session=session)
        except BaseException:
            raw.close()
            raise


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    secured = Secured(tmp_path_factory.mktemp("tls"))
    with secured.start("--loops", "2") as gateway:
        secured.gateway = gateway
        yield secured
        assert gateway.stop() == 0, gateway.output()


def response(connection):
    """The head and the body of one response."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        assert chunk, f"the connection ended after {received!r}"
        received += chunk
    head, body = received.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        chunk = connection.recv(65536)
        assert chunk, "the connection ended inside a body"
        body += chunk
    assert len(body) == length
    return head, body


def ask(connection, request=REQUEST):
    connection.sendall(request)
    head, body = response(connection)
    assert head.startswith(b"HTTP/1.1 200"), head
    return body


def shown(connection):
    """The host names that the server's certificate is made out for."""
    return sorted(name for _, name in connection.getpeercert()["subjectAltName"])


def wait_for(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


# --- What is agreed on


@pytest.mark.parametrize(
    ("version", "name"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
def test_both_versions_carry_requests(secured, version, name):
    with secured.connect(secured.gateway, secured.context(version)) as connection:
        assert connection.version() == name
        for _ in range(3):
            assert json.loads(ask(connection))["data"]["missions"]


def test_older_versions_are_refused(secured):
    command = ["openssl", "s_client", "-connect", f"localhost:{secured.gateway.port}", "-tls1_1"]
    result = subprocess.run([*command, "-cipher", "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=20)
    assert b"protocol version" in result.stderr, result.stderr


def test_the_oldest_version_can_be_set(tmp_path):
    secured = Secured(tmp_path, "    minimum: 1.3\n")
    with secured.start() as gateway:
        with secured.connect(gateway, secured.context(ssl.TLSVersion.TLSv1_3)) as connection:
            ask(connection)
        with pytest.raises(ssl.SSLError, match="protocol version"):
            secured.connect(gateway, secured.context(ssl.TLSVersion.TLSv1_2))


def test_ciphers_without_forward_secrecy_are_refused(secured):
    context = secured.context(ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("AES128-SHA:AES256-GCM-SHA384:ECDHE-ECDSA-AES128-SHA")
    with pytest.raises(ssl.SSLError, match="handshake failure"):
        secured.connect(secured.gateway, context)


@pytest.mark.parametrize(
    ("offered", "chosen"), [(["h2", "http/1.1"], "http/1.1"), (["http/1.1"], "http/1.1"), (None, None)]
)
def test_http_1_1_is_chosen_among_protocols(secured, offered, chosen):
    with secured.connect(secured.gateway, secured.context(protocols=offered)) as connection:
        assert connection.selected_alpn_protocol() == chosen
        ask(connection)


def test_other_protocols_are_refused(secured):
    with pytest.raises(ssl.SSLError, match="no application protocol"):
        secured.connect(secured.gateway, secured.context(protocols=["h2", "spdy/3", "http/1.0", "http/1.1x"]))


def test_renegotiation_is_refused(secured):
    command = ["openssl", "s_client", "-connect", f"localhost:{secured.gateway.port}", "-tls1_2"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        process.stdin.write(b"R\n")
        process.stdin.flush()
        time.sleep(0.5)
        output = process.communicate(b"", timeout=20)[0]
    finally:
        process.kill()
    assert b"RENEGOTIATING" in output
    assert b"no renegotiation" in output, output[-800:]


def test_curl_speaks_to_it(secured):
    url = f"https://localhost:{secured.gateway.port}/v1/graphql"
    for version in ("--tls-max 1.2", "--tlsv1.3"):
        command = ["curl", "-sS", "--cacert", str(secured.authority.certificate), *version.split(), url]
        headers = ["-H", "Content-Type: application/json", "--data-binary", QUERY.decode()]
        result = subprocess.run([*command, *headers], capture_output=True, timeout=20)
        assert result.returncode == 0, result.stderr
        assert json.loads(result.stdout)["data"]["missions"]


# --- Resumption


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed_on_any_loop(secured, version):
    context = secured.context(version)
    # Neighbours, so that connections fall on both loops.
    neighbours = [secured.connect(secured.gateway) for _ in range(3)]
    with secured.connect(secured.gateway, context) as connection:
        assert not connection.session_reused
        ask(connection)
        session = connection.session
    resumed = 0
    for index in range(8):
        if index % 3 == 0:
            neighbours.append(secured.connect(secured.gateway))
        with secured.connect(secured.gateway, context, session=session) as connection:
            resumed += connection.session_reused
            ask(connection)
            session = connection.session
    assert resumed == 8
    for neighbour in neighbours:
        neighbour.close()


def test_a_ticket_that_was_tampered_with_is_no_ticket(secured, tmp_path):
    file = tmp_path / "session"
    command = ["openssl", "s_client", "-connect", f"localhost:{secured.gateway.port}", "-tls1_2"]
    subprocess.run([*command, "-sess_out", str(file)], input=b"", capture_output=True, timeout=20, check=True)
    again = subprocess.run([*command, "-sess_in", str(file)], input=b"", capture_output=True, timeout=20)
    assert b"Reused, TLSv1.2" in again.stdout
    session = openssl("sess_id", "-in", file, "-outform", "DER")
    text = openssl("sess_id", "-in", file, "-text", "-noout").decode()
    # The ticket's own bytes, as the text shows them.
    line = next(line for line in text.splitlines() if line.strip().startswith("0050 - "))
    part = bytes.fromhex(line.split("- ")[1][:47].replace("-", " "))
    place = session.index(part)
    spoilt = session[:place] + bytes([session[place] ^ 1]) + session[place + 1 :]
    file.write_bytes(openssl("sess_id", "-inform", "DER", data=spoilt))
    again = subprocess.run([*command, "-sess_in", str(file)], input=b"", capture_output=True, timeout=20)
    assert b"New, TLSv1.2" in again.stdout, again.stdout[-800:]


# --- Certificates


def test_the_certificate_is_chosen_by_the_host_name(tmp_path):
    secured = Secured(
        tmp_path,
        "    certificates:\n"
        "      - { names: api.example.org, certificate: tls/api.pem, key: tls/api.key }\n"
        '      - { names: ["*.example.org", example.net], certificate: tls/wild.pem, key: tls/wild.key }\n',
    )
    secured.authority.sign("api", ["api.example.org"])
    secured.authority.sign("wild", ["*.example.org", "example.net"])
    names = {
        "localhost": ["localhost"],
        "api.example.org": ["api.example.org"],
        "API.Example.ORG": ["api.example.org"],
        "other.example.org": ["*.example.org", "example.net"],
        "example.net": ["*.example.org", "example.net"],
        # One label only, and the domain itself is none of its own.
        "a.b.example.org": ["localhost"],
        "example.org": ["localhost"],
        "nobody.test": ["localhost"],
        None: ["localhost"],
    }
    with secured.start() as gateway:
        context = secured.context()
        context.check_hostname = False
        for host, expected in names.items():
            with secured.connect(gateway, context, host) as connection:
                assert shown(connection) == expected, host
                ask(connection)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("required", [False, True])
def test_clients_show_certificates(tmp_path, required, version):
    secured = Secured(
        tmp_path,
        f"    clientCertificates: {{ authority: tls/clients.pem, required: {str(required).lower()} }}\n",
    )
    clients = Authority(secured.folder, "clients")
    good = clients.sign("good", ["client"], usage="clientAuth")
    expired = clients.sign("expired", ["client"], days=-1, usage="clientAuth")
    strange = secured.authority.sign("strange", ["client"], usage="clientAuth")
    server = clients.sign("wrong-use", ["client"], usage="serverAuth")

    def passes(certificate):
        try:
            with secured.connect(gateway, secured.context(version, certificate=certificate)) as connection:
                ask(connection)  # TLS 1.3 tells of a refusal after the client's last flight
                return True
        except (ssl.SSLError, ConnectionError, AssertionError):
            return False

    with secured.start() as gateway:
        assert passes(good)
        assert passes(None) is not required
        assert not passes(strange)
        assert not passes(expired)
        assert not passes(server)
        # A session stands for the certificate it began with.
        context = secured.context(version, certificate=good)
        with secured.connect(gateway, context) as connection:
            ask(connection)
            session = connection.session
        with secured.connect(gateway, context, session=session) as connection:
            ask(connection)
            assert connection.session_reused


def test_a_session_is_not_resumed_under_another_authority(tmp_path):
    secured = Secured(tmp_path, "    clientCertificates: { authority: tls/clients.pem, required: true }\n")
    clients = Authority(secured.folder, "clients")
    good = clients.sign("good", ["client"], usage="clientAuth")
    with secured.start() as gateway:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = secured.context(version, certificate=good)
            with secured.connect(gateway, context) as connection:
                ask(connection)
                session = connection.session
            before = len(gateway.log)
            Authority(secured.folder, "clients")
            wait_for(lambda: any("read anew" in line for line in gateway.log[before:]), "another authority")  # noqa: B023
            with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                with secured.connect(gateway, context, session=session) as connection:
                    ask(connection)
            before = len(gateway.log)
            clients = Authority(secured.folder, "clients")
            good = clients.sign("good", ["client"], usage="clientAuth")
            wait_for(lambda: any("read anew" in line for line in gateway.log[before:]), "a third one")  # noqa: B023


# --- Reload


def test_new_certificates_are_shown_and_bad_ones_change_nothing(tmp_path):
    secured = Secured(tmp_path)
    with secured.start("--loops", "2") as gateway:
        context = secured.context()
        context.check_hostname = False
        with secured.connect(gateway, context) as before:
            ask(before)
            session = before.session
            next_pair = secured.authority.sign("next", ["next.example.org"])
            for source, name in zip(next_pair, ("server.pem", "server.key"), strict=True):
                shutil.copyfile(source, secured.folder / f".{name}.new")
                os.replace(secured.folder / f".{name}.new", secured.folder / name)

            def is_new():
                with secured.connect(gateway, context) as connection:
                    return shown(connection) == ["next.example.org"]

            wait_for(is_new, "a new certificate")
            assert all(is_new() for _ in range(6)), "on both loops"
            ask(before)  # an old connection goes on
        with secured.connect(gateway, context, session=session) as connection:
            assert connection.session_reused
            ask(connection)

        other = secured.authority.sign("other", ["other.example.org"])
        shutil.copyfile(other[0], secured.folder / "server.pem")
        wait_for(lambda: "does not belong" in "".join(gateway.log), "a pair that does not fit")
        line = next(line for line in gateway.log if "does not belong" in line)
        assert "perigee.yaml: /server/tls/key: the key does not belong to the certificate" in line
        assert is_new()
        (secured.folder / "server.key").unlink()
        wait_for(lambda: "tls/server.key" in "".join(gateway.log), "a key that is gone")
        assert is_new()
        shutil.copyfile(other[1], secured.folder / "server.key")
        wait_for(lambda: not is_new(), "a pair that is mended")
        assert gateway.stop() == 0


def failed_start(project):
    result = subprocess.run(
        [binary(), "serve", "--config", str(project.config), "--port", "0"],
        cwd=project.directory, env=environment(), capture_output=True, timeout=30, text=True,
    )  # fmt: skip
    assert result.returncode != 0
    return result.stderr + result.stdout


def test_what_is_wrong_with_files_is_said_at_the_start(tmp_path):
    secured = Secured(tmp_path)
    folder, pair = secured.folder, (secured.folder / "server.pem", secured.folder / "server.key")
    good = [file.read_bytes() for file in pair]
    other = secured.authority.sign("other")
    encrypted = openssl("pkey", "-in", pair[1], "-aes256", "-passout", "pass:secret")
    cases = [
        (0, None, '/server/tls/certificate: the file "tls/server.pem": no such file'),
        (0, b"nothing", "/server/tls/certificate: is not a certificate in PEM: no"),
        (0, good[1], "/server/tls/certificate: is not a certificate in PEM: no"),
        (0, good[0][:200] + good[0][210:], "/server/tls/certificate: is not a certificate in PEM: "),
        (1, None, '/server/tls/key: the file "tls/server.key": no such file'),
        (1, good[0], "/server/tls/key: is not a private key in PEM: no"),
        (1, other[1].read_bytes(), "/server/tls/key: the key does not belong to the certificate"),
        (1, encrypted, "/server/tls/key: is not a private key in PEM: it is encrypted"),
    ]
    for index, content, message in cases:
        pair[index].unlink()
        if content is not None:
            pair[index].write_bytes(content)
        assert message in failed_start(secured.project).replace("\n", " "), message
        pair[index].write_bytes(good[index])
    shutil.rmtree(folder)
    assert "/server/tls/certificate" in failed_start(secured.project)


def test_a_certificate_that_is_over_is_warned_of(tmp_path):
    secured = Secured(
        tmp_path, "    certificates: [{ names: a.test, certificate: tls/b.pem, key: tls/b.key }]\n"
    )
    secured.authority.sign("server", days=-1)
    secured.authority.sign("b", ["b.test"], days=3)
    with secured.start() as gateway:
        log = "".join(gateway.log)
        assert "/server/tls/certificate: the certificate expired on 20" in log
        assert "/server/tls/certificates/0/certificate: the certificate expires on 20" in log
        assert 'the certificate is not made out for \\"a.test\\"' in log or 'not made out for "a.test"' in log
        with secured.connect(gateway, secured.context(verifies=False)) as connection:
            ask(connection)


# --- Bodies


def test_large_bodies_both_ways(secured):
    padding = b" " * 900_000
    query = QUERY[:-1] + padding + b"}"
    request = REQUEST.split(b"Content-Length")[0] + b"Content-Length: %d\r\n\r\n%s" % (len(query), query)
    with secured.connect(secured.gateway) as connection:
        for _ in range(3):
            assert json.loads(ask(connection, request))["data"]["missions"]


def wide_query(bytes_wanted):
    alias = "a" * 60
    count = bytes_wanted // (len(alias) + 80)
    return "{ missions_by_pk(id: 1) { %s } }" % " ".join(f"{alias}{index}: name" for index in range(count))


def test_a_slow_reader_gets_all_of_a_large_answer(secured):
    # About 60 bytes a field, 4000 fields, pipelined: far more than sockets hold.
    query = json.dumps({"query": wide_query(280_000)}).encode()
    request = REQUEST.split(b"Content-Length")[0] + b"Content-Length: %d\r\n\r\n%s" % (len(query), query)
    count = 24
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.settimeout(20)
    raw.connect(("127.0.0.1", secured.gateway.port))
    with secured.context().wrap_socket(raw, server_hostname="localhost") as connection:
        def send():
            for _ in range(count):
                connection.sendall(request)

        first = None
        sender = threading.Thread(target=send)
        sender.start()
        for index in range(count):
            if index % 4 == 0:
                time.sleep(0.2)
            head, body = response_kept(connection)
            assert head.startswith(b"HTTP/1.1 200"), head
            first = first or body
            assert body == first
        sender.join()
        assert len(first) > 50_000


kept = {}


def response_kept(connection):
    """Like `response`, for answers that come one behind the other."""
    received = kept.pop(id(connection), b"")
    while b"\r\n\r\n" not in received:
        received += connection.recv(3000)
    head, body = received.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    while len(body) < length:
        body += connection.recv(3000)
    kept[id(connection)] = body[length:]
    return head, body[:length]


def test_records_may_arrive_byte_by_byte(secured):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = secured.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(("127.0.0.1", secured.gateway.port), 10) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def flush():
            for byte in outgoing.read():
                raw.send(bytes([byte]))

        def drive(step):
            while True:
                try:
                    result = step()
                    flush()
                    return result
                except ssl.SSLWantReadError:
                    flush()
                    incoming.write(raw.recv(7))

        drive(tls.do_handshake)
        for part in (REQUEST[:10], REQUEST[10:11], REQUEST[11:]):
            drive(lambda part=part: tls.write(part))
        assert drive(lambda: tls.read(65536)).startswith(b"HTTP/1.1 200")


# --- Ends


def test_the_server_says_farewell(secured):
    request = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with secured.connect(secured.gateway) as connection:
        connection.sendall(request)
        head, _ = response(connection)
        assert b"Connection: close" in head
        # Without a close_notify this raises.
        connection.suppress_ragged_eofs = False
        assert connection.recv(100) == b""
    with secured.connect(secured.gateway) as connection:
        connection.sendall(b"NONSENSE\r\n\r\n")
        head, _ = response(connection)
        assert head.startswith(b"HTTP/1.1 400")
        connection.suppress_ragged_eofs = False
        assert connection.recv(100) == b""


def test_a_client_that_says_farewell_gets_one(secured):
    with secured.connect(secured.gateway) as connection:
        ask(connection)
        raw = connection.unwrap()  # waits for the server's
        assert raw.recv(10) == b""
        raw.close()


def test_plain_http_gets_a_readable_answer(secured):
    for request in (GET, REQUEST, b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", b"DELETE /x HTTP/1.1\r\nHost: x\r\n\r\n"):
        answer = secured.gateway.raw(request, half_close=False)
        assert answer.startswith(b"HTTP/1.1 400 "), answer
        assert b"Connection: close" in answer
        assert b"use https://" in answer


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x03\xff\xff" + b"\xaa" * 5000, b"\x15\x03\x01\x00\x02\x01\x00",
        b"\x16", b"\x80\x2e\x01\x03\x01", b"\x01" + os.urandom(499), b"\x17\x03\x03\x00\x10" + b"\x01" * 16, b"\xff",
    ],
)  # fmt: skip
def test_garbage_ends_the_connection(secured, garbage):
    answer = secured.gateway.raw(garbage)
    # Nothing, or an alert (21) of the protocol.
    assert answer == b"" or answer[0] == 21, answer
    assert secured.gateway.is_alive


def handshake_records(secured):
    """What a client sends first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = secured.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    return outgoing.read()


def test_a_handshake_cut_anywhere_ends_the_connection(secured):
    hello = handshake_records(secured)
    for count in [*range(1, 60, 7), len(hello) // 2, len(hello) - 1, len(hello)]:
        secured.gateway.raw(hello[:count])
    spoilt = bytearray(hello)
    for place in range(0, len(hello), 37):
        spoilt[place] ^= 0x55
        secured.gateway.raw(bytes(spoilt))
    with secured.connect(secured.gateway) as connection:
        ask(connection)


def test_records_that_are_cut_or_spoilt_end_the_connection(secured):
    for spoil in ("cut", "flip", "reset", "plain"):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = secured.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(("127.0.0.1", secured.gateway.port), 10) as raw:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    raw.sendall(outgoing.read())
                    incoming.write(raw.recv(65536))
            raw.sendall(outgoing.read())
            tls.write(REQUEST)
            record = bytearray(outgoing.read())
            if spoil == "cut":
                raw.sendall(record[:-5])
                raw.shutdown(socket.SHUT_WR)
            elif spoil == "flip":
                record[40] ^= 1
                raw.sendall(record)
            elif spoil == "plain":
                raw.sendall(GET)
            else:
                raw.sendall(record[:30])
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                continue
            received = b""
            try:
                while chunk := raw.recv(65536):
                    received += chunk
            except ConnectionResetError:
                pass
            incoming.write(received)
            incoming.write_eof()
            with pytest.raises(ssl.SSLError):
                # Nothing was answered: alerts, the end, or a ragged one.
                raise ssl.SSLError(tls.read(65536).decode())
    with secured.connect(secured.gateway) as connection:
        ask(connection)


def test_a_handshake_that_stalls_is_cut_at_its_deadline(tmp_path):
    secured = Secured(tmp_path, server="  limits: { handshakeTimeout: 700ms, headerTimeout: 3s }\n")
    hello = handshake_records(secured)
    with secured.start() as gateway:
        stalls = {"nothing": b"", "half a hello": hello[: len(hello) // 2], "a hello": hello}
        sockets = {}
        start = time.monotonic()
        for name, payload in stalls.items():
            sockets[name] = socket.create_connection(("127.0.0.1", gateway.port), 10)
            sockets[name].sendall(payload)
        for name, raw in sockets.items():
            try:
                while raw.recv(65536):
                    pass
            except ConnectionResetError:
                pass
            assert 0.6 < time.monotonic() - start < 2.5, name
            raw.close()
        # One whose bytes come in time, each, but not together.
        with socket.create_connection(("127.0.0.1", gateway.port), 10) as raw:
            start = time.monotonic()
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                for byte in hello * 10:
                    raw.send(bytes([byte]))
                    time.sleep(0.01)
            assert time.monotonic() - start < 2.5
        with secured.connect(gateway) as connection:
            ask(connection)


def test_a_shutdown_lets_requests_finish_and_says_farewell(tmp_path):
    secured = Secured(tmp_path)
    with secured.start() as gateway:
        idle = secured.connect(gateway)
        ask(idle)
        half = socket.create_connection(("127.0.0.1", gateway.port), 10)
        start = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - start < 5
        idle.suppress_ragged_eofs = False
        assert idle.recv(10) == b""
        assert half.recv(10) == b""


def test_the_address_says_https(tmp_path):
    secured = Secured(tmp_path)
    with secured.start() as gateway:
        assert any(f"listening on https://127.0.0.1:{gateway.port}" in line for line in gateway.log)


def descriptors(gateway):
    return len(list(Path(f"/proc/{gateway.process.pid}/fd").iterdir()))


def test_many_connections_leave_nothing_behind(tmp_path):
    secured = Secured(tmp_path)
    context = secured.context()
    hello = handshake_records(secured)
    with secured.start("--loops", "2") as gateway:
        def one(index):
            kind = index % 6
            if kind == 0:
                gateway.raw(b"\x16\x03\x01\x00\x05hello", half_close=False)
            elif kind == 1:
                with socket.create_connection(("127.0.0.1", gateway.port), 10) as raw:
                    raw.sendall(hello)
                    if index % 12 == 1:
                        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                session = sessions.get_nowait() if kind > 3 and not sessions.empty() else None
                with secured.connect(gateway, context, session=session) as connection:
                    ask(connection)
                    sessions.put(connection.session)
                    if kind == 2:
                        connection.unwrap()

        sessions = queue.Queue()

        def round_of(count):
            for index in range(count):
                one(index)
            wait_for(lambda: descriptors(gateway) <= before, "descriptors that stay open")

        for index in range(12):
            one(index)  # what a loop opens at its first request
        time.sleep(0.2)
        before = descriptors(gateway)
        round_of(max(300, CONNECTIONS // 5))
        settled = gateway.resident_bytes()
        round_of(CONNECTIONS)
        growth = gateway.resident_bytes() - settled
        # Allocators settle; a session that stays takes some 10 KiB.
        assert growth < (2 << 20) + CONNECTIONS * 200, f"{growth} bytes after {CONNECTIONS} connections"
