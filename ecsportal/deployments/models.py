"""Deployments as the engine keeps them: rows that any worker can go on from."""

from __future__ import annotations

import json

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ecsportal.encryption import EncryptedTextField
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.projects.models import Project, VariableSnapshot
from ecsportal.releases.models import Release


class State(models.TextChoices):
    """A deployment's state; the last four are final."""

    QUEUED = "queued", "Queued"
    EXECUTING = "executing", "Executing"
    WAITING = "waiting", "Waiting for a person"
    CANCELLING = "cancelling", "Cancelling"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    TIMED_OUT = "timed_out", "Timed out"


ACTIVE_STATES = (State.EXECUTING, State.WAITING, State.CANCELLING)
FINAL_STATES = (State.SUCCEEDED, State.FAILED, State.CANCELLED, State.TIMED_OUT)


class RunState(models.TextChoices):
    """The state of a step, and of a step on one target; the last four are final."""

    PENDING = "pending", "Pending"
    EXECUTING = "executing", "Executing"
    WAITING = "waiting", "Waiting for a person"
    CANCELLING = "cancelling", "Cancelling"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Skipped"
    CANCELLED = "cancelled", "Cancelled"


RUN_FINAL_STATES = (RunState.SUCCEEDED, RunState.FAILED, RunState.SKIPPED, RunState.CANCELLED)


class Level(models.TextChoices):
    VERBOSE = "verbose"
    INFO = "info"
    HIGHLIGHT = "highlight"
    WAIT = "wait"
    WARNING = "warning"
    ERROR = "error"
    FATAL = "fatal"


class Deployment(models.Model):
    """A release on its way to an environment.

    The lease (`lease_*`) says which worker advances it now: taken by compare-and-set with the
    database's clock, fenced by a number that every closing transaction is conditional on.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="deployments")
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="deployments")
    environment = models.ForeignKey(
        Environment, on_delete=models.PROTECT, related_name="deployments"
    )
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    comment = models.TextField(blank=True)
    variables = models.ForeignKey(
        VariableSnapshot, null=True, on_delete=models.PROTECT, related_name="+"
    )
    """The release's as it was when this was queued; None where it had none."""
    prompted = models.JSONField(default=list)
    """Values given when deploying: name and value, or `secret` with the id of a SecretValue."""
    skip_steps = models.JSONField(default=list)
    only_targets = models.JSONField(default=list)
    """Slugs of the targets to deploy to; none means all that match."""
    not_before = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    retry_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    error = models.JSONField(null=True)
    warnings = models.BooleanField(default=False)
    guided_failure = models.BooleanField(default=False)
    """A failure pauses it and asks a person what to do; decided when it was queued."""
    superseded_by = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    """The newer deployment that took its place in the queue."""
    late_error = models.JSONField(null=True)
    """What became known after its end of a step that didn't wait: its stack failed later."""
    late_verdict = models.JSONField(null=True)
    """What else is told of a step that didn't wait: it was replaced before it had ended, or the
    portal stopped looking before there was an end to be seen."""
    question = models.JSONField(null=True)
    """What a person is asked now: id, text, answers, step, target and who may answer it."""

    lets_pass = models.BooleanField(default=False)
    """It waits for an answer and holds nobody up; answered, it takes its place back first."""

    request_token = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001 -- unique
    """Made with the form that asked for it, so that a double click queues once."""
    last_seq = models.PositiveIntegerField(default=0)
    """The number of the newest log line."""
    change_number = models.PositiveIntegerField(default=0)
    """Counts what the engine committed, so that open pages notice."""
    crashes = models.PositiveSmallIntegerField(default=0)
    """Turns in a row that ended in an unexpected error of ours."""
    due_at = models.DateTimeField(null=True)
    """When the engine has to look again; None once nothing more can happen."""
    lease_owner = models.CharField(max_length=100, blank=True)
    lease_number = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "environment"],
                condition=Q(state__in=ACTIVE_STATES, lets_pass=False),
                name="one_active_deployment_per_project_and_environment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="deployment_due"
            ),
            models.Index(
                fields=["project", "environment", "-id"], name="deployment_newest_per_cell"
            ),
            models.Index(fields=["state"], name="deployment_state"),
        ]

    def __str__(self) -> str:
        return f"Deploy {self.release.version} to {self.environment}"

    @property
    def is_full(self) -> bool:
        """All steps on all targets: only such a one takes the place of others in the queue."""
        return not self.skip_steps and not self.only_targets and self.retry_of_id is None

    @property
    def is_scheduled(self) -> bool:
        """Its time is still to come."""
        return self.not_before is not None and self.not_before > timezone.now()

    @property
    def is_final(self) -> bool:
        """True once the deployment has ended and no line can follow."""
        return self.state in FINAL_STATES

    @property
    def outcome_open(self) -> bool:
        """True where the end of what it began without waiting is still looked for.

        Known of deployments that were read through `with_outcome` alone, one query for a list.
        """
        return bool(getattr(self, "end_unseen", False))


class StepRun(models.Model):
    """One step of the process in one deployment."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveIntegerField()
    slug = models.CharField(max_length=60)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=60)
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=20, choices=RunState, default=RunState.PENDING)
    warnings = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    """Why it was skipped."""
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["deployment", "slug"], name="step_in_deployment"),
        ]

    def __str__(self) -> str:
        return self.name


class SetAside(models.TextChoices):
    """What a person decided about a failure, so that the deployment goes on without it."""

    IGNORED = "ignored", "Ignored"
    EXCLUDED = "excluded", "Target excluded"


class TargetRun(models.Model):
    """One step on one target: what the step's runner keeps between two polls.

    A step that runs without a target has one of these, with empty target, slug and name.
    """

    step_run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="targets")
    target = models.ForeignKey(
        DeploymentTarget, null=True, on_delete=models.SET_NULL, related_name="runs"
    )
    target_slug = models.CharField(max_length=60)
    target_name = models.CharField(max_length=100)
    region = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=20, choices=RunState, default=RunState.PENDING)
    warnings = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    """Why it was skipped, where the step as a whole was not; what a cancel left behind."""
    set_aside = models.CharField(max_length=10, choices=SetAside, blank=True)
    """A failure that doesn't fail the step: somebody said to go on without it."""
    kept_from = models.ForeignKey(
        Deployment, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    """Where it succeeded before: a retry leaves it out and keeps its outputs."""
    unverified = models.BooleanField(default=False)
    """AWS has accepted it and nobody waited; its outcome still has to be looked up."""
    late_look_at = models.DateTimeField(null=True)
    """When its outcome was last looked for; None before the first look."""
    attempt = models.PositiveIntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    runner_state = models.JSONField(default=dict)
    intent = models.JSONField(null=True)
    """A write to AWS about to be made: operation, token, time; None once its outcome is known."""
    announced = models.CharField(max_length=60, blank=True)
    """The newest operation that this attempt announced; empty while it has changed nothing."""
    stack_name = models.CharField(max_length=128, blank=True)
    stack_id = models.CharField(max_length=300, blank=True)
    question = models.JSONField(null=True)
    """What this run asks a person: text, answers and more; None when it asks nothing."""
    questions = models.PositiveSmallIntegerField(default=0)
    """How many it has asked so far: their ids differ, so that a late answer meets no other one."""
    answer = models.JSONField(null=True)
    """The newest answer with its note and author, until the runner has taken it up."""
    crashes = models.PositiveSmallIntegerField(default=0)
    """Calls in a row that broke on a bug of ours."""
    outputs = models.JSONField(default=dict)
    """Name and text, as people see them: secrets are masked."""
    secret_outputs = EncryptedTextField(blank=True, default="")
    """Those of them that hold a secret, unmasked, as a JSON object; empty where none does."""
    error = models.JSONField(null=True)
    resources = models.JSONField(default=dict)
    """What the page shows as resources: services, tasks, stack resources, events."""

    class Meta:
        ordering = ["target_slug"]
        constraints = [
            models.UniqueConstraint(fields=["step_run", "target_slug"], name="target_in_step_run"),
        ]
        indexes = [
            models.Index(
                fields=["late_look_at"], condition=Q(unverified=True), name="unverified_run"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step_run} on {self.target_name}"

    @property
    def given_outputs(self) -> dict[str, str]:
        """The outputs as the step gave them, for the steps after it."""
        secret = json.loads(self.secret_outputs) if self.secret_outputs else {}
        return {**self.outputs, **secret}


class LogLine(models.Model):
    """A line of the task log; numbered from 1 per deployment, without gaps."""

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="lines")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    level = models.CharField(max_length=10, choices=Level)
    step = models.CharField(max_length=60, blank=True)
    target = models.CharField(max_length=60, blank=True)
    part = models.CharField(max_length=20, blank=True, default="")
    """A part of the run on the target that has a node of its own: `rollback`; else empty."""
    text = models.TextField()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["deployment", "seq"], name="log_line_number"),
        ]
        indexes = [
            # The page repeats the highlights of each step: few lines among very many.
            models.Index(
                fields=["deployment", "step", "seq"],
                condition=models.Q(level="highlight"),
                name="log_line_highlight",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class InboxMessage(models.Model):
    """What people ask of a running deployment; the engine takes it up: it alone writes states."""

    class Kind(models.TextChoices):
        CANCEL = "cancel"
        ABANDON = "abandon"
        ANSWER = "answer"
        ASSIGN = "assign"
        SUPERSEDE = "supersede"

    deployment = models.ForeignKey(Deployment, on_delete=models.CASCADE, related_name="inbox")
    kind = models.CharField(max_length=10, choices=Kind)
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.deployment_id}"


class StackBinding(models.Model):
    """The stack that a step uses in an environment, fixed at its first deployment.

    A rename of project, step or environment must never move a running service to another stack.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="+")
    step = models.CharField(max_length=60)
    target = models.CharField(max_length=60)
    configured = models.CharField(max_length=128, blank=True)
    """The step's own `stack_name` when this was fixed; a change of it is meant, and moves on."""
    stack_name = models.CharField(max_length=128)
    found = models.BooleanField(null=True)
    """Whether the stack was there at the last look; None before the first."""
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "environment", "step", "target"], name="stack_of_step_and_target"
            ),
        ]

    def __str__(self) -> str:
        return self.stack_name


class WorkerBeat(models.Model):
    """A worker that lives, and when it was seen last."""

    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class TickLease(models.Model):
    """The one row that says which worker sends the nudges now."""

    owner = models.CharField(max_length=100)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.owner
