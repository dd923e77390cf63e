"""The simulated AWS as a pytest fixture: one server a session, its state fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ecsportal.sandbox.server import RunningSandbox, running_sandbox


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[RunningSandbox]:
    """The server, on a free port of loopback."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def sandbox(sandbox_server: RunningSandbox) -> RunningSandbox:
    """The simulated AWS at its seed, with a clock that only `advance` moves."""
    sandbox_server.set_clock("manual")
    sandbox_server.reset()
    return sandbox_server


_FIRST_CALLS = {
    "ec2": "describe_vpcs",
    "iam": "list_roles",
    "logs": "describe_log_groups",
    "secretsmanager": "list_secrets",
    "ssm": "describe_parameters",
    "efs": "describe_file_systems",
}


def warm_up(sandbox: RunningSandbox, *services: str) -> None:
    """Have the services loaded: a first call may take longer than a page's look-up waits."""
    for service in services:
        for region in ("eu-west-1", "us-east-1"):
            getattr(sandbox.client(service, region), _FIRST_CALLS[service])()
