"""The demo as its user starts it: a process of its own, with its own folder and ports.

The benchmarks use it too, so it knows nothing of pytest or Django.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 90.0
ENDS_WITHIN = 15.0
T = TypeVar("T")


@dataclass
class Demo:
    """A running demo: what it printed, and its doors."""

    process: subprocess.Popen[bytes]
    output: Path
    started_at: float
    url: str = ""
    password: str = ""
    api_key: str = ""
    sandbox_url: str = ""
    _http: requests.Session = field(default_factory=lambda: direct_session())

    def printed(self) -> str:
        """All that its processes have written so far."""
        return self.output.read_text(errors="replace")

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer of a call under /api/v1; raises requests.HTTPError for a refusal."""
        answer = self._http.request(
            method,
            f"{self.url}api/v1{path}",
            json=body,
            headers={"X-API-Key": self.api_key},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()

    def sandbox(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON answer of the sandbox's own controls."""
        answer = self._http.request(
            method, f"{self.sandbox_url}/_sandbox{path}", json=body, timeout=30
        )
        answer.raise_for_status()
        return answer.json()

    def sign_in(self) -> requests.Session:
        """A browser in which the administrator is signed in."""
        browser = direct_session()
        page = browser.get(f"{self.url}accounts/login/", timeout=30)
        answer = browser.post(
            f"{self.url}accounts/login/",
            data={
                "login": "admin",
                "password": self.password,
                "csrfmiddlewaretoken": hidden_value(page.text, "csrfmiddlewaretoken"),
            },
            headers={"Referer": f"{self.url}accounts/login/"},
            timeout=30,
        )
        answer.raise_for_status()
        if "sessionid" not in browser.cookies:
            raise RuntimeError("The demo's sign-in was refused.")
        return browser

    def members(self) -> dict[int, str]:
        """The processes of its group: id to command line. Linux only."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(folder.name)) == self.process.pid:
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
                    if line:
                        found[int(folder.name)] = line
            except OSError:
                continue
        return found

    def worker(self) -> int | None:
        """The worker's process id, or None while none runs."""
        ids = [pid for pid, line in self.members().items() if " worker" in line]
        return ids[0] if ids else None

    def stop(self) -> int:
        """End it as Ctrl-C does; the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(ENDS_WITHIN)
        finally:
            self.kill()

    def kill(self) -> None:
        """End what is left of it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.process.wait(ENDS_WITHIN)


@contextmanager
def running_demo(
    var_dir: Path,
    *,
    speed: float = 1.0,
    command: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Demo]:
    """The demo on two free ports, once it has printed its addresses; gone at the block's end.

    `command` starts it otherwise, such as by make; `{port}` and `{sandbox_port}` are filled in.
    """
    demo = start_demo(var_dir, speed=speed, command=command, environment=environment)
    try:
        wait_until_told(demo)
        yield demo
        demo.stop()
    finally:
        demo.kill()


def start_demo(
    var_dir: Path,
    *,
    speed: float = 1.0,
    command: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Demo:
    """Start it without waiting for anything."""
    var_dir.mkdir(parents=True, exist_ok=True)
    ports = {"port": str(free_port()), "sandbox_port": str(free_port())}
    words = command or (
        sys.executable, "manage.py", "demo", "--port={port}", "--sandbox-port={sandbox_port}",
        f"--sandbox-speed={speed}",
    )  # fmt: skip
    output = var_dir / "printed.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [word.format(**ports) for word in words],
            cwd=cwd,
            env={**clean_environment(), "VAR_DIR": str(var_dir), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    demo = Demo(process, output, time.monotonic())
    demo.url = f"http://127.0.0.1:{ports['port']}/"
    return demo


def wait_until_told(demo: Demo, *, within: float = STARTS_WITHIN) -> None:
    """Wait for the lines that the demo prints once all of it answers, and take them up."""

    def told() -> re.Match[str] | None:
        if demo.process.poll() is not None:
            raise RuntimeError(f"The demo ended:\n{demo.printed()}")
        return re.search(
            r"^URL: (?P<url>\S+)\nSign in: admin / (?P<password>\S+)\n"
            r"API key: (?P<key>\S+)\nSandbox: (?P<sandbox>\S+)\n",
            demo.printed(),
            re.MULTILINE,
        )

    lines = eventually(told, within=within)
    demo.url, demo.password = lines["url"], lines["password"]
    demo.api_key, demo.sandbox_url = lines["key"], lines["sandbox"]


def eventually(look: Callable[[], T | None], *, within: float, every: float = 0.1) -> T:
    """What `look` finds, as soon as it finds something; TimeoutError where it doesn't in time."""
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Nothing was found within {within:.0f} s.")
        time.sleep(every)
    return found


def clean_environment() -> dict[str, str]:
    """This process's environment without any setting of the portal: the demo brings its own."""
    ours = re.compile(
        r"SECRET_KEY|FIELD_ENCRYPTION_KEYS|DATABASE_URL|CELERY_BROKER_URL|VAR_DIR|DEBUG|STATIC_.*"
        r"|ALLOWED_HOSTS|CSRF_TRUSTED_ORIGINS|COOKIE_SECURE|PUBLIC_URL|TRUSTED_PROXIES|REMOTE_ALLOW"
        r"|AWS_ENDPOINT_URL|LOG_LEVEL|WORKER_CONCURRENCY|LEASE_SECONDS|DJANGO_SETTINGS_MODULE"
        r"|MAKE.*|MFLAGS"
    )
    return {name: value for name, value in os.environ.items() if not ours.fullmatch(name)}


def direct_session() -> requests.Session:
    """A session that asks no proxy for the way to loopback."""
    session = requests.Session()
    session.trust_env = False
    return session


def hidden_value(page: str, name: str) -> str:
    """The value of a hidden field of a page's first form that has it."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    value = re.search(r'value="([^"]*)"', tag[0]) if tag else None
    if value is None:
        raise LookupError(f"The page has no field {name}.")
    return value[1]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def all_lines(demo: Demo, deployment: int) -> list[dict[str, Any]]:
    """A deployment's whole log, verbose lines included."""
    lines: list[dict[str, Any]] = []
    while True:
        after = lines[-1]["seq"] if lines else 0
        page = demo.api("GET", f"/deployments/{deployment}/log?after={after}&level=verbose")
        lines += page["lines"]
        if not page["lines"]:
            return lines


def when_ended(demo: Demo, deployment: int, *, within: float) -> dict[str, Any]:
    """The deployment as the API tells it once it has ended."""

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = demo.api("GET", f"/deployments/{deployment}")
        return found if found["finished_at"] else None

    return eventually(ended, within=within, every=0.3)


def keys_on_disk(var_dir: Path) -> dict[str, str]:
    """The file with the demo's keys."""
    content: dict[str, str] = json.loads((var_dir / "demo-keys.json").read_text())
    return content
