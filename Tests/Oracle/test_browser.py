"""A page that subscribes, sees what others change, and comes back after the gateway was restarted."""

import pytest
from browser import MISSING, Page, executable
from gateway import Gateway
from regressions import EVERYTHING, SmallGateway, SmallProject, claims

pytestmark = pytest.mark.skipif(executable() is None, reason=MISSING)

STARS = "mutation($stars: Int!) { update_notes_by_pk(pk_columns: {id: 1}, _set: {stars: $stars}) { stars } }"

# What client libraries do: connect, initialise, subscribe, and do so again when the connection is gone.
CLIENT = """
(() => {
  const query = "subscription { notes_by_pk(id: 1) { stars } }";
  window.seen = [];
  window.endings = [];
  const open = () => {
    const socket = new WebSocket(`ws://${location.host}/v1/graphql`, "SUBPROTOCOL");
    socket.onopen = () => socket.send(JSON.stringify({ type: "connection_init", payload: {} }));
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "connection_ack")
        socket.send(JSON.stringify({ id: "1", type: "START", payload: { query } }));
      if (message.type === "NEXT") window.seen.push(message.payload.data.notes_by_pk.stars);
    };
    socket.onclose = ({ code }) => { window.endings.push(code); setTimeout(open, 100); };
  };
  open();
})()
"""
EVENTS = """
(() => {
  window.seen = [];
  const source = new EventSource("/v1/graphql?query=" + encodeURIComponent("subscription { notes_by_pk(id: 1) { stars } }"));
  source.addEventListener("next", ({ data }) => window.seen.push(JSON.parse(data).data.notes_by_pk.stars));
})()
"""
CLIENTS = {
    "graphql-transport-ws": CLIENT.replace("SUBPROTOCOL", "graphql-transport-ws").replace("START", "subscribe").replace("NEXT", "next"),
    "graphql-ws": CLIENT.replace("SUBPROTOCOL", "graphql-ws").replace("START", "start").replace("NEXT", "data"),
    "EventSource": EVENTS,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_page_subscribes_and_comes_back(tmp_path, client):
    project = SmallProject(tmp_path / "project", {"notes": EVERYTHING})
    small = SmallGateway(project)
    port = small.gateway.port

    def give(stars):
        assert small.data(STARS, claims(1), {"stars": stars})["update_notes_by_pk"]["stars"] == stars

    try:
        with Page(f"http://127.0.0.1:{port}/healthz", tmp_path / "browser") as page:
            page.evaluate(CLIENTS[client])
            page.wait_for("seen.length === 1 && seen[0] === 1")
            give(7)
            page.wait_for("seen.length === 2 && seen[1] === 7")
            assert small.gateway.stop() == 0
            if client != "EventSource":
                page.wait_for("endings.length > 0 && endings[0] === 1001")
            small.gateway = Gateway(project, port=port)
            page.wait_for("seen.length === 3 && seen[2] === 7")
            give(8)
            page.wait_for("seen.length === 4 && seen[3] === 8")
    finally:
        assert small.gateway.stop() == 0


def test_a_page_of_another_origin_gets_nowhere(tmp_path):
    small = SmallGateway(SmallProject(tmp_path / "project", {"notes": EVERYTHING}))
    other = SmallGateway(SmallProject(tmp_path / "other", {"notes": EVERYTHING}))
    script = """
      new Promise((resolve) => {
        const socket = new WebSocket("ws://127.0.0.1:%d/v1/graphql", "graphql-transport-ws");
        socket.onopen = () => resolve("opened");
        socket.onclose = ({ code }) => resolve(code);
      })
    """  # fmt: skip
    try:
        with Page(f"http://127.0.0.1:{other.gateway.port}/healthz", tmp_path / "browser") as page:
            assert page.evaluate(script % small.gateway.port) == 1006
            assert page.evaluate(script % other.gateway.port) == "opened"
    finally:
        assert small.gateway.stop() == other.gateway.stop() == 0
