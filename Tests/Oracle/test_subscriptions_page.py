"""The how-to "Subscriptions": its commands and programs give what is printed below them."""

import json
import re
import sys

import pytest
from browser import MISSING, Page, executable
from gateway import ROOT
from test_readme import exports, sample, shell  # noqa: F401

PAGE = (ROOT / "docs/how-to/subscriptions.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
FOLLOWED = [(kind, text, FENCES[number + 1][1]) for number, (kind, text) in enumerate(FENCES) if kind in ("sh", "python")]


def lines(text):
    """Without those that say that a connection lives."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(":") and line != "{}"]


def test_the_page_has_its_examples():
    assert [kind for kind, _, _ in FOLLOWED] == ["sh", "python", "sh"]


@pytest.mark.parametrize(("kind", "text", "answer"), FOLLOWED, ids=["events", "gql", "multipart"])
def test_an_example(sample, kind, text, answer, tmp_path):  # noqa: F811
    if kind == "python":
        (tmp_path / "example.py").write_text(text, encoding="utf-8")
        text = f"{sys.executable} {tmp_path / 'example.py'}"
    assert lines(shell(exports(sample) + "\n" + text)) == lines(answer)


@pytest.mark.skipif(executable() is None, reason=MISSING)
def test_the_example_of_a_page(sample, tmp_path):  # noqa: F811
    [script] = [text for kind, text in FENCES if kind == "js" and "EventSource" in text]
    url = re.search(r'PERIGEE="?(http://[^/"]+)', exports(sample))[1]
    with Page(url + "/healthz", tmp_path) as page:
        page.evaluate("window.shown = []; window.show = (missions) => shown.push(missions); 0")
        page.evaluate("(() => {" + script + "})()")
        page.wait_for("shown.length === 1")
        assert page.evaluate("JSON.stringify(shown)") == json.dumps([[{"name": "Apollo 17"}]], separators=(",", ":"))
