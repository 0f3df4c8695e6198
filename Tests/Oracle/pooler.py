"""A PgBouncer of a test's own in front of a cluster, which hands its connections out a transaction at a time."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path


def is_installed():
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin") is not None


class Pooler:
    """Two server connections for everyone; ends with `close`."""

    def __init__(self, cluster, *settings):
        self.folder = Path(tempfile.mkdtemp(prefix="perigee-pooler-", dir="/tmp"))
        lines = [
            "[databases]",
            f"* = host={cluster.folder} user=perigee",
            "[pgbouncer]",
            "listen_addr =",
            f"unix_socket_dir = {self.folder}",
            "listen_port = 6432",
            "auth_type = any",
            "pool_mode = transaction",
            "default_pool_size = 2",
            "max_client_conn = 300",
            f"logfile = {self.folder}/log",
            f"pidfile = {self.folder}/pid",
            *settings,
        ]
        (self.folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin"), "-q", str(self.folder / "pgbouncer.ini")]
        # It does not run as root.
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            command = ["runuser", "-u", "postgres", "--", *command]
        self._process = subprocess.Popen(command, cwd="/", stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not (self.folder / ".s.PGSQL.6432").exists():
            assert self._process.poll() is None and time.monotonic() < deadline, "PgBouncer did not start"
            time.sleep(0.02)

    def url(self, direct):
        """The URL of the same database through the pooler."""
        return f"{direct.split('?', 1)[0]}?host={self.folder}&port=6432"

    def run(self, script, database):
        """Runs a script through the pooler, each statement in whatever session it gets."""
        done = subprocess.run(
            ["psql", "-h", self.folder, "-p", "6432", "-U", "perigee", "-d", database, "-XqtA", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            input=script, text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def close(self):
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
