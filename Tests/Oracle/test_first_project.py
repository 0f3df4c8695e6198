"""The how-to "Your first project", followed to the letter: its commands run, its entries go into the rules file, and its
answers are the gateway's."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager

import pytest
from gateway import ROOT, START_DEADLINE, STOP_DEADLINE, binary

PAGE = (ROOT / "docs/how-to/first-project.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


class Reader:
    """Somebody who follows the page in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "bin/perigee").symlink_to(binary())
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")} | {
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "PERIGEE_JWT_SECRET": "0" * 64,
            "PERIGEE_ADMIN_SECRET": "1" * 64,
        }

    def shell(self, script):
        done = subprocess.run(
            ["bash", "-ec", script.replace(":8080", f":{self.port}")], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=60, check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def replace_entry(self, text):
        path = self.folder / "rules/main.json"
        rules = json.loads(path.read_text(encoding="utf-8"))
        entry = json.loads("{" + text + "}")
        assert set(entry) <= set(rules["collections"])
        rules["collections"] |= entry
        path.write_text(json.dumps(rules), encoding="utf-8")

    def uncomment_auth(self, section):
        """Takes the comment signs away from the lines that the page shows."""
        path = self.folder / "perigee.yaml"
        text = path.read_text(encoding="utf-8")
        commented = "".join(f"# {line}\n" for line in section.splitlines())
        assert commented in text
        path.write_text(text.replace(commented, section), encoding="utf-8")

    @contextmanager
    def serving(self):
        process = subprocess.Popen(
            ["perigee", "serve", "--port", str(self.port)], cwd=self.folder, env=self.environment,
            executable=self.folder / "bin/perigee", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        watchdog = threading.Timer(START_DEADLINE, process.kill)
        watchdog.start()
        try:
            assert process.stdout.readline().startswith("listening on ")
            watchdog.cancel()
            yield
        finally:
            watchdog.cancel()
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_DEADLINE) == 0


@pytest.fixture
def reader(tmp_path):
    return Reader(tmp_path)


def test_the_page_leads_to_its_answers(reader):
    answers = 0
    last = None
    for language, text in FENCES:
        if language == "yaml":
            reader.uncomment_auth(text)
        elif language == "json" and text.startswith('"main.'):
            reader.replace_entry(text)
        elif language == "json":
            assert json.loads(last) == json.loads(text)
            answers += 1
        elif "export " in text:
            continue  # the keys are in the environment already
        elif "curl " in text:
            with reader.serving():
                last = reader.shell(text.replace("perigee serve &\n", ""))
        else:
            reader.shell(text)
    assert answers == 2


def test_what_the_page_says_of_addresses_is_so(reader):
    for language, text in FENCES:
        if language == "yaml":
            reader.uncomment_auth(text)
        elif language == "json" and text.startswith('"main.'):
            reader.replace_entry(text)
        elif language == "sh" and "curl " not in text and "explain" not in text and "export " not in text:
            reader.shell(text)
    query = json.dumps({"query": "{ users { name email articles { title } } articles { author { name } } }"})
    with reader.serving():
        answer = reader.shell(
            "curl -s http://127.0.0.1:8080/v1/graphql -H 'Content-Type: application/json' "
            "-H \"Authorization: Bearer $(perigee token --claims '{\"id\": 1}')\" -d '" + query + "'"
        )
    assert json.loads(answer)["data"]["users"] == [
        {"name": "Ada", "email": "ada@example.org", "articles": [{"title": "Hello"}, {"title": "Not yet"}]},
        {"name": "Ben", "email": "****.org", "articles": []},
    ]
