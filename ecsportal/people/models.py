"""Users, the roles they hold, and their API keys."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or a service account. Leaving means deactivation: names stay in the records."""

    display_name = models.CharField(max_length=150, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")

    def __str__(self) -> str:
        return self.display_name or self.username


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
