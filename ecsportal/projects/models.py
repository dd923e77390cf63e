"""Projects, their channels, and the immutable revisions of their process."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from ecsportal.slugs import validate_slug


class Project(models.Model):
    """A service, or a few that are released together; names differ by more than letter case."""

    slug = models.CharField(max_length=60, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    """Counts the edits of name and description, so that a second editor notices the first."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="project_name_once")]

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """A stream of releases of a project; every project has one default channel."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="channels")
    slug = models.CharField(max_length=60, validators=[validate_slug])
    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="channel_slug_in_project"),
            models.UniqueConstraint(
                fields=["project"],
                condition=models.Q(is_default=True),
                name="one_default_channel_per_project",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProcessRevision(models.Model):
    """The process as it was saved once; never changed afterwards.

    `steps` is the list of step objects as in the API, in order. A save that changes nothing makes
    no revision: `content_hash` (SHA-256 of the canonical JSON) says so.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="process_revisions")
    number = models.PositiveIntegerField()
    steps = models.JSONField(default=list)
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="process_revision_number"),
        ]

    def __str__(self) -> str:
        return f"{self.project} process {self.number}"
