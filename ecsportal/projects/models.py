"""Projects, their channels, and the immutable revisions of their process and variables."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from ecsportal.encryption import EncryptedTextField
from ecsportal.slugs import validate_slug


class GuidedFailure(models.TextChoices):
    """A project's word against its environments' default."""

    ON = "on", "Always ask a person"
    OFF = "off", "Never ask, fail at once"


class Project(models.Model):
    """A service, or a few that are released together; names differ by more than letter case."""

    slug = models.CharField(max_length=60, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    guided_failure = models.CharField(max_length=3, choices=GuidedFailure, blank=True)
    """Empty: as the environment says."""
    supersede_queued = models.BooleanField(default=False)
    """A newer full deployment takes the place of older ones that still wait in the queue."""
    revision = models.PositiveIntegerField(default=1)
    """Counts the edits of the project's own fields, so that a second editor notices the first."""
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


class LibrarySet(models.Model):
    """A set of variables that several projects share; names differ by more than letter case.

    One that releases have frozen is kept after its deletion (`deleted_at`), out of everybody's
    sight, so that those releases can still be deployed.
    """

    slug = models.CharField(max_length=60, validators=[validate_slug])
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), condition=models.Q(deleted_at=None), name="library_set_name_once"
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(deleted_at=None), name="library_set_slug_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class VariableRevision(models.Model):
    """The variables of a project or of a library set as they were saved once; never changed.

    `variables` has one entry a value, as the API has them; a sensitive entry's `value` is null and
    its `secret` the id of a SecretValue, which later revisions go on to name.
    """

    project = models.ForeignKey(
        Project, null=True, on_delete=models.CASCADE, related_name="variable_revisions"
    )
    library = models.ForeignKey(
        LibrarySet, null=True, on_delete=models.CASCADE, related_name="variable_revisions"
    )
    number = models.PositiveIntegerField()
    variables = models.JSONField(default=list)
    libraries = models.JSONField(default=list)
    """Slugs of the library sets that the project includes, in their order."""
    last_id = models.PositiveIntegerField(default=0)
    """The highest id that a value ever had here: ids aren't given twice."""
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="variables_of_project_once"),
            models.UniqueConstraint(fields=["library", "number"], name="variables_of_library_once"),
            models.CheckConstraint(
                condition=models.Q(project=None) ^ models.Q(library=None),
                name="variables_belong_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project or self.library} variables {self.number}"


class SecretValue(models.Model):
    """A sensitive value, stored once; revisions and deployments name it by id and never copy it."""

    project = models.ForeignKey(Project, null=True, on_delete=models.CASCADE, related_name="+")
    library = models.ForeignKey(LibrarySet, null=True, on_delete=models.CASCADE, related_name="+")
    value = EncryptedTextField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return f"Secret {self.pk}"


class VariableSnapshot(models.Model):
    """What releases freeze: one revision of the project's variables, and of each library set's.

    Releases that froze the same revisions share one; `content_hash` tells.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="snapshots")
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "content_hash"], name="snapshot_of_project_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} snapshot {self.pk}"


class SnapshotPart(models.Model):
    """A revision in a snapshot: position 0 is the project's, then the library sets in order."""

    snapshot = models.ForeignKey(VariableSnapshot, on_delete=models.CASCADE, related_name="parts")
    revision = models.ForeignKey(VariableRevision, on_delete=models.RESTRICT, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "position"], name="snapshot_part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.snapshot} {self.position}"
