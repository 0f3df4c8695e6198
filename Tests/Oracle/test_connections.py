"""`T_connection`, walked page by page in both directions, is the list the oracle answers; cursors are nobody else's."""

import json
import os

import pytest
from generate import generate_pages
from oracle import Caller
from oracle.compare import Comparison

SEED = os.environ.get("PERIGEE_ORACLE_SEED", "spine")
WALKS = 40
PROJECTS = {
    "spaceflight": {
        "anonymous": None,
        "member": {"id": 2, "role": "member"},
        "editor": {"id": 1, "role": "editor"},
    },
    "wide": {
        "stranger": {"id": 9, "tenant": "south", "level": 1},
        "member": {"id": 2, "role": "member", "tenant": "north", "teams": ["red"], "level": 2},
        # Over instants that are written in several ways.
        "instants": None,
    },
}
CASES = [(project, who) for project, callers in PROJECTS.items() for who in callers]
# `many` has more rows than a list may hold, `everything` more columns than is quick.
WIDE = ("extremes", "documents", "words", "seats", "bookings", "order", "tags")


class Walk:
    """One generated list, asked as a list of the oracle and in pages of the gateway."""

    def __init__(self, project, who, number, gateways, oracles):
        self.claims = PROJECTS[project][who]
        self.gateway, self.oracle = gateways(project), oracles(project)
        view = self.oracle.view(Caller(self.claims))
        only = ("moments",) if who == "instants" else WIDE if project == "wide" else None
        self.pages = generate_pages(view, f"{SEED}/{project}/{who}/{number}", only)
        self.api = self.pages.collection.api

    def document(self, arguments, root, selection, cursor=False):
        declarations = self.pages.declarations + (["$cursor: String"] if cursor else [])
        head = f"query({', '.join(declarations)}) " if declarations else ""
        arguments = ", ".join(part for part in (arguments, self.pages.arguments) if part)
        return f"{head}{{ {root}{f'({arguments})' if arguments else ''} {selection} }}"

    def expected(self):
        query = self.document("", self.api, f"{{ {self.pages.selection} }}")
        answer = self.oracle.answer(Caller(self.claims), query, self.pages.variables)
        return answer["data"][self.api] if "data" in answer else None

    def refusal(self):
        """The code with which the gateway refuses what the oracle refuses."""
        query = self.document("first: 1", f"{self.api}_connection", "{ edges { cursor } }")
        answer = self.gateway.query(query, self.pages.variables, self.claims)
        return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None

    def page(self, size, backward, cursor):
        bound, mark = ("last", "before") if backward else ("first", "after")
        query = self.document(
            f"{bound}: {size}, {mark}: $cursor",
            f"{self.api}_connection",
            "{ edges { cursor node { %s } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"
            % self.pages.selection,
            cursor=True,
        )
        answer = self.gateway.query(query, dict(self.pages.variables, cursor=cursor), self.claims)
        assert "data" in answer, f"{query}\n{json.dumps(self.pages.variables)}\n{answer}"
        return answer["data"][f"{self.api}_connection"]

    def walk(self, size, backward):
        rows, cursor = [], None
        for _ in range(500):
            page = self.page(size, backward, cursor)
            nodes = [edge["node"] for edge in page["edges"]]
            info = page["pageInfo"]
            assert len(nodes) <= size
            assert info["startCursor"] == (page["edges"][0]["cursor"] if nodes else None)
            assert info["endCursor"] == (page["edges"][-1]["cursor"] if nodes else None)
            rows = nodes + rows if backward else rows + nodes
            more = info["hasPreviousPage"] if backward else info["hasNextPage"]
            if not more:
                return rows
            cursor = info["startCursor"] if backward else info["endCursor"]
        raise AssertionError("the pages never end")


@pytest.mark.parametrize("project, who", CASES)
def test_pages_put_together_are_the_list(project, who, gateways, oracles):
    differing, rows = [], 0
    for number in range(WALKS):
        walk = Walk(project, who, number, gateways, oracles)
        expected = walk.expected()
        if expected is None:
            assert walk.refusal() in ("parse-failed", "data-exception", "validation-failed"), walk.pages
            continue
        rows += len(expected)
        size = (1, 2, 3, 7, 50)[number % 5] if len(expected) <= 60 else 25
        for backward in (False, True):
            actual = walk.walk(size, backward)
            differences = Comparison().differences({"data": {"rows": expected}}, {"data": {"rows": actual}})
            if differences:
                differing.append(f"{walk.api}({walk.pages.arguments}) backward={backward}: {differences[:3]}")
    assert not differing, "\n".join(differing[:5])
    assert rows > 100


def test_a_cursor_of_another_caller_is_refused(gateways):
    gateway = gateways("spaceflight")
    query = "query($cursor: String) { users_connection(first: 1, after: $cursor) { edges { cursor node { id } } } }"
    callers = [{"id": 2, "role": "member"}, {"id": 1, "role": "editor"}, {"id": 3, "role": "member"}]
    edge = gateway.query(query, {"cursor": None}, callers[0])["data"]["users_connection"]["edges"][0]
    assert gateway.query(query, {"cursor": edge["cursor"]}, callers[0])["data"]["users_connection"]["edges"]
    for caller in callers[1:]:
        answer = gateway.query(query, {"cursor": edge["cursor"]}, caller)
        assert answer["errors"][0]["extensions"]["code"] == "bad-request", answer
    for position in range(0, len(edge["cursor"]), 5):
        other = "A" if edge["cursor"][position] != "A" else "B"
        changed = edge["cursor"][:position] + other + edge["cursor"][position + 1 :]
        answer = gateway.query(query, {"cursor": changed}, callers[0])
        assert answer["errors"][0]["extensions"]["path"] == "$.selectionSet.users_connection.args.after", answer
