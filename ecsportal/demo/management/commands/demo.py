"""`manage.py demo`: the portal, a worker and the sandbox on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from dataclasses import replace
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from ecsportal.demo import keys as demo_keys
from ecsportal.demo.processes import Family
from ecsportal.demo.sample import load_sample
from ecsportal.people.models import Role, User
from ecsportal.people.permissions import Grant
from ecsportal.people.services.api_keys import create_api_key
from ecsportal.people.services.users import create_user

READY_WITHIN = 60.0


class Command(BaseCommand):
    help = "Runs the demo: sandbox AWS, worker, web server and a sample project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--sandbox-port", type=int, default=4599)
        parser.add_argument("--sandbox-speed", type=float, default=1.0)

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.VAR_DIR / "demo-keys.json"
        keys = demo_keys.load_or_make(path)
        web, sandbox = (f"http://127.0.0.1:{options[p]}" for p in ("port", "sandbox_port"))
        for name in ("port", "sandbox_port"):
            _refuse_taken(options[name], name)
        environment = _environment(keys, web)
        os.environ.update(environment)
        family = Family({**os.environ, **environment})
        for number in (signal.SIGINT, signal.SIGTERM):
            # SIGINT too: a shell hands it down as ignored to what it starts in the background.
            signal.signal(number, _interrupt)
        try:
            family.start(
                "Sandbox",
                "-m",
                "ecsportal.sandbox",
                f"--port={options['sandbox_port']}",
                f"--speed={options['sandbox_speed']}",
            )
            settings.FIELD_ENCRYPTION_KEYS = [keys.field_encryption_key]
            settings.REMOTE_ALLOW = ["127.0.0.1"]
            call_command("migrate", verbosity=0)
            keys = _load(keys, sandbox)
            demo_keys.save(path, keys)
            family.start("Worker", "manage.py", "worker", "--concurrency=2")
            family.start("Web server", "manage.py", "web", f"--port={options['port']}")
            _wait_for(f"{web}/healthz", family)
            _wait_for(f"{sandbox}/_sandbox/calls", family)
            self._tell(web, sandbox, keys)
            while True:
                time.sleep(1)
                family.watch()
        except KeyboardInterrupt:
            self.stdout.write("Stopping…")
        finally:
            family.stop()

    def _tell(self, web: str, sandbox: str, keys: demo_keys.DemoKeys) -> None:
        self.stdout.write(f"URL: {web}/")
        self.stdout.write(f"Sign in: admin / {keys.password}")
        self.stdout.write(f"API key: {keys.api_key}")
        self.stdout.write(f"Sandbox: {sandbox}")
        self.stdout.flush()


def _environment(keys: demo_keys.DemoKeys, web: str) -> dict[str, str]:
    return {
        "SECRET_KEY": keys.secret_key,
        "FIELD_ENCRYPTION_KEYS": keys.field_encryption_key,
        "PUBLIC_URL": web,
        "COOKIE_SECURE": "0",
        "REMOTE_ALLOW": "127.0.0.1",
        # Static files come straight from their folders: nothing has to be collected first.
        "STATIC_MANIFEST": "0",
        "PYTHONUNBUFFERED": "1",
    }


def _load(keys: demo_keys.DemoKeys, sandbox: str) -> demo_keys.DemoKeys:
    """The administrator, their key and the sample project, as far as they are missing."""
    admin = User.objects.filter(username="admin").first()
    if admin is None:
        grant = Grant(role=Role.ADMINISTRATOR, projects=None, environments=None)
        admin = create_user("admin", by=None, password=keys.password, grants=[grant])
    if not keys.api_key:
        _, text = create_api_key(admin, name="Demo", by=admin)
        keys = replace(keys, api_key=text)
    load_sample(by=admin, sandbox_url=sandbox)
    return keys


def _refuse_taken(port: int, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            variable = "PORT" if name == "port" else "SANDBOX_PORT"
            raise CommandError(
                f"Port {port} is in use. Choose another: make demo {variable}={port + 1}"
            ) from error


def _wait_for(url: str, family: Family) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            family.watch()
            time.sleep(0.1)
    raise CommandError(f"{url} didn't answer within {READY_WITHIN:.0f} s; see the lines above.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once: a second signal must not interrupt the orderly end.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
