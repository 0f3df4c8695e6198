"""The recorded cases of the dialect, group by group, against the built gateway on SQLite."""

import pytest
from dialect import corpus, sql
from dialect.project import DialectProject
from dialect.replay import Exceptions, Outcome, figures, replay

GROUPS = corpus.groups() if corpus.is_present() else {}
OUTCOMES = []

needs_cases = pytest.mark.skipif(not GROUPS, reason=corpus.ABSENT)


@needs_cases
@pytest.mark.parametrize("name", GROUPS or ["no group"])
def test_the_recorded_answers(name, tmp_path):
    outcomes = replay(GROUPS[name], lambda: DialectProject(GROUPS[name], tmp_path / "project"), Exceptions.of("sqlite"))
    OUTCOMES.extend(outcomes)
    wrong = [f"{o.verdict}: {o.name}: {o.why or o.reason}" for o in outcomes if o.verdict in ("fail", "stale")]
    assert not wrong, f"{len(wrong)} of {len(outcomes)}\n" + "\n".join(wrong)


@needs_cases
def test_every_listed_case_exists():
    assert list(Exceptions.of("sqlite").unknown(GROUPS)) == []


@needs_cases
def test_the_counts(capsys):
    """Prints what was replayed; most of it must have passed, not been listed."""
    with capsys.disabled():
        print("\n" + figures(OUTCOMES))
    if len({outcome.group for outcome in OUTCOMES}) == len(GROUPS):
        assert sum(outcome.passed for outcome in OUTCOMES) >= 0.85 * len(OUTCOMES)


# -- the replay itself ---------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "reason", "verdict"),
    [
        ("data", None, "pass"),
        ("errors-exact", None, "pass"),
        ("errors-loose", None, "pass"),
        ("fail", None, "fail"),
        ("fail", "no such type", "listed"),
        ("data", "no such type", "stale"),
    ],
)
def test_a_listed_case_must_fail_and_an_unlisted_one_must_pass(level, reason, verdict):
    assert Outcome("g", {"name": "c"}, level, "", reason).verdict == verdict


def test_the_figures_are_those_that_the_conformance_run_reads():
    outcomes = [Outcome("a/b", {"name": "c"}, level, "", reason) for level, reason in (("data", None), ("fail", None), ("fail", "r"), ("data", "r"))]
    assert figures(outcomes).splitlines() == [
        "conformance a__b.json: 1 pass, 2 fail, 1 not applicable",
        "all of the dialect: 1 pass, 2 fail, 1 not applicable",
    ]


def test_entries_that_name_nothing_are_found():
    groups = {"g": {"cases": [{"name": "a"}]}}
    assert list(Exceptions({"g": {"a": "r", "b": "r"}, "h": "r"}).unknown(groups)) == ["g/b", "h"]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            ["CREATE TABLE a(id SERIAL PRIMARY KEY, n TEXT NOT NULL DEFAULT 'x''y', f real)"],
            ['CREATE TABLE "a" (\n  "id" INTEGER PRIMARY KEY AUTOINCREMENT,\n  "n" TEXT NOT NULL DEFAULT \'x\'\'y\',\n  "f" REAL\n)'],
        ),
        (
            ["create table s.b (x int, y int references public.a(id), primary key (x, y), constraint u unique (y))"],
            [
                'CREATE TABLE "s_b" (\n  "x" INT NOT NULL,\n  "y" INT NOT NULL,\n  PRIMARY KEY ("x", "y"),\n'
                '  FOREIGN KEY ("y") REFERENCES "a" ("id")\n)',
                'CREATE UNIQUE INDEX "u" ON "s_b" ("y")',
            ],
        ),
    ],
)
def test_tables_are_translated(statements, expected):
    assert [text for text, _ in sql.Database().read(statements).statements()] == expected


def test_rows_are_translated():
    database = sql.Database().read(
        [
            'create table "T" (id serial primary key, at timestamptz, tags text[], ok bool, doc jsonb)',
            """insert into "T" (at, tags, ok, doc) values ('2020-01-01 02:00:00+02', '{a,"b c"}', false, '{"k": [1]}'), (null, null, true, null)""",
            """INSERT INTO "T" ("ok") SELECT "ok" FROM json_populate_record(NULL::"T", $json${"ok": true}$json$)""",
        ]
    )
    assert database.tables["T"].rows == [
        {"at": "2020-01-01T00:00:00+00:00", "tags": '["a", "b c"]', "ok": 0, "doc": '{"k":[1]}', "id": 1},
        {"at": None, "tags": None, "ok": 1, "doc": None, "id": 2},
        {"ok": 1, "id": 3},
    ]


@pytest.mark.parametrize("statement", ["DROP TABLE a", "CREATE TABLE a (b int CHECK (b > 0))", "INSERT INTO a SELECT 1"])
def test_what_cannot_be_translated_is_refused(statement):
    database = sql.Database().read(["CREATE TABLE a (b int)"])
    with pytest.raises(sql.Untranslatable):
        database.read([statement])
