"""The how-to "Persisted queries and trusted documents", followed to the letter; and what clients of it look for."""

import hashlib
import json
import re

import pytest
from gateway import ROOT, Gateway, Project
from test_first_project import Reader

PAGE = (ROOT / "docs/how-to/trusted-documents.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_page_leads_to_its_answers(tmp_path):
    reader = Reader(tmp_path)
    answers = 0
    last = None
    for language, text in FENCES:
        if language == "yaml":
            with (reader.folder / "perigee.yaml").open("a", encoding="utf-8") as config:
                config.write(text)
        elif language == "json" and text.startswith('"main.'):
            reader.replace_entry(text)
        elif language == "json":
            assert json.loads(last) == json.loads(text)
            answers += 1
        elif "curl " in text:
            with reader.serving():
                last = reader.shell(text.replace("perigee serve &\n", ""))
        else:
            reader.shell(text)
    assert answers == 6


QUERY = "query Two { missions(limit: 2, order_by: {id: asc}) { id } }"


@pytest.fixture
def gateway(tmp_path):
    with Gateway(Project("spaceflight", tmp_path)) as gateway:
        yield gateway


class Client:
    """What a client of automatic persisted queries does, as Apollo's link and urql's exchange do it: the hash first; the
    document with it when an error says PersistedQueryNotFound; no hashes any more after PersistedQueryNotSupported."""

    def __init__(self, gateway, accept):
        self.gateway = gateway
        self.headers = {"Accept": accept}
        self.sends_hashes = True
        self.requests = 0

    def post(self, body):
        self.requests += 1
        return self.gateway.post(json.dumps(body), self.headers).json

    def query(self, query):
        digest = hashlib.sha256(query.encode()).hexdigest()
        extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
        if self.sends_hashes:
            answer = self.post({"extensions": extensions})
            messages = {error["message"] for error in answer.get("errors", [])}
            if "PersistedQueryNotSupported" in messages:
                self.sends_hashes = False
            elif "PersistedQueryNotFound" not in messages:
                return answer
            else:
                return self.post({"query": query, "extensions": extensions})
        return self.post({"query": query})


ACCEPTS = ["*/*", "application/graphql-response+json,application/json;q=0.9", "application/json"]


@pytest.mark.parametrize("accept", ACCEPTS)
def test_a_client_persists_what_it_asks_by_itself(gateway, accept):
    client = Client(gateway, accept)
    assert len(client.query(QUERY)["data"]["missions"]) == 2
    assert client.requests == 2
    assert len(client.query(QUERY)["data"]["missions"]) == 2
    assert client.requests == 3
    # Somebody else's first request is already by the hash.
    other = Client(gateway, accept)
    assert len(other.query(QUERY)["data"]["missions"]) == 2
    assert other.requests == 1


@pytest.mark.parametrize("accept", ACCEPTS)
def test_a_client_stops_sending_hashes_where_they_are_switched_off(tmp_path, accept):
    project = Project("spaceflight", tmp_path)
    project.replace_in_config("server:\n", "documents: { automatic: false }\nserver:\n")
    with Gateway(project) as gateway:
        client = Client(gateway, accept)
        for requests in (2, 3):
            assert len(client.query(QUERY)["data"]["missions"]) == 2
            assert client.requests == requests
        assert not client.sends_hashes


def test_a_missing_document_is_200_for_clients_that_give_up_on_a_failure(gateway):
    body = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}
    assert gateway.post(json.dumps(body), {"Accept": "*/*"}).status == 200
    assert gateway.post(json.dumps(body)).status == 200


def test_a_credential_that_is_refused_is_401_under_the_media_type_of_its_own(gateway):
    accept = {"Accept": "application/graphql-response+json", "Authorization": "Bearer a.b.c"}
    answer = gateway.post(json.dumps({"query": QUERY}), accept)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    answer = gateway.post(json.dumps({"query": QUERY}), {"Authorization": "Bearer a.b.c"})
    assert answer.status == 200
    answer = gateway.post(
        json.dumps({"query": QUERY}),
        {"Accept": "application/graphql-response+json", "X-Perigee-Admin-Secret": "wrong"},
    )
    assert answer.status == 403


def test_a_wrong_document_stops_the_start_and_names_itself(tmp_path):
    project = Project("spaceflight", tmp_path)
    (project.directory / "documents").mkdir()
    (project.directory / "documents/bad.graphql").write_text("{\n  missions { nmae }\n}\n")
    project.replace_in_config("server:\n", "documents: { trusted: documents }\nserver:\n")
    with pytest.raises(AssertionError, match=r"documents/bad\.graphql:2:14: Cannot query field \"nmae\""):
        Gateway(project)
