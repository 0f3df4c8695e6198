"""A headless Chromium and one page in it, over the DevTools protocol.

https://chromedevtools.github.io/devtools-protocol/
"""

import json
import shutil
import subprocess
import time

from websockets.sync.client import connect

START_DEADLINE = 60
STEP_DEADLINE = 30
NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium is installed (Debian: chromium)"


def executable():
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Page:
    """Use as a context manager."""

    def __init__(self, url, directory):
        self.process = subprocess.Popen(
            [
                executable(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--no-proxy-server", "--remote-debugging-port=0",
                f"--user-data-dir={directory}", "about:blank",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.number = 0
        try:
            port, path = self.address(directory / "DevToolsActivePort")
            self.socket = connect(f"ws://127.0.0.1:{port}{path}", max_size=None, proxy=None, open_timeout=START_DEADLINE)
            target = self.call("Target.createTarget", url=url)["targetId"]
            self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self.wait_for(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")
        except BaseException:
            self.end()
            raise

    def address(self, file):
        """The port of the browser's own, and the path; it writes them to a file when it is ready."""
        end = time.monotonic() + START_DEADLINE
        while not file.exists() or file.read_text().count("\n") < 1:
            assert self.process.poll() is None, "the browser has ended"
            assert time.monotonic() < end, "the browser does not come up"
            time.sleep(0.05)
        return file.read_text().split("\n")[:2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self.process.kill()
        self.process.wait()

    def call(self, method, session=None, **parameters):
        self.number += 1
        self.socket.send(
            json.dumps({"id": self.number, "method": method, "params": parameters} | ({"sessionId": session} if session else {}))
        )
        while True:
            message = json.loads(self.socket.recv(STEP_DEADLINE))
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]

    def evaluate(self, script):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", self.session, expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, condition):
        """Until an expression is true."""
        end = time.monotonic() + STEP_DEADLINE
        while not self.evaluate(condition):
            assert time.monotonic() < end, condition
            time.sleep(0.05)
