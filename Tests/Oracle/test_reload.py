"""Rules and configuration that change under a gateway that serves, over real sockets and with real signals."""

import json
import os
import shutil
import signal
import time

from gateway import ADMIN, FIXTURES, Gateway, Project

QUERY = "{ teams { id } }"


def wait_for(condition, what):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def rules(*, is_open):
    rule = "allow" if is_open else "deny"
    return json.dumps({"collections": {"main.teams": {"read": {"rule": rule}}}})


def start(tmp_path):
    project = Project("workshop", tmp_path / "project")
    files = list(project.directory.glob("rules*.json"))
    assert [file.name for file in files] == ["rules.json"]
    files[0].write_text(rules(is_open=True), encoding="utf-8")
    return project, files[0]


def is_open(gateway):
    return "data" in gateway.query(QUERY)


def test_rules_are_followed_and_a_bad_file_changes_nothing(tmp_path):
    project, file = start(tmp_path)
    with Gateway(project) as gateway:
        assert is_open(gateway)
        beside = project.directory / ".rules.json.swp"
        beside.write_text(rules(is_open=False), encoding="utf-8")
        os.replace(beside, file)
        wait_for(lambda: not is_open(gateway), "a file that is replaced")
        assert "data" in gateway.query(QUERY, caller=ADMIN)

        file.write_text('{"collections": {"main.teams": {"read": {"rule": "alow"}}}}', encoding="utf-8")
        wait_for(lambda: "unknown rule kind" in "".join(gateway.log), "a bad file")
        problem = next(line for line in gateway.log if "unknown rule kind" in line)
        assert "rules.json: /collections/main.teams/read/rule:" in problem
        assert 'did you mean "allow"?' in problem.replace("\\", "")
        assert not is_open(gateway)
        assert b"200 OK" in gateway.raw(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")

        file.write_text(rules(is_open=True), encoding="utf-8")
        wait_for(lambda: is_open(gateway), "a file that is mended")
        assert gateway.stop() == 0


def test_a_hangup_reads_everything_anew_and_ends_nothing(tmp_path):
    project, _ = start(tmp_path)
    audit = project.directory / "audit.jsonl"
    with project.config.open("a", encoding="utf-8") as config:
        config.write("\naudit: { file: audit.jsonl }\n")
    with Gateway(project) as gateway:
        assert is_open(gateway)
        wait_for(lambda: audit.read_text().count("\n") == 1, "a line of the audit log")
        audit.rename(project.directory / "audit.1")
        for _ in range(3):
            gateway.process.send_signal(signal.SIGHUP)
        wait_for(audit.exists, "an audit log that is opened anew")
        wait_for(lambda: any("read anew" in line for line in gateway.log), "a hangup")
        assert is_open(gateway)
        wait_for(lambda: audit.read_text().count("\n") == 1, "a line in the new file")
        line = json.loads(audit.read_text())
        assert line["caller"] == "anonymous"
        assert line["rules"][0]["on"] == "main.teams"
        assert gateway.stop() == 0


class SampleFiles:
    """The files of the sample, to be changed."""

    def __init__(self, directory):
        self.directory = directory
        for folder in ("config/spaceflight", "databases/spaceflight"):
            shutil.copytree(FIXTURES / folder, directory / folder)
        self.rules = directory / "config/spaceflight/rules/reference.json"


def test_the_sample_follows_its_files_too(tmp_path):
    sample = SampleFiles(tmp_path)
    with Gateway(sample, command=["dev", "--fixtures", str(tmp_path)]) as gateway:
        shown = gateway.query("{ missions(limit: 1) { id } }")
        assert "data" in shown, shown
        before = sample.rules.read_text(encoding="utf-8")
        closed = json.loads(before)
        closed["collections"]["main.missions"]["read"] = {"rule": "deny"}
        sample.rules.write_text(json.dumps(closed), encoding="utf-8")
        wait_for(lambda: "errors" in gateway.query("{ missions(limit: 1) { id } }"), "a file that is changed")
        sample.rules.write_text("{", encoding="utf-8")
        wait_for(lambda: any("were not taken" in line for line in gateway.log), "a bad file")
        sample.rules.write_text(before, encoding="utf-8")
        gateway.process.send_signal(signal.SIGHUP)
        wait_for(lambda: gateway.query("{ missions(limit: 1) { id } }") == shown, "a hangup")
        assert gateway.stop() == 0


def test_keys_that_wait_for_a_restart_are_named(tmp_path):
    project, _ = start(tmp_path)
    with Gateway(project) as gateway:
        project.replace_in_config("server:\n", "server:\n  limits: { bodyBytes: 4096, rows: 1 }\n")
        wait_for(lambda: any("/server/limits/bodyBytes" in line for line in gateway.log), "a key that waits")
        # The other key of the same file is taken.
        wait_for(lambda: "errors" in gateway.query(QUERY), "a limit that is taken")
        assert gateway.stop() == 0
