"""The model of writes against answers worked out by hand from fixtures/config/workshop/sqlite.sql."""

import pytest
from gateway import Project
from rows import FileRows
from sequences import Model, Operation, caller_of, differences


@pytest.fixture
def model(tmp_path):
    return Model(Project("workshop", tmp_path))


def ask(model, who, query):
    answer = model.answer(Operation(who, "mutation { " + query + " }", {}, set()))
    if "errors" in answer:
        return answer["errors"][0]["extensions"]["codes"]
    return answer["data"]


@pytest.mark.parametrize(
    ("who", "query", "expected"),
    [
        # Keys count on, defaults and generated columns are filled in.
        ("admin", 'insert_tasks_one(object: {title: "T", points: 6}) { id done size }', {"insert_tasks_one": {"id": 7, "done": False, "size": "large"}}),
        ("admin", 'insert_teams(objects: [{name: "A"}, {id: 9, name: "B"}, {name: "C"}]) { returning { id plan } }',
         {"insert_teams": {"returning": [{"id": 4, "plan": "free"}, {"id": 9, "plan": "free"}, {"id": 10, "plan": "free"}]}}),
        # Constraints.
        ("admin", 'insert_teams_one(object: {name: "Red"}) { id }', {"constraint-violation"}),
        ("admin", 'insert_teams_one(object: {plan: "paid"}) { id }', {"constraint-violation"}),
        ("admin", 'insert_members_one(object: {team_id: 8, handle: "x"}) { level }', {"constraint-violation"}),
        ("admin", 'insert_projects_one(object: {team_id: 1, owner: "ben", title: "x"}) { id }', {"constraint-violation"}),
        ("admin", 'insert_projects_one(object: {team_id: 1, title: "x"}) { owner }', {"insert_projects_one": {"owner": None}}),
        ("admin", 'delete_labels_by_pk(name: "later") { name }', {"constraint-violation"}),
        ("admin", 'delete_tasks_by_pk(id: 1) { id }', {"constraint-violation"}),  # task 2 is below it
        # A cascade reaches tasks and what hangs on them, and is not counted.
        ("admin", 'delete_projects(where: {id: {_eq: 3}}) { affected_rows }', {"delete_projects": {"affected_rows": 1}}),
        # Rules: what is forced, checked before and after, filtered.
        ("mia", 'insert_members_one(object: {team_id: 1, handle: "new"}) { level }', {"insert_members_one": {"level": 1}}),
        ("mia", 'insert_members_one(object: {team_id: 1, handle: "new", level: 3}) { level }', {"validation-failed"}),
        ("mia", 'insert_members_one(object: {team_id: 2, handle: "new"}) { level }', {"permission-error"}),
        ("lead", 'insert_members_one(object: {team_id: 2, handle: "new", level: 3}) { level }', {"insert_members_one": {"level": 3}}),
        ("mia", 'insert_projects_one(object: {team_id: 1, title: "P"}) { owner budget }', {"insert_projects_one": {"owner": "mia", "budget": 0}}),
        ("mia", 'insert_projects_one(object: {team_id: 1, title: "P", budget: 1001}) { id }', {"permission-error"}),
        ("mia", 'update_projects(where: {id: {_gt: 0}}, _inc: {budget: 1}) { affected_rows returning { id budget } }',
         {"update_projects": {"affected_rows": 1, "returning": [{"id": 1, "budget": 101}]}}),
        ("mia", 'update_projects(where: {id: {_eq: 1}}, _inc: {budget: 901}) { affected_rows }', {"permission-error"}),
        ("mia", 'update_members(where: {handle: {_eq: "max"}}, _set: {team_id: 2}) { affected_rows }', {"permission-error"}),  # given away
        ("lead", 'update_members(where: {handle: {_eq: "max"}}, _set: {team_id: 2}) { affected_rows }', {"update_members": {"affected_rows": 1}}),
        ("ben", 'delete_tasks(where: {id: {_gt: 0}}) { affected_rows }', {"constraint-violation"}),  # 1 is done, 2 hangs on it
        ("ben", 'delete_tasks(where: {id: {_gt: 2}}) { affected_rows }', {"delete_tasks": {"affected_rows": 0}}),  # 5 is done, but archived
        ("mia", 'update_tasks(where: {id: {_eq: 4}}, _set: {points: 51}) { affected_rows }', {"permission-error"}),
        ("mia", 'update_tasks(where: {id: {_eq: 4}}, _set: {points: null, notes: ["x"]}) { returning { points notes } }',
         {"update_tasks": {"returning": [{"points": None, "notes": ["wet", 1, None]}]}}),  # notes are removed from the input
        # The e-mail of others shows null, and that is its value in a filter.
        ("mia", 'update_members(where: {email: {_is_null: true}}, _set: {email: "x"}) { returning { handle } }', {"update_members": {"returning": [{"handle": "max"}]}}),
        ("mia", 'update_members(where: {email: {_like: "ben%"}}, _set: {email: null}) { affected_rows }', {"update_members": {"affected_rows": 0}}),
        # Of a task's labels one may be heavy; the check sees the other rows of its own insert.
        ("mia", 'insert_task_labels(objects: [{task_id: 3, label: "fun", weight: 8}]) { affected_rows }', {"insert_task_labels": {"affected_rows": 1}}),
        ("mia", 'insert_task_labels(objects: [{task_id: 3, label: "fun", weight: 8}, {task_id: 3, label: "later"}]) { affected_rows }', {"permission-error"}),
        # Upserts: each arm has its rule.
        # No rule lets a member update labels: nothing can be named to change.
        ("mia", 'insert_labels(objects: [{name: "fun", colour: "x"}, {name: "n"}], on_conflict: {constraint: labels_pkey}) { affected_rows returning { name } }',
         {"insert_labels": {"affected_rows": 1, "returning": [{"name": "n"}]}}),
        ("mia", 'insert_labels(objects: {name: "fun", colour: "x"}, on_conflict: {constraint: labels_pkey, update_columns: [colour]}) { affected_rows }', {"validation-failed"}),
        ("lead", 'insert_labels(objects: [{name: "fun", colour: "x"}, {name: "n"}], on_conflict: {constraint: labels_pkey}) { affected_rows returning { name } }',
         {"insert_labels": {"affected_rows": 1, "returning": [{"name": "n"}]}}),
        ("lead", 'insert_labels(objects: [{name: "fun", colour: "x"}], on_conflict: {constraint: labels_pkey, update_columns: [uses, colour]}) { returning { colour uses } }',
         {"insert_labels": {"returning": [{"colour": "x", "uses": 0}]}}),
        ("lead", 'insert_teams(objects: {id: 3, name: "New"}, on_conflict: {constraint: teams_name_key, update_columns: [seats]}) { affected_rows }',
         {"constraint-violation"}),  # the key conflicts, and it is not the one named
        ("ben", 'insert_projects(objects: {team_id: 2, title: "Secret", budget: 7}, on_conflict: {constraint: projects_team_id_title_key, update_columns: [budget], where: {budget: {_gt: 50}}}) { affected_rows }',
         {"insert_projects": {"affected_rows": 0}}),
        # Nested: objects before, arrays after, all counted.
        ("admin", 'insert_tasks(objects: {title: "N", project: {data: {title: "NP", team: {data: {name: "NT"}}}}, task_labels: {data: [{label: "fun"}, {label: "later"}]}}) { affected_rows returning { project_id } }',
         {"insert_tasks": {"affected_rows": 5, "returning": [{"project_id": 5}]}}),
        ("lead", 'insert_task_labels_one(object: {task_id: 1, tag: {data: {name: "fun"}, on_conflict: {constraint: labels_pkey}}}) { tag { colour } }', {"not-supported"}),
        ("lead", 'insert_task_labels_one(object: {task_id: 1, tag: {data: {name: "fun", uses: 5}, on_conflict: {constraint: labels_pkey, update_columns: [uses]}}}) { tag { colour uses } }',
         {"insert_task_labels_one": {"tag": {"colour": "green", "uses": 5}}}),
        # The update rule is not true of ben's project: mia's task refers to it, as she may read it.
        ("mia", 'insert_tasks_one(object: {title: "t", project: {data: {team_id: 2, title: "Bridge"}, on_conflict: {constraint: projects_team_id_title_key, update_columns: [budget]}}}) { project_id }',
         {"permission-error"}),  # whose task it is then decides: not her team's
        ("mia", 'insert_tasks_one(object: {title: "t", project: {data: {team_id: 1, title: "Tower"}, on_conflict: {constraint: projects_team_id_title_key, update_columns: [budget]}}}) { project_id }',
         {"insert_tasks_one": {"project_id": 2}}),
        # A row that is met is not inserted: the rule for inserts has no say, unless the row is hidden.
        ("mia", 'insert_projects(objects: {team_id: 2, title: "Bridge"}, on_conflict: {constraint: projects_team_id_title_key, update_columns: [budget]}) { affected_rows }',
         {"insert_projects": {"affected_rows": 0}}),
        ("mia", 'insert_projects(objects: {team_id: 2, title: "Bridge"}, on_conflict: {constraint: projects_team_id_title_key}) { affected_rows }',
         {"insert_projects": {"affected_rows": 0}}),
        ("mia", 'insert_projects(objects: {team_id: 2, title: "Secret"}, on_conflict: {constraint: projects_team_id_title_key, update_columns: [budget]}) { affected_rows }',
         {"permission-error"}),
        ("mia", 'insert_projects(objects: {team_id: 2, title: "New"}, on_conflict: {constraint: projects_team_id_title_key, update_columns: [budget]}) { affected_rows }', {"permission-error"}),
        # Rows of a list that are left alone are no one's parents; rows below a row left alone have none.
        ("lead", 'insert_teams(objects: {name: "x", members: {data: [{handle: "m", email: "ben@example.org"}, {handle: "n"}], on_conflict: {constraint: members_email_key}}}) { affected_rows }',
         {"insert_teams": {"affected_rows": 2}}),
        ("admin", 'insert_teams(objects: {id: 1, name: "x", members: {data: [{handle: "x"}]}}, on_conflict: {constraint: teams_pkey}) { affected_rows }', {"not-supported"}),
        # What is removed from the input is not in it.
        ("mia", 'update_tasks(where: {id: {_eq: 4}}, _set: {notes: ["x"]}) { affected_rows }', {"validation-failed"}),
        ("mia", 'insert_tasks(objects: {id: 4, title: "x", notes: []}, on_conflict: {constraint: tasks_pkey, update_columns: [notes]}) { affected_rows }', {"insert_tasks": {"affected_rows": 0}}),
        # Documents.
        ("admin", 'update_tasks(where: {id: {_eq: 1}}, _append: {notes: ["z"]}) { returning { notes } }', {"update_tasks": {"returning": [{"notes": ["first", "z"]}]}}),
        ("admin", 'update_tasks(where: {id: {_eq: 3}}, _append: {notes: ["z"]}) { returning { notes } }', {"update_tasks": {"returning": [{"notes": None}]}}),
        ("admin", 'update_projects(where: {id: {_eq: 1}}, _prepend: {settings: {lanes: 3, x: 1}}) { returning { settings } }',
         {"update_projects": {"returning": [{"settings": {"lanes": 2, "x": 1, "tags": ["a"]}}]}}),
        ("admin", 'update_projects(where: {id: {_eq: 1}}, _delete_at_path: {settings: ["tags", "0"]}) { returning { settings } }',
         {"update_projects": {"returning": [{"settings": {"lanes": 2, "tags": []}}]}}),
        ("admin", 'update_tasks(where: {id: {_eq: 6}}, _delete_elem: {notes: -1}) { returning { notes } }', {"update_tasks": {"returning": [{"notes": ["x"]}]}}),
        # Entries of one `update_many` see one another.
        ("admin", 'update_tasks_many(updates: [{where: {id: {_eq: 6}}, _inc: {points: 1}}, {where: {points: {_eq: 2}}, _set: {title: "two"}}]) { affected_rows returning { id title points } }',
         {"update_tasks_many": [{"affected_rows": 1, "returning": [{"id": 6, "title": "Loose", "points": 2}]}, {"affected_rows": 1, "returning": [{"id": 6, "title": "two", "points": 2}]}]}),
        # What the values sent decide is refused before the database is asked; where no row is written nothing is.
        ("mia", 'insert_members(objects: [{team_id: 1, handle: "max"}, {team_id: 2, handle: "x"}]) { affected_rows }', {"permission-error"}),
        ("mia", "update_tasks(where: {id: {_eq: 99}}, _set: {points: 51}) { affected_rows }", {"update_tasks": {"affected_rows": 0}}),
        ("mia", "update_tasks(where: {id: {_eq: 4}}, _set: {points: 51, project_id: 99}) { affected_rows }", {"permission-error"}),
        # A filter that is true by its form is everything.
        ("admin", "update_tasks(where: {_not: {_or: [{_and: [{id: {_eq: 1}}, {_not: {}}]}]}}, _set: {done: true}) { affected_rows }", {"validation-failed"}),
        ("admin", "delete_task_labels(where: {_or: [{task_id: {_eq: 1}}, {_and: []}]}, all: true) { affected_rows }", {"delete_task_labels": {"affected_rows": 5}}),
        # All or nothing, and nothing for those without mutations.
        ("admin", 'a: insert_labels_one(object: {name: "new"}) { name } b: insert_labels_one(object: {name: "new"}) { name }', {"constraint-violation"}),
        ("admin", "update_tasks(where: {}, _set: {done: true}) { affected_rows }", {"validation-failed"}),
        ("anonymous", 'insert_labels_one(object: {name: "x"}) { name }', {"validation-failed"}),
    ],
)  # fmt: skip
def test_writes(who, query, expected, model):
    before = model.store.snapshot()
    answer = ask(model, who, query)
    if isinstance(expected, set):
        assert set(answer) == expected
        assert model.store.snapshot() == before
    else:
        assert differences({"data": expected}, {"data": answer}) == []


def test_what_a_cascade_leaves(model):
    ask(model, "admin", "delete_projects(where: {id: {_eq: 3}}) { affected_rows }")
    snapshot = model.store.snapshot()
    assert [row["id"] for row in snapshot["tasks"]] == [1, 2, 3, 5, 6]
    assert [row["task_id"] for row in snapshot["task_labels"]] == [1, 2, 6]


def test_the_model_is_what_the_file_holds(model, tmp_path):
    stored = FileRows(tmp_path / "workshop.db", tmp_path / "pristine.db").stored(model.catalog)
    assert model.store.differences(stored) == []
    ask(model, "admin", 'insert_labels_one(object: {name: "new"}) { name }')
    assert model.store.differences(stored) != []


def test_callers_are_who_they_say():
    assert caller_of("admin").admin and caller_of("anonymous").claims is None
