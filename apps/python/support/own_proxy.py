"""A proxy of a test's own, `keybrake serve` before the common emulator, to be killed and started again."""

import json
import os
import subprocess
from pathlib import Path

from support.stack import Stack

ADMIN_KEY = "admin-" + "0" * 32


class OwnProxy:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    def start(self) -> Stack:
        """Listens on the port of the last time. What it knows is in `folder`."""
        command = json.loads(os.environ["KEYBRAKE_COMMAND"])
        upstream = os.environ["KEYBRAKE_EMULATOR_URL"]
        arguments = ["serve", "--json", "--port", str(self._port), "--stripe-url", upstream]
        environment = {
            "PATH": os.environ["PATH"],
            "KEYBRAKE_ADMIN_KEY": ADMIN_KEY,
            "STRIPE_SECRET_KEY": "sk_test_" + "0" * 24,
        }
        with (self._folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [*command, *arguments],
                cwd=self._folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        assert line, (self._folder / "log").read_text()
        ready = json.loads(line)
        self._port = ready["port"]
        return Stack({**os.environ, "KEYBRAKE_PROXY_URL": ready["url"], "KEYBRAKE_ADMIN_KEY": ADMIN_KEY})

    def kill(self) -> None:
        """As a crash does: without a chance to finish anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()  # type: ignore[union-attr]
            self._process = None
