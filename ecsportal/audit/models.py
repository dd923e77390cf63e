"""The audit trail: rows are added, never changed."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """Somebody did something to something; before and after, secrets left out.

    Names are copied, so that an event stays readable after what it tells of is gone. A database
    trigger refuses updates (and, on PostgreSQL, deletes).
    """

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(
        "people.User", null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    username = models.CharField(max_length=150, db_index=True)
    address = models.GenericIPAddressField(null=True)
    via = models.CharField(max_length=10)
    """`page`, `api`, `command` or `engine`."""
    api_key = models.CharField(max_length=12, blank=True)
    """The prefix of the API key that was used."""
    action = models.CharField(max_length=60, db_index=True)
    """`project.created`, `deployment.cancelled`: noun and past verb."""
    subject_kind = models.CharField(max_length=30)
    subject = models.CharField(max_length=200)
    subject_url = models.CharField(max_length=300, blank=True)
    project_slug = models.CharField(max_length=60, blank=True, db_index=True)
    environment_slug = models.CharField(max_length=60, blank=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    request_id = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.username} {self.action} {self.subject}"
