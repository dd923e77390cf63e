"""Users, the roles they hold, and their API keys."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A person or a service account. Leaving means deactivation: names stay in the records."""

    display_name = models.CharField(max_length=150, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    """Empty: the browser's."""
    session_number = models.PositiveIntegerField(default=0)
    """Part of every session's hash: counting it up ends all sessions of the user."""

    class Meta(AbstractUser.Meta):
        constraints = [
            # Sign-in asks without regard to case, so "Ada" and "ada" can't both be.
            models.UniqueConstraint(Lower("username"), name="username_whatever_its_case"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_session_auth_hash(self) -> str:
        """As Django's, and changed by `session_number` too."""
        return self._counted(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The hashes under older secret keys."""
        return map(self._counted, super().get_session_auth_fallback_hash())

    def forget_grants(self) -> None:
        """Read the grants anew when `permissions.grants_of` is asked next."""
        self.__dict__.pop("_known_grants", None)

    def _counted(self, session_hash: str) -> str:
        return f"{session_hash}.{self.session_number}"


class Role(models.TextChoices):
    VIEWER = "viewer", "Viewer"
    DEPLOYER = "deployer", "Deployer"
    LEAD = "lead", "Lead"
    ADMINISTRATOR = "administrator", "Administrator"


class RoleGrant(models.Model):
    """A role that a user holds, for everything or for the named projects and environments.

    "All" is said by a flag, not by an empty list: when the last named project is deleted, the role
    must not grow to all of them.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role)
    all_projects = models.BooleanField(default=True)
    all_environments = models.BooleanField(default=True)
    projects = models.ManyToManyField("projects.Project", blank=True, related_name="+")
    environments = models.ManyToManyField(
        "infrastructure.Environment", blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"


class ApiKey(models.Model):
    """A key for the API. Only its SHA-256 is kept; `prefix` lets people tell their keys apart."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class IdempotencyRecord(models.Model):
    """A call of the API that named itself by `Idempotency-Key`, and what it was answered.

    Written before the call's work begins: `status` None means that it still runs, or was cut off.
    """

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    """What the header says."""
    fingerprint = models.CharField(max_length=64)
    """SHA-256 over method, path and body: another call under the same name is an error."""
    created_at = models.DateTimeField(auto_now_add=True)
    status = models.PositiveSmallIntegerField(null=True)
    location = models.CharField(max_length=500, blank=True)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key", "name"], name="idempotency_name_per_key"),
        ]

    def __str__(self) -> str:
        return self.name
