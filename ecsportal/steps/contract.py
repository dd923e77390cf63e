"""What a step type is to the rest of the portal: its runner, and what it may use while it runs.

A runner never waits. `start` and `poll` do what is due now, return within seconds, and say in a
`Progress` what comes next; the engine stores it and comes back. So a step that lasts an hour costs
a row in the database, and a worker killed at any instant loses nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast, runtime_checkable

from ecsportal.steps.reasons import Evidence

TOKEN_PREFIX = "portal-"  # noqa: S105 -- of request tokens, which are no secrets
"""Begins every client request token of the portal: other tools' operations are told by it."""
JsonDict = dict[str, Any]
"""A JSON object: what a runner keeps between two polls."""


@dataclass(frozen=True)
class StepError:
    """Why a step failed, in words for the deployment's owner.

    `code` is stable (`ECS-DEPLOY-FAILED`); `message` says what happened, `advice` what to do next;
    `cause` names a known cause (`image-not-found`) or is empty; `still_serving` says what still
    serves users, or is empty where that is not known; `details` are further lines, AWS's own words.
    `evidence` has the same lines with what was counted into each; empty where nothing was.
    """

    code: str
    message: str
    advice: str = ""
    cause: str = ""
    still_serving: str = ""
    details: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Waiting:
    """Nothing to do for `after` seconds; then `poll` with `state`.

    An empty state says that nothing was begun: `start` is called again.
    """

    state: JsonDict
    after: float


@dataclass(frozen=True)
class Intends:
    """A write to AWS comes next: commit this first, then `poll` at once.

    The engine commits `state` together with the operation's name and token, and polls again in the
    same turn with `run.intent_is_new` true. If the worker dies in between, whoever goes on polls
    with `intent_is_new` false: the runner must then look for the token before it calls again.
    """

    operation: str
    token: str
    state: JsonDict


@dataclass(frozen=True)
class Asks:
    """Only a person can go on. `answers` are the words that `poll` may find in `run.answer`.

    Who answered is in `run.answered_by`, what they noted in `run.answer_note`; both are in the task
    log and the audit trail already.
    """

    question: str
    answers: tuple[str, ...]
    state: JsonDict
    instructions: str = ""
    """Markdown, shown above the question; raw HTML in it stays text."""
    responsible: tuple[str, ...] = ()
    """Roles that may answer, and those above them; none means everybody who may deploy there."""
    note_required: bool = False
    holds_others: bool = True
    """False lets other deployments to the environment pass while this one waits."""
    situation: str = ""
    """How things stand, where `question` says more than that: for the page, which has `does`."""
    does: Mapping[str, str] = field(default_factory=dict)
    """What each answer does, in words that follow on the answer."""
    code: str = ""
    """The situation's code in the list of errors, where it has one."""


@dataclass(frozen=True)
class Succeeded:
    """Done. `outputs` become output variables; `warnings` marks the state "with warnings".

    `unverified` says that AWS has only accepted the operation and nobody waited: the runner
    (`LooksLater`), else the stack (`AwsOutputs[StackId]`, or the run's stack name), is asked later
    how it ended, and a failure is told then.
    """

    outputs: dict[str, str] = field(default_factory=dict)
    warnings: bool = False
    unverified: bool = False


@dataclass(frozen=True)
class Skipped:
    """Nothing had to be done, and why."""

    reason: str


@dataclass(frozen=True)
class Failed:
    """Ended without success.

    `decided` says that a person wanted it so: it is neither tried again nor asked about.
    """

    error: StepError
    decided: bool = False


@dataclass(frozen=True)
class Cancelled:
    """Stopped on request; `note` says what was undone and what stays."""

    note: str = ""


@dataclass(frozen=True)
class Replaced:
    """What nobody waited for was replaced by a third revision before it had ended.

    It has neither succeeded nor failed, and nobody will ever know which it would have been.
    """

    revision: str
    by: str


Progress = Waiting | Intends | Asks | Succeeded | Skipped | Failed | Cancelled

LaterOutcome = Waiting | Succeeded | Failed | Replaced


ROLLBACK = "rollback"
"""The part of a run that goes back to what ran before; a node of its own in the log's tree."""


class StepLog(Protocol):
    """The task log of one target. Lines are stored with the turn's state, or not at all."""

    def enter(self, part: str) -> None:
        """Lines from here to the turn's end belong to this part of the run; empty: to none."""

    def verbose(self, text: str) -> None: ...
    def info(self, text: str) -> None: ...
    def highlight(self, text: str) -> None: ...
    def wait(self, text: str) -> None: ...
    def warning(self, text: str) -> None: ...
    def error(self, text: str) -> None: ...


@dataclass(frozen=True)
class Image:
    """An image as the release froze it."""

    reference: str
    feed: str
    repository: str
    tag: str
    digest: str
    image: str
    """What goes into the task definition: `docker.io/library/nginx:1.29`."""
    feed_name: str
    """What people call the feed, for sentences; its slug once the feed is gone."""


@dataclass(frozen=True)
class TargetFacts:
    """Where a step runs: one ECS cluster of one account and region."""

    slug: str
    name: str
    account: str
    region: str
    cluster: str
    target_tags: tuple[str, ...] = ()
    template_bucket: str = ""
    """The account's bucket for templates that are too long for a call, or empty."""


NO_TARGET = TargetFacts(slug="", name="", account="", region="", cluster="")
"""Where a step runs whose type has `runs_on_targets = False`: once, on the portal itself."""


class NoTargetError(RuntimeError):
    """A step that runs without a target asked for AWS: there is no account to ask with."""


@dataclass(frozen=True)
class DeploymentFacts:
    """Names and ids of the deployment that a step is part of; all ids are text."""

    id: str
    name: str
    project_id: str
    project_name: str
    environment_id: str
    """The environment's `octopus_id` where set, else its slug."""
    environment_name: str
    release_version: str
    channel_name: str
    step_id: str
    step_name: str
    previous_release_version: str = ""
    """What this environment ran before (last successful deployment), or empty."""


@dataclass(frozen=True)
class OtherStep:
    """Another step of the same release, as it is on this target.

    `inputs` are evaluated. `outputs` are its output variables on this target in this deployment,
    empty before it has succeeded.
    """

    slug: str
    name: str
    type: str
    version: int
    inputs: JsonDict
    images: Mapping[str, Image]
    outputs: Mapping[str, str]


class AwsClients(Protocol):
    """boto3 clients for the target's account and region, with time-outs and retries set.

    `place` tells accounts and regions apart; `slowness` is how much rarer than usual this one
    should be looked at now, 1 as usual. `hold_back` is how many seconds a turn of `who` has to wait
    outside until AWS takes its calls, mostly 0.
    """

    @property
    def place(self) -> Hashable: ...
    @property
    def slowness(self) -> float: ...
    def hold_back(self, who: Hashable) -> float: ...
    @property
    def cloudformation(self) -> Any: ...
    @property
    def ecs(self) -> Any: ...
    @property
    def sts(self) -> Any: ...
    @property
    def logs(self) -> Any: ...
    @property
    def elbv2(self) -> Any: ...
    @property
    def s3(self) -> Any: ...


class _NoAws:
    """Stands for the clients where a step runs without a target."""

    def __getattr__(self, service: str) -> Any:
        raise NoTargetError(
            f"This step runs without a target, so it can't use {service}: "
            "its step type has to run on targets."
        )


NO_AWS: AwsClients = cast(AwsClients, _NoAws())


@dataclass(frozen=True)
class RunContext:
    """All that a runner may use in one turn. `inputs` are evaluated: no `#{...}` is left."""

    inputs: JsonDict
    version: int
    images: Mapping[str, Image]
    target: TargetFacts
    deployment: DeploymentFacts
    aws: AwsClients
    log: StepLog
    now: datetime
    started_at: datetime
    """When this target's current attempt began."""
    token_base: str
    """Starts every token of this attempt: step run, target and attempt; letters, digits, `-`."""
    step_name: str = ""
    """What the process calls the step, for sentences about its end."""
    stack_name: str = ""
    """The stack's name as fixed at the first deployment, or empty."""
    intent_is_new: bool = False
    answer: str | None = None
    """What a person chose; known in the first poll after a question only."""
    answer_note: str = ""
    answered_by: str = ""
    """The user's name, empty while nothing was answered."""
    resources: JsonDict = field(default_factory=dict)
    """What the page shows as resources; a runner replaces its content as it learns more."""
    kept: dict[str, Any] = field(default_factory=dict)
    """For the runner: what it makes of the inputs, which a later call of the attempt may find."""
    other_steps: Mapping[str, OtherStep] = field(default_factory=dict)
    """The steps that the step type's `reads_steps` names, by slug; one that isn't there is left
    out."""

    def token(self, operation: str) -> str:
        """The client request token of one operation of this attempt, at most 128 characters."""
        return f"{self.token_base}-{operation}"[:128]


class StepRunner(Protocol):
    """How a step type runs on one target. Each call returns within seconds.

    A step whose type has `runs_on_targets = False` runs once, with `run.target` NO_TARGET.
    """

    def start(self, run: RunContext) -> Progress: ...
    def poll(self, run: RunContext, state: JsonDict) -> Progress: ...
    def cancel(self, run: RunContext, state: JsonDict) -> Progress: ...


@runtime_checkable
class LooksLater(Protocol):
    """A runner that tells how something ended that it left unverified and that is no stack."""

    def outcome(self, run: RunContext, state: JsonDict) -> LaterOutcome:
        """One look that writes nothing; Waiting while it goes on.

        `state` is what the run ended with, then what the look before returned. Raises AwsError
        where AWS doesn't tell: that is no outcome.
        """
