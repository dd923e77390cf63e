"""Runs of the ECS step against the sandbox, whose clock stands until it is moved."""

from __future__ import annotations

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps.contract import Succeeded
from tests.steps.driven_run import Driven, clients_of


@pytest.fixture
def first(sandbox: RunningSandbox) -> Driven:
    """A first deployment that has not begun."""
    return Driven(sandbox, clients_of(sandbox))


@pytest.fixture
def deployed(first: Driven) -> Driven:
    """A first deployment that succeeded."""
    assert isinstance(first.go(), Succeeded), first.log.text
    return first
