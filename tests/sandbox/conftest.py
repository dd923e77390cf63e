"""The sandbox itself, and shorthands for what its tests do all the time."""

from __future__ import annotations

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.stacks import Stacks
from tests.sandbox_fixture import sandbox, sandbox_server

__all__ = ["sandbox", "sandbox_server"]


@pytest.fixture
def stacks(sandbox: RunningSandbox) -> Stacks:
    """Stacks of the sample template in eu-west-1."""
    return Stacks(sandbox)
