"""Fixtures that every test may use, and what a skip means."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import pytest_django
from django.core.cache import cache
from django.db import connection
from django.test import Client

from ecsportal.aws.sessions import forget_identities, forget_paces
from ecsportal.cloudformation import shared_look as stack_looks
from ecsportal.ecs import shared_look as service_looks
from ecsportal.ecs.clusters import forget_clusters
from ecsportal.people.models import Role, RoleGrant, User
from tests.emptied_tables import empty_instead_of_flushing
from tests.scheduling import ByFileAndPortal

pytest_plugins = ["tests.sandbox_fixture"]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests say that they skip where there is no Chromium."""
    if CHROMIUM:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="Chromium isn't installed"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `--dist loadfile` the browser's files stay together too."""
    return ByFileAndPortal(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """With NO_SKIPS=1 a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("Skipped tests are failures here (NO_SKIPS=1).", red=True)
        session.exitstatus = 1


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """The test database; at the end it lets go of threads that still hold a connection to it.

    The streams' and runners' pools live as long as their process, and PostgreSQL drops no database
    that somebody is connected to.
    """
    empty_instead_of_flushing()
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """No answer of a feed or of AWS outlives its test, and no throttling."""
    cache.clear()
    forget_paces()
    forget_identities()
    forget_clusters()
    stack_looks.forget_looks()
    service_looks.forget_looks()


@pytest.fixture
def administrator(db: None) -> User:
    """A user who may do everything."""
    user = User.objects.create_user("ada", password="correct horse")
    RoleGrant.objects.create(user=user, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def client_of_administrator(administrator: User) -> Client:
    """A browser in which the administrator is signed in."""
    client = Client()
    client.force_login(administrator)
    return client
