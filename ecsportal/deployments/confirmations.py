"""What the deploy page has typed before a release may destroy something by hand.

The API and triggers are no hands: whoever set them up has decided already.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django import forms

from ecsportal.deployments.plan import PlannedStep
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.octostache import OctostacheError, evaluate_document, is_bound
from ecsportal.projects.variables.preview import Preview, Process
from ecsportal.projects.variables.queries import frozen_variables
from ecsportal.releases.models import Release
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.step_type import AsksToConfirm, Confirmation

PREFIX = "confirm:"
"""Before the word in the name of its field."""


@dataclass(frozen=True)
class AskedWord:
    """A word to type, and what the typing agrees to."""

    word: str
    does: str

    @property
    def field_name(self) -> str:
        """The field that it is typed into."""
        return PREFIX + self.word


def asked_words(
    release: Release, environment: Environment, planned: Sequence[PlannedStep]
) -> list[AskedWord]:
    """Every word that the steps that will run ask for, each once."""
    documents = {step["slug"]: step for step in release.process.steps}
    kinds = [(step, _type_of(documents[step.slug])) for step in planned if step.runs]
    asking = [(step, kind) for step, kind in kinds if kind is not None]
    if not asking:
        return []
    values = frozen_variables(release.variables)
    process = Process.of(release.project, release.process)
    found: dict[str, AskedWord] = {}
    for step, kind in asking:
        where: Sequence[DeploymentTarget | None] = step.targets or [None]
        for target in where:
            preview = Preview(
                release.project,
                environment=environment,
                target=target,
                step=step.slug,
                process=process,
                values=values,
            )
            for asked in kind.confirmations(_evaluated(documents[step.slug], preview)):
                word = _word(asked, step)
                found.setdefault(word, AskedWord(word, f"{step.name} {asked.does}"))
    return list(found.values())


def _type_of(step: JsonDict) -> AsksToConfirm | None:
    try:
        kind = catalogue.get(step["type"])
    except catalogue.UnknownStepTypeError:
        return None
    return kind if isinstance(kind, AsksToConfirm) else None


def _word(asked: Confirmation, step: PlannedStep) -> str:
    """The step's name where only the deployment itself will know the word."""
    return step.name if is_bound(asked.word) else asked.word


def _evaluated(document: JsonDict, preview: Preview) -> JsonDict:
    """The step's inputs as far as their values are known."""
    inputs: JsonDict = document["inputs"]
    with suppress(OctostacheError):  # then they stay as they are written
        inputs, _ = evaluate_document(inputs, preview.variables)
    return inputs


def word_field(asked: AskedWord) -> forms.Field:
    """The field into which the word is typed."""

    def same(text: str) -> None:
        if text != asked.word:
            raise forms.ValidationError(f"Type {asked.word}, exactly like this.")

    attributes: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(
        label=f"Type {asked.word} to agree",
        help_text=f"{asked.does}.",
        max_length=300,
        validators=[same],
        widget=forms.TextInput(attrs=attributes),
        error_messages={"required": f"Type {asked.word} to agree, or leave the step out."},
    )
