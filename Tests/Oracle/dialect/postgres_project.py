"""One group of dialect cases as a project on PostgreSQL: its set-up as it is recorded, perigee.yaml, rules.json."""

import json

import yaml

from .corpus import runner

# Every table of the group, quoted, in an order that does not matter: foreign keys are not asked while rows are put back.
TABLES = """
select format('%I.%I', schemaname, tablename) from pg_tables
where schemaname not in ('pg_catalog', 'information_schema') order by 1
"""
# The statements that put every sequence where it is now.
SEQUENCES = """
select format('select setval(%L, %s, %L)', format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value), last_value is not null)
from pg_sequences order by 1
"""


class PostgresDialectProject:
    """Looks to `Gateway` like any other project: `config`, `directory`."""

    def __init__(self, group, directory, cluster):
        self.directory = directory
        self.directory.mkdir(parents=True, exist_ok=True)
        self.config = directory / "perigee.yaml"
        self._cluster = cluster
        statements = [runner().session_text(s) for s in group["setup_sql"] + group["values_sql"]]
        script = "".join(statement.rstrip().rstrip(";") + ";\n" for statement in statements)
        self.url = cluster.database(script)
        self._database = self.url.split("@/")[1].split("?")[0]
        self._restoration = self._keep()
        configuration, rules = runner().configs(group, 0, self.url)
        configuration["server"].pop("port")
        configuration["auth"] = {"adminSecret": "env:PERIGEE_ADMIN_SECRET"}
        self.config.write_text(yaml.safe_dump(configuration, sort_keys=False, allow_unicode=True), encoding="utf-8")
        text = json.dumps(rules, indent=1, ensure_ascii=False)
        (directory / "rules.json").write_text(text, encoding="utf-8")

    def _keep(self):
        """Copies of all rows beside the server, and the script that puts them back."""
        tables = self._cluster.run(TABLES, self._database).splitlines()
        sequences = self._cluster.run(SEQUENCES, self._database).splitlines()
        files = {table: f"{self._cluster.folder}/data/{self._database}.{number}" for number, table in enumerate(tables)}
        self._cluster.run("".join(f"copy {table} to '{file}';\n" for table, file in files.items()), self._database)
        return "\n".join(
            ["begin;", "set local session_replication_role = replica;"]
            + [f"delete from {table};" for table in tables]
            + [f"copy {table} from '{file}';" for table, file in files.items()]
            + [f"{statement};" for statement in sequences]
            + ["commit;"]
        )

    def restore(self):
        """Rows and sequences as they were after the set-up."""
        self._cluster.run(self._restoration, self._database)
