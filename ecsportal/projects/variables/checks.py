"""What the editor warns of before a deployment meets it: ties, names in vain, unresolved fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.octostache import OctostacheError, evaluate_document
from ecsportal.people.models import User
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.queries import current_process
from ecsportal.projects.step_outputs import StepOutputs
from ecsportal.projects.variables.names import CHANGEABLE, is_known_when_deploying, is_set_by_portal
from ecsportal.projects.variables.preview import Preview, Process
from ecsportal.projects.variables.queries import live_variables
from ecsportal.projects.variables.resolution import VariableSet
from ecsportal.projects.variables.sight import sight_of
from ecsportal.projects.variables.values import VariableValue, fold
from ecsportal.steps.catalogue import runs_on_targets

TARGETS_LOOKED_AT = 5
"""Per environment and step, of those that differ in their tags or that values name."""


@dataclass(frozen=True)
class UnresolvedField:
    """A token in a step's input that has no value in these environments."""

    step: str
    step_name: str
    path: str
    """Within the step: `inputs.cpu`."""
    token: str
    environments: tuple[str, ...]
    """Names, in their order."""
    why: str = ""
    """Why an output can't be there, as a sentence; empty for what only lacks a value."""

    @property
    def words(self) -> str:
        """The warning."""
        where = ", ".join(self.environments)
        said = f"{self.step_name}: {self.token} in {self.path} has no value in {where}."
        return f"{said} {self.why}".rstrip()

    @property
    def advice(self) -> str:
        """The same beside the field itself."""
        return f"{self.token} has no value in {', '.join(self.environments)}. {self.why}".rstrip()


@dataclass(frozen=True)
class VariableWarning:
    """Something to look at in the editor; `values` are those that it is about, in their order."""

    kind: Literal["tie", "reserved", "tag"]
    words: str
    name: str
    values: tuple[VariableValue, ...]


def warnings_of_values(values: VariableSet) -> list[VariableWarning]:
    """Ties, values that never count, tags in vain: what can be said without the process.

    `values` are those that the reader sees. Tags of library sets' values are told with the set.
    """
    targets = DeploymentTarget.objects.values_list("target_tags", flat=True)
    tag_sets = {frozenset(map(str.lower, tags)) for tags in targets}
    carried = frozenset[str]().union(*tag_sets)
    found = [
        VariableWarning("tie", tie.words, tie.name, (tie.winner, *tie.others))
        for tie in values.possible_ties(tag_sets)
    ]
    for value in values:
        if is_set_by_portal(value.name) and fold(value.name) not in CHANGEABLE:
            words = f"{value.name} is set by the portal when deploying: this value never counts."
            found.append(VariableWarning("reserved", words, value.name, (value,)))
        idle = [tag for tag in value.scope.target_tags if tag.lower() not in carried]
        if idle and value.source.is_project:
            found.append(VariableWarning("tag", _idle_words(idle), value.name, (value,)))
    return found


def _idle_words(tags: list[str]) -> str:
    noun = "tag" if len(tags) == 1 else "tags"
    return f"No target carries the {noun} {', '.join(tags)} yet."


def unresolved_fields(
    project: Project, user: User, *, values: VariableSet | None = None, only_step: str = ""
) -> list[UnresolvedField]:
    """Tokens of the current process without a value, per environment where the step would run.

    What only a deployment knows (outputs, the release's number) counts as resolved. Looks at the
    environments that the user sees and that have a matching target.
    """
    process = current_process(project)
    if process is None:
        return []
    values = live_variables(project) if values is None else values
    return unresolved_there(process, values, places_for(user), only_step=only_step)


def unresolved_in_step(
    project: Project,
    step: Mapping[str, Any],
    values: VariableSet,
    places: Iterable[tuple[Environment, list[DeploymentTarget]]],
) -> list[UnresolvedField]:
    """As above for one step as it is edited now, saved or not, at the places of `places_for`."""
    saved = current_process(project)
    steps = saved.steps if saved else []
    edited = [dict(step) if each["slug"] == step["slug"] else each for each in steps]
    revision = ProcessRevision(project=project, number=0, steps=edited)
    return unresolved_there(revision, values, places, only_step=step["slug"])


def unresolved_there(
    process: ProcessRevision,
    values: VariableSet,
    places: Iterable[tuple[Environment, list[DeploymentTarget]]],
    *,
    only_step: str = "",
    without: Collection[str] = (),
) -> list[UnresolvedField]:
    """As above for any revision, such as a release's; steps in `without` don't count."""
    project = process.project
    steps = {
        step["slug"]: step
        for step in process.steps
        if not step["disabled"] and only_step in ("", step["slug"]) and step["slug"] not in without
    }
    found: dict[tuple[str, str, str], list[str]] = {}
    known = Process.of(project, process)
    off = {step["slug"] for step in process.steps if step["disabled"]}
    outputs = StepOutputs(process.steps, without={*without, *off})
    for environment, targets in places:
        for slug, step in steps.items():
            if step["environments"] and environment.slug not in step["environments"]:
                continue
            where: list[DeploymentTarget | None] = [None]
            if runs_on_targets(step["type"]):
                matching = [t for t in targets if set(t.target_tags) & set(step["target_tags"])]
                where = list(_different(matching, values)[:TARGETS_LOOKED_AT])
            for path, token in _missing(project, environment, where, step, known, values):
                if is_known_when_deploying(token) and not outputs.why_never(token, slug):
                    continue
                names = found.setdefault((slug, path, token), [])
                names += [] if environment.name in names else [environment.name]
    return [
        UnresolvedField(
            slug, steps[slug]["name"], path, token, tuple(names), outputs.why_never(token, slug)
        )
        for (slug, path, token), names in found.items()
    ]


def places_for(user: User) -> Iterable[tuple[Environment, list[DeploymentTarget]]]:
    """The environments that the user sees, in their order, with the targets that are on."""
    hidden = sight_of(user).hidden.get("environments", frozenset())
    rows = Environment.objects.order_by("order", "name").prefetch_related("targets")
    for environment in rows:
        if environment.slug not in hidden:
            yield environment, [t for t in environment.targets.all() if not t.disabled]


def _missing(
    project: Project,
    environment: Environment,
    targets: Iterable[DeploymentTarget | None],
    step: Mapping[str, Any],
    process: Process,
    values: VariableSet,
) -> list[tuple[str, str]]:
    missing: dict[tuple[str, str], None] = {}
    for target in targets:
        preview = Preview(
            project,
            environment=environment,
            target=target,
            step=step["slug"],
            process=process,
            values=values,
        )
        try:
            _, tokens = evaluate_document({"inputs": step["inputs"]}, preview.variables)
        except OctostacheError as error:
            tokens = [("inputs", str(error))]
        missing |= dict.fromkeys(tokens)
    return list(missing)


def _different(targets: list[DeploymentTarget], values: VariableSet) -> list[DeploymentTarget]:
    """One target of each set of tags, and those that a value is scoped to."""
    named = {slug for value in values for slug in value.scope.targets}
    seen: set[frozenset[str]] = set()
    found = []
    for target in targets:
        tags = frozenset(target.target_tags)
        if target.slug in named or tags not in seen:
            found.append(target)
        seen.add(tags)
    return found
