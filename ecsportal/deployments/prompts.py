"""Values that are asked for when deploying: which, and what was given (octopus-behaviours A1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.deployments.models import Deployment
from ecsportal.deployments.plan import PlannedStep
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import User
from ecsportal.problems import FieldError
from ecsportal.projects.variables.difference import CHANGED_SECRET
from ecsportal.projects.variables.queries import frozen_variables
from ecsportal.projects.variables.resolution import VariableSet
from ecsportal.projects.variables.scopes import Situation
from ecsportal.projects.variables.secret_values import store_secret
from ecsportal.projects.variables.values import Control, Prompt, VariableValue, fold
from ecsportal.releases.models import Release

MAX_LENGTH = 100_000


@dataclass(frozen=True)
class AskedValue:
    """A prompted value as the deploy page asks for it."""

    name: str
    label: str
    help: str
    required: bool
    control: Control
    choices: tuple[str, ...]
    default: str
    """Empty for a secret, which is never shown."""
    has_default: bool
    sensitive: bool
    library: str = ""


def asked_values(
    release: Release, environment: Environment, planned: Iterable[PlannedStep]
) -> list[AskedValue]:
    """What is asked for before this release goes there: sorted by label, then name.

    A name is asked for only where a prompted value counts, for the environment or on a target of a
    step that will run.
    """
    values = frozen_variables(release.variables).prompted()
    asked: dict[str, AskedValue] = {}
    for situation in _situations(release, environment, planned, values):
        for value in values.resolve(situation):
            if value.prompt and fold(value.name) not in asked:
                asked[fold(value.name)] = _asked(value, value.prompt)
    return sorted(asked.values(), key=lambda a: (a.label.lower(), a.name.lower()))


def _situations(
    release: Release,
    environment: Environment,
    planned: Iterable[PlannedStep],
    values: VariableSet,
) -> Iterable[Situation]:
    if not values.names:
        return
    channel = release.channel.slug
    yield Situation.of(environment=environment.slug, channel=channel)
    tags = {step["slug"]: step["target_tags"] for step in release.process.steps}
    for step in planned:
        if step.runs and not step.runs_on_targets:
            yield Situation.of(environment=environment.slug, channel=channel, step=step.slug)
        for target in step.targets:
            yield Situation.of(
                environment=environment.slug,
                channel=channel,
                step=step.slug,
                step_tags=tags.get(step.slug, ()),
                target=target.slug,
                target_tags=target.target_tags,
            )


def _asked(value: VariableValue, prompt: Prompt) -> AskedValue:
    return AskedValue(
        name=value.name,
        label=prompt.label or value.name,
        help=prompt.help,
        required=prompt.required,
        control=prompt.control,
        choices=prompt.choices,
        default="" if value.is_sensitive else value.value or "",
        has_default=bool(value.secret if value.is_sensitive else value.value),
        sensitive=value.is_sensitive,
        library="" if value.source.is_project else value.source.name,
    )


def check_given(
    asked: Sequence[AskedValue], given: Mapping[str, str], *, project_name: str
) -> list[FieldError]:
    """What is wrong at `variables.<name>`; a value that is left out has its default."""
    known = {fold(value.name): value for value in asked}
    names = {fold(name): text for name, text in given.items()}
    errors = [
        FieldError(
            f"variables.{name}",
            f"{project_name} asks for no value of this name when deploying.",
            "unknown",
        )
        for name in given
        if fold(name) not in known
    ]
    for value in asked:
        fault, code = _fault(value, names.get(fold(value.name)))
        if fault:
            errors.append(FieldError(f"variables.{value.name}", fault, code))
    return errors


def _fault(value: AskedValue, text: str | None) -> tuple[str, str]:
    if text is None or (value.sensitive and not text):
        if value.required and not value.has_default:
            return f"{value.label} has to be given.", "missing"
        return "", ""
    if value.required and not text.strip():
        return f"{value.label} has to be given.", "missing"
    if len(text) > MAX_LENGTH:
        return f"At most {MAX_LENGTH:,} characters.", "too_long"
    if value.control is Control.CHOICE and text and text not in value.choices:
        return f"One of: {', '.join(value.choices)}.", "choice"
    if value.control is Control.CHECKBOX and text and text.lower() not in ("true", "false"):
        return "True or False.", "choice"
    return "", ""


def stored_values(
    release: Release, asked: Sequence[AskedValue], given: Mapping[str, str], *, by: User | None
) -> list[dict[str, Any]]:
    """What the deployment keeps of the given values; secrets go to their own table."""
    names = {fold(name): text for name, text in given.items()}
    kept: list[dict[str, Any]] = []
    for value in asked:
        text = names.get(fold(value.name))
        if text is None or (value.sensitive and not text):
            continue
        if value.control is Control.CHECKBOX and text:
            text = text.capitalize()
        if value.sensitive:
            secret = store_secret(release.project, text, by)
            kept.append({"name": value.name, "value": None, "secret": secret})
        else:
            kept.append({"name": value.name, "value": text, "secret": None})
    return kept


def told_values(deployment: Deployment) -> dict[str, str]:
    """The given values by name as the audit trail tells them; secrets only as given."""
    return {v["name"]: CHANGED_SECRET if v["secret"] else v["value"] for v in deployment.prompted}
