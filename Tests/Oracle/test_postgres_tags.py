"""The comment in front of statements, as the database sees it: what comes from the request's header and what does not."""

import json

import pytest
from gateway import Gateway
from postgres import MISSING, ScriptProject, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason=MISSING)
SCRIPT = "create view asked as select 1 as id, query from pg_stat_activity where pid = pg_backend_pid()"
CONFIG = 'sources:\n  main: {{ kind: postgres, url: "{url}", track: all, queryTags: trace }}\nrules: rules.json\n'
RULES = {"main.asked": {"read": {"rule": "allow"}}}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"
BODY = {"query": "query Feed { asked { query } }"}


@pytest.fixture(scope="module")
def gateway(cluster, tmp_path_factory):
    with Gateway(ScriptProject(tmp_path_factory.mktemp("tags") / "project", cluster, SCRIPT, CONFIG, RULES)) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        (TRACE + "1", f"/* operation='Feed', traceparent='{TRACE}1' */ SELECT "),
        (TRACE + "0", "/* operation='Feed' */ SELECT "),
        (TRACE + "1' */ drop", "/* operation='Feed' */ SELECT "),
        (None, "/* operation='Feed' */ SELECT "),
    ],
    ids=["sampled", "not sampled", "no trace", "without"],
)
def test_a_sampled_trace_is_named(header, tag, gateway):
    headers = {"traceparent": header} if header else {}
    for _ in range(3):
        single = gateway.post(json.dumps(BODY), headers).json
        assert single["data"]["asked"][0]["query"].startswith(tag), single
        batch = gateway.post(json.dumps([BODY, BODY]), headers).json
        assert all(item["data"]["asked"][0]["query"].startswith(tag) for item in batch), batch
