"""Fixtures that every test may use."""

from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.people.models import Role, RoleGrant, User


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
