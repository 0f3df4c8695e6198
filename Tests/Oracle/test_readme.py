"""The README's tour as a reader would take it: every command, pasted into a shell, gives the answer printed below it."""

import json
import os
import re
import signal
import subprocess
import threading

import pytest
from gateway import ROOT, START_DEADLINE, STOP_DEADLINE, binary

README = (ROOT / "README.md").read_text(encoding="utf-8")
STEPS = re.findall(r"```sh\n(curl .*?)```\n\n```json\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def sample():
    """`perigee dev` and what it prints, up to its last line."""
    process = subprocess.Popen(
        [binary(), "dev", "--port", "0"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
    )
    watchdog = threading.Timer(START_DEADLINE, process.kill)
    watchdog.start()
    try:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        watchdog.cancel()
        assert lines and lines[-1].startswith("Ctrl-C"), "".join(lines)
        yield "".join(lines)
    finally:
        watchdog.cancel()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_DEADLINE) == 0


def shell(script):
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def exports(greeting):
    return "\n".join(re.findall(r"^ *(export .*)$", greeting, re.MULTILINE))


def test_the_tour_has_its_steps():
    assert len(STEPS) >= 7
    assert README.count("```sh\ncurl ") == len(STEPS)


@pytest.mark.parametrize(("command", "answer"), STEPS, ids=[str(number) for number in range(1, len(STEPS) + 1)])
def test_a_step_of_the_tour(sample, command, answer):
    received = shell(exports(sample) + "\n" + command)
    assert json.loads(received) == json.loads(answer)
    # Member order is the document's, so it is part of the answer.
    assert json.dumps(json.loads(received)) == json.dumps(json.loads(answer))


def test_lines_that_dev_prints_work_when_pasted(sample):
    commands = re.findall(r"^curl .*$", sample, re.MULTILINE)
    assert len(commands) == 3
    notes = [json.loads(shell(command))["data"]["missions_by_pk"]["notes"] for command in commands]
    assert [len(found) for found in notes] == [3, 4, 5]


def test_the_admin_secret_opens_everything(sample):
    command = (
        "curl -s $PERIGEE -H 'Content-Type: application/json' -H \"X-Perigee-Admin-Secret: $ADMIN_SECRET\" "
        "-d '{\"query\": \"{ mission_notes_aggregate { aggregate { count } } }\"}'"
    )
    answer = json.loads(shell(exports(sample) + "\n" + command))
    assert answer["data"]["mission_notes_aggregate"]["aggregate"]["count"] == 30


def test_links_lead_somewhere():
    for text in [README, *(path.read_text(encoding="utf-8") for path in [ROOT / "CONTRIBUTING.md"])]:
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), target


def test_every_link_between_documents_leads_somewhere():
    for page in (ROOT / "docs").rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)}: {target}"
