"""Transactions over PostgreSQL whose end is sent along with their last statement: what is told is what was done."""


import pytest
from gateway import Gateway
from postgres import Cluster, ScriptProject, is_installed

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL server here; `make packages-test` installs it"
)
SCRIPT = """
create table owners (id int primary key);
insert into owners values (1);
create table things (
  id int primary key,
  owner int not null constraint things_owner references owners deferrable initially deferred,
  content text not null,
  width numeric not null default 1
);
insert into things values (1, 1, 'first'), (2, 1, 'second');
"""
RULE = {"read": {"rule": "allow"}, "create": {"rule": "allow"}, "update": {"rule": "allow"}, "delete": {"rule": "allow"}}
CONFIG = """
server: {{ host: 127.0.0.1, port: 0, limits: {{ responseBytes: 64KiB }} }}
sources:
  main: {{ kind: postgres, url: "{url}", track: all, pool: {{ fast: 1, slow: 1, write: 1 }} }}
rules: rules.json
"""


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def project(cluster, tmp_path):
    return ScriptProject(tmp_path / "project", cluster, SCRIPT, CONFIG, {"main.things": RULE})


@pytest.fixture
def gateway(project):
    with Gateway(project) as gateway:
        yield gateway
        assert gateway.is_alive, gateway.output()


@pytest.fixture
def stored(cluster, project):
    database = project.url.split("/")[3].split("?")[0]
    return lambda query: cluster.run(query, database)


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


COUNTED = "mutation M($id: Int!, $owner: Int!) { update_things(where: {id: {_eq: $id}}, _set: {owner: $owner}) { affected_rows } }"
READ_BACK = """
mutation M($id: Int!, $content: String!) {
  update_things_by_pk(pk_columns: {id: $id}, _set: {content: $content}) { id content width }
}
"""


def test_a_constraint_that_is_checked_at_the_end_is_an_error_of_its_statement(gateway, stored):
    for _ in range(3):
        assert codes(gateway.query(COUNTED, {"id": 1, "owner": 7})) == ["constraint-violation"]
        # The connection goes on, and no transaction has been left open in it.
        assert gateway.query(COUNTED, {"id": 2, "owner": 1}) == {"data": {"update_things": {"affected_rows": 1}}}
    read_back = """
    mutation M($owner: Int!) { update_things(where: {id: {_eq: 1}}, _set: {owner: $owner}) { returning { owner } } }
    """
    assert codes(gateway.query(read_back, {"owner": 7})) == ["constraint-violation"]
    assert gateway.query(read_back, {"owner": 1}) == {"data": {"update_things": {"returning": [{"owner": 1}]}}}
    assert stored("select distinct owner from things") == "1"


def test_an_answer_that_is_too_large_undoes_what_it_is_of(gateway, stored):
    for content in ("x" * 70_000, '"' * 40_000):
        assert codes(gateway.query(READ_BACK, {"id": 1, "content": content})) == ["limit-exceeded"]
        assert stored("select content from things where id = 1") == "first"
    insert = "mutation I($o: [things_insert_input!]!) { insert_things(objects: $o) { affected_rows returning { content } } }"
    rows = [{"id": 10 + n, "owner": 1, "content": "x" * 30_000} for n in range(3)]
    assert codes(gateway.query(insert, {"o": rows})) == ["limit-exceeded"]
    assert stored("select count(*) from things") == "2"
    # What is not read back has no size.
    big = "mutation B($content: String!) { update_things(where: {}, all: true, _set: {content: $content}) { affected_rows } }"
    assert gateway.query(big, {"content": "x" * 70_000}) == {"data": {"update_things": {"affected_rows": 2}}}


def test_a_table_that_changes_under_prepared_statements_is_written_all_the_same(gateway, stored):
    for number in range(4):
        answer = gateway.query(READ_BACK, {"id": 1, "content": f"{number}"})
        assert answer["data"]["update_things_by_pk"] == {"id": 1, "content": f"{number}", "width": 1}
    stored("alter table things alter column width type float8, alter column id type bigint")
    for number in range(4, 7):
        answer = gateway.query(READ_BACK, {"id": 1, "content": f"{number}"})
        assert answer["data"]["update_things_by_pk"] == {"id": 1, "content": f"{number}", "width": 1}
    assert stored("select content from things where id = 1") == "6"


def test_a_mutation_that_fails_leaves_no_transaction_behind(gateway, stored):
    twice = """
    mutation T { a: insert_things_one(object: {id: 50, owner: 1, content: "a"}) { id }
                 b: insert_things_one(object: {id: 50, owner: 1, content: "b"}) { id } }
    """
    for _ in range(3):
        assert codes(gateway.query(twice)) == ["constraint-violation"]
    one = 'mutation { insert_things_one(object: {id: 1, owner: 1, content: "a"}) { id } }'
    assert codes(gateway.query(one)) == ["constraint-violation"]
    assert stored("select count(*) from things where id = 50") == "0"
    left = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
    assert stored(left) == "0"
    assert gateway.query(READ_BACK, {"id": 2, "content": "on"})["data"]["update_things_by_pk"]["content"] == "on"
