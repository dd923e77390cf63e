"""Shorthands for what the sandbox's tests do all the time."""

from __future__ import annotations

import pytest

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.stacks import Stacks


@pytest.fixture
def stacks(sandbox: RunningSandbox) -> Stacks:
    """Stacks of the sample template in eu-west-1."""
    return Stacks(sandbox)
