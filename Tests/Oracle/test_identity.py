"""Identity over real sockets: keys that an issuer publishes, over TLS and without, and what happens while it is away."""

import base64
import http.server
import json
import ssl
import subprocess
import threading
import time

import pytest

from gateway import Gateway, Project

HEALTHY = "{ users { id } }"
SOON = int(time.time()) + 36000


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True).stdout


class Issuer:
    """An issuer with one RSA key and a server that publishes it; `status` is how it answers."""

    def __init__(self, directory, certificate=None):
        self.status = 200
        self.asked = 0
        self.key = directory / "issuer.pem"
        openssl("genrsa", "-out", str(self.key), "2048")
        modulus = openssl("rsa", "-in", str(self.key), "-noout", "-modulus").decode().strip().split("=")[1]
        jwk = {"kty": "RSA", "kid": "one", "use": "sig", "n": text(bytes.fromhex(modulus)), "e": "AQAB"}
        issuer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                body = json.dumps({"keys": [jwk]}).encode()
                self.send_response(issuer.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, host="localhost"):
        return f"{self.scheme}://{host}:{self.server.server_port}/keys"

    def token(self, kid="one", **claims):
        header = text(json.dumps({"alg": "RS256", "kid": kid}).encode())
        payload = text(json.dumps({"aud": "app", "exp": SOON, "id": 1, "role": "editor"} | claims).encode())
        content = f"{header}.{payload}"
        signature = openssl("dgst", "-sha256", "-sign", str(self.key), data=content.encode())
        return {"Authorization": f"Bearer {content}.{text(signature)}"}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def issuer(tmp_path):
    made = Issuer(tmp_path)
    yield made
    made.close()


@pytest.fixture
def project(tmp_path):
    return Project("spaceflight", tmp_path / "project")


def configure(project, url, outbound):
    project.replace_in_config(
        "  jwt:\n", f"  jwt:\n    - {{ jwks: {url!r}, audience: app }}\n"
    )
    if outbound:
        project.replace_in_config("server:\n", f"outbound: {json.dumps(outbound)}\nserver:\n")


def ask(gateway, headers):
    answer = gateway.post(json.dumps({"query": HEALTHY}), headers | {"Accept": "application/graphql-response+json"})
    errors = answer.json.get("errors")
    return answer.status, errors[0]["extensions"]["code"] if errors else "data"


HERE = {"allow": ["127.0.0.0/8", "::1"]}


def test_a_published_key_lets_its_tokens_in(issuer, project):
    configure(project, issuer.url(), HERE)
    with Gateway(project) as gateway:
        assert ask(gateway, issuer.token()) == (200, "data")
        assert ask(gateway, issuer.token(aud="another"))[1] == "invalid-jwt"
        assert ask(gateway, issuer.token(exp=1))[1] == "invalid-jwt"
        for number in range(20):
            assert ask(gateway, issuer.token(kid=f"unknown {number}")) == (401, "invalid-jwt")
        assert issuer.asked == 1


def test_an_issuer_on_a_private_address_is_not_asked_unless_it_is_named(issuer, project):
    configure(project, issuer.url(), None)
    with Gateway(project) as gateway:
        assert ask(gateway, issuer.token()) == (503, "unavailable")
        assert issuer.asked == 0
        assert ask(gateway, {})[1] != "unavailable"
        assert any("outbound.allow" in line for line in gateway.log)


def test_an_issuer_that_is_away_lets_nobody_in(issuer, project):
    issuer.status = 500
    configure(project, issuer.url(), HERE)
    with Gateway(project) as gateway:
        assert ask(gateway, issuer.token()) == (503, "unavailable")


def test_keys_come_over_tls_from_whom_an_authority_vouches_for(tmp_path):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    issuer = Issuer(tmp_path, (certificate, key))
    known = HERE | {"certificates": str(certificate)}
    try:
        # By the system's authorities, by the right one, and by the right one for another name.
        cases = [("localhost", HERE, 503), ("localhost", known, 200), ("127.0.0.1", known, 503)]
        for number, (host, outbound, status) in enumerate(cases):
            project = Project("spaceflight", tmp_path / f"project{number}")
            configure(project, issuer.url(host), outbound)
            with Gateway(project) as gateway:
                assert ask(gateway, issuer.token())[0] == status, (host, outbound)
    finally:
        issuer.close()


def test_a_range_that_is_none_is_an_error_at_its_place(issuer, project):
    configure(project, issuer.url(), {"allow": ["10.0.0.0/8", "here"]})
    with pytest.raises(AssertionError, match="/outbound/allow/1"):
        Gateway(project)
