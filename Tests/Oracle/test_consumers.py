"""Public tools read the schema: gql-cli, ariadne-codegen and graphql-core's own checks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from gateway import ADMIN, credentials
from graphql import build_client_schema, build_schema, get_introspection_query, validate_schema

TOOLS = Path(sys.executable).parent
OPERATIONS = """
query Missions($where: missions_bool_exp, $limit: Int = 2, $order: [missions_order_by!]) {
  missions(where: $where, limit: $limit, order_by: $order) {
    id
    name
    program { name agency { abbreviation } }
    crew { role astronaut { ...Person } }
    crew_aggregate { aggregate { count } }
  }
}
query Mission($id: Int!) { missions_by_pk(id: $id) { name details duration_hours } }
query Totals { missions_aggregate { aggregate { count max { launched_on } avg { duration_minutes } } } }
fragment Person on astronauts { name born_on }
"""


@pytest.fixture
def gateway(gateways):
    return gateways("spaceflight")


def run(*command, cwd=None):
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def test_gql_cli_prints_the_schema(gateway):
    schema = build_schema(run(str(TOOLS / "gql-cli"), gateway.url, "--print-schema"))
    assert not validate_schema(schema)
    assert schema.query_type.name == "query_root"
    assert {"missions", "missions_by_pk", "missions_aggregate"} <= set(schema.query_type.fields)
    assert "users" not in schema.query_type.fields


def test_ariadne_codegen_writes_a_client_that_works(gateway, tmp_path):
    (tmp_path / "operations.graphql").write_text(OPERATIONS, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ariadne-codegen]\n"
        f'remote_schema_url = "{gateway.url}"\n'
        'queries_path = "operations.graphql"\n'
        'target_package_name = "mission_client"\n',
        encoding="utf-8",
    )
    run(str(TOOLS / "ariadne-codegen"), "client", cwd=tmp_path)
    script = (
        "import asyncio, json\n"
        "from mission_client import Client\n"
        "async def main():\n"
        f"    async with Client(url={gateway.url!r}) as client:\n"
        "        found = await client.missions()\n"
        "        one = await client.mission(id=found.missions[0].id)\n"
        "        total = await client.totals()\n"
        "    print(json.dumps([[m.name for m in found.missions], one.missions_by_pk.name,\n"
        "                      total.missions_aggregate.aggregate.count]))\n"
        "asyncio.run(main())\n"
    )
    names, name, count = json.loads(run(sys.executable, "-c", script, cwd=tmp_path))
    direct = gateway.query("{ missions(limit: 2) { name } missions_aggregate { aggregate { count } } }")["data"]
    assert names == [row["name"] for row in direct["missions"]]
    assert name == names[0]
    assert count == direct["missions_aggregate"]["aggregate"]["count"]


def test_ariadne_codegen_writes_the_schema(gateway, tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ariadne-codegen]\n"
        f'remote_schema_url = "{gateway.url}"\n'
        'target_file_path = "schema.graphql"\n',
        encoding="utf-8",
    )
    run(str(TOOLS / "ariadne-codegen"), "graphqlschema", cwd=tmp_path)
    schema = build_schema((tmp_path / "schema.graphql").read_text(encoding="utf-8"))
    assert not validate_schema(schema)


@pytest.mark.parametrize(
    ("caller", "sees", "misses"),
    [
        (None, {"missions", "mission_notes"}, {"users", "users_aggregate"}),
        ({"id": 2, "role": "member"}, {"users", "users_by_pk"}, {"users_aggregate"}),
        ({"id": 1, "role": "editor"}, {"users", "users_aggregate"}, set()),
        (ADMIN, {"users", "users_aggregate"}, set()),
    ],
)
def test_introspection_is_drawn_for_the_caller(gateway, caller, sees, misses):
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    answer = gateway.post(json.dumps({"query": query}), credentials(caller)).json
    assert "errors" not in answer, answer["errors"]
    schema = build_client_schema(answer["data"])
    assert not validate_schema(schema)
    roots = set(schema.query_type.fields)
    assert sees <= roots
    assert not misses & roots


def test_the_wide_project_has_a_valid_schema_too(gateways):
    for caller in (None, {"id": 1, "role": "editor", "tenant": "north", "level": 1}, ADMIN):
        answer = gateways("wide").post(json.dumps({"query": get_introspection_query()}), credentials(caller)).json
        schema = build_client_schema(answer["data"])
        assert not validate_schema(schema)
        assert len(schema.type_map["everything"].fields) >= 200
