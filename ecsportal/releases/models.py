"""Releases: a frozen process revision with one chosen tag per image."""

from __future__ import annotations

from django.db import models

from ecsportal.projects.models import Channel, ProcessRevision, Project, VariableSnapshot


class Release(models.Model):
    """What will be deployed, frozen: only its variables can be taken anew, by an act of its own."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="releases")
    version = models.CharField(max_length=100)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="releases")
    process = models.ForeignKey(ProcessRevision, on_delete=models.PROTECT, related_name="releases")
    variables = models.ForeignKey(
        VariableSnapshot, null=True, on_delete=models.PROTECT, related_name="releases"
    )
    """None where the project had no variables."""
    notes = models.TextField(blank=True)
    request_token = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 -- unique
    """Made with the form that asked for it, so that a form posted twice creates once."""
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version"], name="release_version_in_project"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.version}"


class ReleaseImage(models.Model):
    """One image of the release: `step/reference` names it, tag and digest say which bytes."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    step = models.CharField(max_length=60)
    """The step's slug."""
    reference = models.CharField(max_length=255)
    feed = models.CharField(max_length=60)
    """The feed's slug: a release stays readable when the feed is gone."""
    repository = models.CharField(max_length=300)
    tag = models.CharField(max_length=128)
    digest = models.CharField(max_length=80, blank=True)
    """`sha256:...`, or empty where the feed could not be asked."""
    pushed_at = models.DateTimeField(null=True)
    image = models.CharField(max_length=600)
    """What goes into the task definition, tag included."""

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "step", "reference"], name="image_reference_in_release"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step}/{self.reference} {self.tag}"
