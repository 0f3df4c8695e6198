"""Pages of a browser over WebSockets."""

import pytest
from browser import MISSING, Page, executable
from regressions import EVERYTHING, SmallGateway, SmallProject

pytestmark = pytest.mark.skipif(executable() is None, reason=MISSING)


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
