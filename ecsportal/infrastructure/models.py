"""Where things run and come from: environments, AWS accounts, deployment targets, feeds."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from ecsportal.encryption import EncryptedTextField
from ecsportal.slugs import validate_slug


class Named(models.Model):
    """A slug that never changes and a name that may; names differ by more than letter case."""

    slug = models.CharField(max_length=60, unique=True, validators=[validate_slug])
    name = models.CharField(max_length=100)
    revision = models.PositiveIntegerField(default=1)
    """Counts the edits, so that a second editor notices the first."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="%(class)s_name_once")]

    def __str__(self) -> str:
        return self.name


class Environment(Named):
    """A stage such as production. `order` is the order of promotion, lowest first."""

    order = models.PositiveIntegerField(default=0)
    description = models.TextField(blank=True)
    octopus_id = models.CharField(max_length=60, blank=True)
    """The id in Octopus Deploy (`Environments-3`): a moved project keeps its stack names."""
    production = models.BooleanField(default=False)
    guided_failure = models.BooleanField(default=False)
    """A failed deployment pauses and asks a person; projects and deployments may say otherwise."""

    class Meta(Named.Meta):
        ordering = ["order", "name"]

    @property
    def stack_id(self) -> str:
        """What stands for the environment in a generated stack name."""
        return self.octopus_id or self.slug


class AwsAccount(Named):
    """Credentials for AWS: keys, or the worker's own; each with an optional role to assume."""

    class Kind(models.TextChoices):
        ACCESS_KEY = "access_key", "Access key"
        WORKER = "worker", "The worker's own credentials"

    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ACCESS_KEY)
    access_key_id = models.CharField(max_length=128, blank=True)
    secret_access_key = EncryptedTextField(blank=True, default="")
    role_arn = models.CharField(max_length=2048, blank=True)
    external_id = models.CharField(max_length=1224, blank=True)
    session_duration = models.PositiveIntegerField(default=3600)
    """Seconds, 900 to 43200."""
    endpoint_url = models.CharField(max_length=500, blank=True)
    environments = models.ManyToManyField(Environment, blank=True, related_name="accounts")
    """The environments that may use it; none means all."""
    template_bucket = models.CharField(max_length=63, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    account_id = models.CharField(max_length=12, blank=True)
    """As STS said at the last successful test."""
    arn = models.CharField(max_length=2048, blank=True)
    test_error = models.TextField(blank=True)
    """Why the last test failed, AWS's words included; empty where it passed."""
    test_error_field = models.CharField(max_length=30, blank=True)
    """The field that the error tells of, or empty."""


class DeploymentTarget(Named):
    """An ECS cluster of one account and region, used by the environments it is given to."""

    class Health(models.TextChoices):
        HEALTHY = "healthy", "Healthy"
        UNHEALTHY = "unhealthy", "Unhealthy"
        UNKNOWN = "unknown", "Not checked"

    account = models.ForeignKey(AwsAccount, on_delete=models.PROTECT, related_name="targets")
    region = models.CharField(max_length=30)
    cluster = models.CharField(max_length=255)
    environments = models.ManyToManyField(Environment, blank=True, related_name="targets")
    target_tags = models.JSONField(default=list)
    disabled = models.BooleanField(default=False)
    discovered = models.BooleanField(default=False)
    health = models.CharField(max_length=20, choices=Health, default=Health.UNKNOWN)
    health_message = models.TextField(blank=True)
    health_checked_at = models.DateTimeField(null=True, blank=True)
    cluster_arn = models.CharField(max_length=2048, blank=True)
    service_count = models.PositiveIntegerField(null=True, blank=True)


class Feed(Named):
    """Where images and their tags come from."""

    class Kind(models.TextChoices):
        DOCKER = "docker", "Docker registry"
        ECR = "ecr", "Amazon ECR"
        ECR_PUBLIC = "ecr_public", "Amazon ECR Public"

    kind = models.CharField(max_length=20, choices=Kind, default=Kind.DOCKER)
    url = models.CharField(max_length=500, blank=True)
    registry_path = models.CharField(max_length=255, blank=True)
    """The host (and path) that ECS pulls from, where it differs from the URL's."""
    username = models.CharField(max_length=255, blank=True)
    password = EncryptedTextField(blank=True, default="")
    account = models.ForeignKey(
        AwsAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="feeds"
    )
    """Whose ECR it is; Docker registries have none."""
    region = models.CharField(max_length=30, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    test_repository = models.CharField(max_length=300, blank=True)
    """What the last test asked for; empty where it asked for the registry alone."""
    test_message = models.TextField(blank=True)
    """What the last test found; empty where it failed."""
    test_error = models.TextField(blank=True)
    test_error_field = models.CharField(max_length=30, blank=True)
