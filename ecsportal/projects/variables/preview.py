"""What every variable would be for an environment, a step and a target, and why. Never a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Environment
from ecsportal.octostache import Evaluation, OctostacheError
from ecsportal.projects.models import Channel, ProcessRevision, Project
from ecsportal.projects.queries import current_process, default_channel
from ecsportal.projects.variables.names import CHANGEABLE, is_known_when_deploying
from ecsportal.projects.variables.queries import live_variables
from ecsportal.projects.variables.resolution import Explanation, Tie, VariableSet
from ecsportal.projects.variables.scopes import Situation
from ecsportal.projects.variables.system import (
    environment_variables,
    project_variables,
    step_variables,
    target_variables,
)
from ecsportal.projects.variables.texts import variables_for
from ecsportal.projects.variables.values import VariableValue, fold

MASK = "********"
SYSTEM = "system"


@dataclass(frozen=True)
class PreviewItem:
    """A name with its winning value. `value` is evaluated; None where no value applies here."""

    name: str
    value: str | None
    raw: str | None
    """As it is stored; None for a secret."""
    source: str
    """`project`, `system`, or the library set's slug; empty where no value applies."""
    why: str
    explanation: Explanation
    missing: tuple[str, ...] = ()
    """Tokens that nothing gives a value to, not even a deployment."""
    error: str = ""
    sensitive: bool = False
    prompted: bool = False


@dataclass(frozen=True)
class Tried:
    """What became of an expression: its text, or an error with the character it points at."""

    text: str | None
    missing: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    """Tokens whose values only a deployment has."""
    error: str = ""
    position: int | None = None
    """From 0."""


@dataclass(frozen=True)
class Process:
    """What a preview needs of the process: its steps by slug in order, and the default channel."""

    steps: Mapping[str, Mapping[str, Any]]
    channel: Channel

    @classmethod
    def of(cls, project: Project, revision: ProcessRevision | None) -> Process:
        """From a revision of the process; None has no steps."""
        steps = {step["slug"]: step for step in revision.steps} if revision else {}
        return cls(steps, default_channel(project))


class Preview:
    """The live variables of a project in one situation; build it once a request."""

    def __init__(
        self,
        project: Project,
        *,
        environment: Environment,
        target: DeploymentTarget | None = None,
        step: str = "",
        process: Process | None = None,
        values: VariableSet | None = None,
    ) -> None:
        """`step` is a slug of the process; `process` and `values` save reading them again."""
        self.values = live_variables(project) if values is None else values
        process = process or Process.of(project, current_process(project))
        document, channel = process.steps.get(step), process.channel
        self.situation = Situation.of(
            environment=environment.slug,
            channel=channel.slug,
            step=step,
            step_tags=document["target_tags"] if document else (),
            target=target.slug if target else "",
            target_tags=target.target_tags if target else (),
        )
        self.system = project_variables(project) | environment_variables(environment)
        self.system["Octopus.Release.Channel.Name"] = channel.name
        if document:
            self.system |= step_variables(document, list(process.steps).index(step) + 1)
        if target:
            self.system |= target_variables(target)
        self.resolution = self.values.resolve(self.situation)
        self.variables = variables_for(
            self.resolution, self.system, text_of=_text_of, account_facts=_account_facts
        )

    @property
    def ties(self) -> tuple[Tie, ...]:
        """Values that tie in this situation."""
        return self.resolution.ties

    def items(self, *, system: bool = False) -> list[PreviewItem]:
        """Every name of the project and its library sets, by name; system variables on request."""
        shown = [self.item(name) for name in sorted(self.values.names, key=str.lower)]
        if system:
            shown += [self._system_item(name) for name in self.system if name not in self.values]
        return shown

    def item(self, name: str) -> PreviewItem:
        """One name, known or not."""
        if name not in self.values and name in self.variables:
            return self._system_item(name)
        explanation = self.values.explain(name, self.situation, system=self._fixed)
        winner = explanation.winner
        if winner is None:
            is_system = name in self.variables
            tried = self.tried(self.variables.raw(name)) if is_system else Tried(None)
            source = SYSTEM if is_system else ""
            return PreviewItem(name, tried.text, None, source, explanation.why, explanation)
        tried = Tried(MASK) if winner.is_sensitive else self.tried(winner.value)
        return PreviewItem(
            name=winner.name,
            value=tried.text,
            raw=None if winner.is_sensitive else winner.value,
            source="project" if winner.source.is_project else winner.source.slug,
            why=_why(explanation),
            explanation=explanation,
            missing=tried.missing,
            error=tried.error,
            sensitive=winner.is_sensitive,
            prompted=winner.prompt is not None,
        )

    def tried(self, text: str | None) -> Tried:
        """The text with its expressions evaluated; errors are told, never raised."""
        try:
            outcome = self.variables.evaluate(text)
        except OctostacheError as error:
            return Tried(text, error=str(error))
        return _tried(outcome)

    @property
    def _fixed(self) -> frozenset[str]:
        """Folded names that no value of the project can replace."""
        return frozenset(map(fold, self.system)) - CHANGEABLE

    def _system_item(self, name: str) -> PreviewItem:
        explanation = self.values.explain(name, self.situation, system={fold(name)})
        text = self.tried(self.variables.raw(name)).text
        return PreviewItem(name, text, self.system.get(name), SYSTEM, explanation.why, explanation)


def preview(
    project: Project,
    environment: Environment,
    target: DeploymentTarget | None = None,
    step: str = "",
) -> list[PreviewItem]:
    """What every variable would be there."""
    return Preview(project, environment=environment, target=target, step=step).items()


def completions(project: Project, *, typed: str = "", limit: int = 20) -> list[str]:
    """Names that go on as typed after `#{`: the project's first, then system variables."""
    names = [*live_variables(project).names, *_WELL_KNOWN]
    wanted = fold(typed)
    starting = [name for name in names if fold(name).startswith(wanted)]
    within = [name for name in names if wanted in fold(name) and name not in starting]
    return [*starting, *within][:limit]


def _text_of(value: VariableValue) -> str:
    return MASK if value.is_sensitive else value.value or ""


def _account_facts(slug: str) -> dict[str, str]:
    return account_facts(AwsAccount.objects.filter(slug=slug).first(), secret=MASK)


def account_facts(account: AwsAccount | None, *, secret: str) -> dict[str, str]:
    """What an AWS account variable tells besides its slug (octopus-behaviours A9)."""
    if account is None:
        return {}
    facts = {
        "AccessKey": account.access_key_id,
        "SecretKey": secret if account.secret_access_key else "",
        "RoleArn": account.role_arn,
        "SessionDuration": str(account.session_duration),
    }
    return {suffix: text for suffix, text in facts.items() if text}


def _tried(outcome: Evaluation) -> Tried:
    if outcome.parse_error is not None:
        return Tried(outcome.text, error=outcome.parse_error, position=outcome.position)
    later = tuple(token for token in outcome.missing if is_known_when_deploying(token))
    missing = tuple(token for token in outcome.missing if token not in later)
    return Tried(outcome.text, missing, later)


def _why(explanation: Explanation) -> str:
    """The reason in one line: why the winner won, and over what."""
    beaten = sum(loser.reason != "other_scope" for loser in explanation.losers)
    if not beaten:
        return explanation.why
    return f"{explanation.why} Wins over {beaten} other value{'' if beaten == 1 else 's'}."


_WELL_KNOWN = tuple(
    f"Octopus.{name}"
    for name in (
        "Environment.Name",
        "Environment.Id",
        "Environment.SortOrder",
        "Project.Name",
        "Project.Id",
        "Release.Number",
        "Release.Id",
        "Release.Notes",
        "Release.Created",
        "Release.Channel.Name",
        "Release.Previous.Number",
        "Release.PreviousForEnvironment.Number",
        "Release.CurrentForEnvironment.Number",
        "Deployment.Id",
        "Deployment.Name",
        "Deployment.Comments",
        "Deployment.Created",
        "Deployment.CreatedBy.Username",
        "Deployment.CreatedBy.DisplayName",
        "Deployment.PreviousSuccessful.Id",
        "Deployment.Error",
        "Step.Name",
        "Step.Number",
        "Action.Name",
        "Action.TargetRoles",
        "Action.Aws.Ecs.ClusterName",
        "Action.Aws.Region",
        "Machine.Name",
        "Machine.Id",
        "Machine.Roles",
        "Task.Id",
        "Task.Name",
        "Web.ServerUri",
        "Web.ProjectLink",
        "Web.ReleaseLink",
        "Web.DeploymentLink",
    )
)
