"""A whole installation as production has it, of processes that may be killed one by one."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import psycopg
import requests
from cryptography.fernet import Fernet

from tests.chaos import services
from tests.chaos.child import Child
from tests.demo.running_demo import (
    ROOT,
    clean_environment,
    direct_session,
    free_port,
    hidden_value,
)

PASSWORD = "correct horse battery"
WORKERS = 3
ASKED_WITHIN = 15.0


class UnreachableError(Exception):
    """The portal didn't answer, or answered that it can't just now."""


class RefusalError(Exception):
    """The portal's answer was no."""

    def __init__(self, status: int, body: Any) -> None:
        self.status = status
        self.code = str(body.get("code", "")) if isinstance(body, dict) else ""
        """The problem's stable code."""
        super().__init__(f"{status} {body}")


class Installation:
    """The processes, and the doors of the portal and the simulated AWS."""

    def __init__(self, folder: Path, *, speed: float) -> None:
        self.folder = folder
        web_port, sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{web_port}/"
        self.sandbox_url = f"http://127.0.0.1:{sandbox_port}"
        self.database, self.database_address = services.postgresql(folder)
        self.broker = Child("none", [], {}, folder / "none", lambda: False)
        self.broker_address = ""
        self._clients: dict[tuple[str, str], Any] = {}
        self.environment = {
            **clean_environment(),
            "DATABASE_URL": self.database_address,
            "VAR_DIR": str(folder / "var"),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "COOKIE_SECURE": "0",
            "STATIC_MANIFEST": "0",
            "REMOTE_ALLOW": "127.0.0.1",
            "PUBLIC_URL": self.url.rstrip("/"),
            "DJANGO_SETTINGS_MODULE": "ecsportal.settings",
            "PYTHONUNBUFFERED": "1",
        }
        sandbox = ("-m", "ecsportal.sandbox", f"--port={sandbox_port}", f"--speed={speed}")
        self.sandbox_process = self._python("sandbox", *sandbox, url=f"{self.sandbox_url}/")
        web = ("manage.py", "web", f"--port={web_port}")
        self.web = self._python("web", *web, url=f"{self.url}healthz")
        self.workers = [
            self._python(f"worker-{number}", "manage.py", "worker", "--concurrency=4")
            for number in range(1, WORKERS + 1)
        ]
        self.http, self.aws_http = direct_session(), direct_session()

    def use_broker(self, broker: Child, address: str) -> None:
        """Name the broker to all that is started from now on."""
        self.broker, self.broker_address = broker, address
        self.environment["CELERY_BROKER_URL"] = address

    @property
    def children(self) -> list[Child]:
        """Every process but the broker's helpers."""
        return [self.sandbox_process, self.web, *self.workers, self.broker, self.database]

    def manage(self, *words: str, given: str = "") -> str:
        """What a command of manage.py prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            input=given,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    @cached_property
    def api_key(self) -> str:
        """A key of the administrator."""
        return self.manage("create_api_key", "admin")

    def api(self, method: str, path: str, body: Any = None, *, name: str = "") -> Any:
        """The answer's JSON; `name` is the Idempotency-Key.

        Raises UnreachableError where trying again may help, RefusalError where it doesn't.
        """
        headers = {"X-API-Key": self.api_key} | ({"Idempotency-Key": name} if name else {})
        try:
            answer = self.http.request(
                method, f"{self.url}api/v1{path}", json=body, headers=headers, timeout=ASKED_WITHIN
            )
        except requests.RequestException as error:
            raise UnreachableError(str(error)) from error
        if answer.status_code >= 500:
            raise UnreachableError(f"{answer.status_code} {answer.text[:200]}")
        content = answer.json() if answer.content else None
        if answer.status_code >= 400:
            raise RefusalError(answer.status_code, content)
        return content

    def readyz(self) -> dict[str, str]:
        """What /readyz says, whatever its status."""
        found: dict[str, str] = self.http.get(f"{self.url}readyz", timeout=ASKED_WITHIN).json()
        return found

    def sandbox(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of the sandbox's controls."""
        address = f"{self.sandbox_url}/_sandbox{path}"
        answer = self.aws_http.request(method, address, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def client(self, service: str, region: str) -> Any:
        """A boto3 client of the simulated AWS."""
        if (service, region) not in self._clients:
            self._clients[service, region] = boto3.client(
                service,  # type: ignore[call-overload]
                region_name=region,
                endpoint_url=self.sandbox_url,
                aws_access_key_id="AKIASANDBOX000000000",
                aws_secret_access_key="sandbox",
            )
        return self._clients[service, region]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What a query finds; psycopg.OperationalError while the database is away."""
        with psycopg.connect(self.database_address, connect_timeout=3) as connection:
            return connection.execute(query.encode()).fetchall()

    def dashboard(self) -> str:
        """The first page, as the administrator sees it."""
        return self.sign_in().get(self.url, timeout=ASKED_WITHIN).text

    def sign_in(self) -> requests.Session:
        """A browser in which the administrator is signed in."""
        browser = direct_session()
        address = f"{self.url}accounts/login/"
        page = browser.get(address, timeout=30)
        token = hidden_value(page.text, "csrfmiddlewaretoken")
        form = {"login": "admin", "password": PASSWORD, "csrfmiddlewaretoken": token}
        answer = browser.post(address, data=form, headers={"Referer": address}, timeout=30)
        answer.raise_for_status()
        return browser

    def _python(self, name: str, *words: str, url: str = "") -> Child:
        output = self.folder / f"{name}.log"
        child = Child(name, [sys.executable, *words], self.environment, output, lambda: True)
        child.cwd = ROOT
        child.answers = (lambda: _answers(url)) if url else (lambda: self.is_seen(child))
        return child

    def is_seen(self, worker: Child) -> bool:
        """True once the worker has said that it lives."""
        if not worker.lives:
            return False
        query = f"SELECT 1 FROM deployments_workerbeat WHERE name LIKE '%:{worker.pid}:%'"
        try:
            return bool(self.rows(query))
        except psycopg.OperationalError:
            return False


@contextmanager
def running_installation(broker: str, *, speed: float) -> Iterator[Installation]:
    """All of it, started; `broker` is redis or rabbitmq. Nothing is left at the block's end."""
    folder = Path(tempfile.mkdtemp(prefix="ecsportal-chaos-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        made = Installation(folder, speed=speed)
        stack.callback(_end_all, made)
        made.database.start_and_wait()
        services.create_database(made.database_address)
        if broker == "redis":
            made.use_broker(*services.redis(folder))
        else:
            mapper, node, address = services.rabbitmq(folder)
            stack.callback(mapper.kill)
            mapper.start_and_wait()
            made.use_broker(node, address)
        made.sandbox_process.start_and_wait()
        made.broker.start_and_wait()
        made.manage("migrate", "--verbosity=0")
        made.manage("create_user", "admin", "--role", "administrator", given=PASSWORD)
        made.web.start_and_wait()
        for worker in made.workers:
            worker.start_and_wait()
        yield made


def _end_all(made: Installation) -> None:
    for child in made.children:
        with suppress(OSError, subprocess.TimeoutExpired):
            child.kill()


def _answers(url: str) -> bool:
    try:
        with direct_session() as session:
            return session.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False
