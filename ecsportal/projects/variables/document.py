"""Reading values as people send them: their shape, their defaults, what is wrong with them.

Nothing here touches the database: what exists is handed in as `Known`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from pydantic import Field, ValidationError

from ecsportal.infrastructure.rules import TAG_RULE, is_tag
from ecsportal.octostache.characters import trim
from ecsportal.problems import FieldError
from ecsportal.projects.step_document import TrueOrFalse, WholeOrNone
from ecsportal.projects.variables.names import fault_of_name
from ecsportal.projects.variables.scopes import FIELDS
from ecsportal.projects.variables.values import Control, Type
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.fields import StepModel, Text, read_with, shape_problem, wrong_shape

MAX_VALUES = 10_000
MAX_VALUE_LENGTH = 1_000_000
MAX_TEXT_LENGTH = 2_000
"""Of descriptions, labels and help."""
MAX_CHOICES = 200
_NOUNS = {
    "environments": "environment",
    "targets": "deployment target",
    "target_tags": "target tag",
    "steps": "step",
    "channels": "channel",
}


def _read_text_or_none(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise wrong_shape("text", value)


def _read_word(words: tuple[str, ...], value: object) -> str:
    if isinstance(value, str) and value in words:
        return value
    raise wrong_shape(f"{', '.join(words[:-1])} or {words[-1]}", value)


def _word(words: tuple[str, ...]) -> Any:
    return read_with(partial(_read_word, words), {"type": "string", "enum": list(words)})


_TextOrNone = Annotated[str | None, read_with(_read_text_or_none, {"type": ["string", "null"]})]


class ScopeIn(StepModel):
    """Slugs by kind; nothing means everywhere."""

    environments: list[Text] = Field(default_factory=list)
    targets: list[Text] = Field(default_factory=list)
    target_tags: list[Text] = Field(default_factory=list)
    steps: list[Text] = Field(default_factory=list)
    channels: list[Text] = Field(default_factory=list)


class PromptIn(StepModel):
    """How the value is asked for when deploying."""

    label: Text = ""
    help: Text = ""
    required: TrueOrFalse = True
    control: Annotated[str, _word(tuple(Control))] = Control.LINE
    choices: list[Text] = Field(default_factory=list)


class ValueIn(StepModel):
    """One value; what may be left out has its default here."""

    id: WholeOrNone = None
    name: Text
    value: _TextOrNone = None
    type: Annotated[str, _word(tuple(Type))] = Type.TEXT
    description: Text = ""
    scope: ScopeIn = Field(default_factory=ScopeIn)
    prompt: PromptIn | None = None


@dataclass(frozen=True)
class Known:
    """What values may name, as sets of slugs; `current` are the entries as saved last, by id."""

    environments: Collection[str] = ()
    targets: Collection[str] = ()
    steps: Collection[str] = ()
    channels: Collection[str] = ()
    accounts: Collection[str] = ()
    current: Mapping[int, JsonDict] = field(default_factory=dict)
    is_library: bool = False
    """A library set's values can't be scoped to steps or channels: those belong to projects."""


@dataclass(frozen=True)
class Draft:
    """An entry ready to be saved, but for ids and secrets. `secret_text` None keeps the old one."""

    entry: JsonDict
    secret_text: str | None = None


def read_values(raw: Sequence[Any], known: Known) -> tuple[list[Draft], list[FieldError]]:
    """The values with every key stated, and what is wrong with them at `variables[3].name`."""
    if len(raw) > MAX_VALUES:
        message = f"At most {MAX_VALUES:,} values; these are {len(raw):,}."
        return [], [FieldError("variables", message, "too_many")]
    drafts: list[Draft] = []
    errors: list[FieldError] = []
    seen: set[int] = set()
    for number, item in enumerate(raw):
        prefix = f"variables[{number}]"
        draft, wrong = read_value(item, known)
        identifier = draft.entry["id"] if draft else None
        if identifier is not None and identifier in seen:
            wrong.append(FieldError("id", f"Another value has the id {identifier}.", "duplicate"))
        seen |= {identifier} if identifier is not None else set()
        errors += [_within(prefix, error) for error in wrong]
        if draft:
            drafts.append(draft)
    return drafts, errors


def read_value(raw: Any, known: Known) -> tuple[Draft | None, list[FieldError]]:
    """One value, and what is wrong with it at paths within it (`scope.environments[0]`)."""
    try:
        sent = ValueIn.model_validate(raw, strict=True)
    except ValidationError as error:
        problems = [shape_problem(each) for each in error.errors()]
        return None, [FieldError(p.path, p.message, p.code) for p in problems]
    old = known.current.get(sent.id) if sent.id is not None else None
    entry = _entry(sent)
    errors = [
        *_wrong_name(sent),
        *_wrong_value(sent, old, known),
        *_wrong_scope(entry["scope"], old, known),
        *_wrong_prompt(sent),
    ]
    if len(sent.description) > MAX_TEXT_LENGTH:
        errors.append(_too_long("description", MAX_TEXT_LENGTH))
    secret_text = None
    if sent.type == Type.SENSITIVE:
        entry["value"] = None
        entry["secret"] = old.get("secret") if old else None
        secret_text = sent.value
    return Draft(entry, secret_text), errors


def _entry(sent: ValueIn) -> JsonDict:
    scope = {
        name: list(dict.fromkeys(text.strip() for text in getattr(sent.scope, name)))
        for name in FIELDS
    }
    return {
        "id": sent.id,
        "name": trim(sent.name),
        "value": sent.value or "",
        "type": str(sent.type),
        "description": sent.description.strip(),
        "scope": scope,
        "prompt": sent.prompt.model_dump(mode="json") if sent.prompt else None,
        "secret": None,
    }


def _wrong_name(sent: ValueIn) -> list[FieldError]:
    fault = fault_of_name(sent.name)
    return [FieldError("name", fault, "name")] if fault else []


def _wrong_value(sent: ValueIn, old: JsonDict | None, known: Known) -> list[FieldError]:
    if sent.value is not None and len(sent.value) > MAX_VALUE_LENGTH:
        return [_too_long("value", MAX_VALUE_LENGTH)]
    if sent.value is None and not sent.prompt:
        keeps = sent.type == Type.SENSITIVE and old is not None and old["type"] == Type.SENSITIVE
        if not keeps:
            words = "Type the value: there is none to keep."
            return [FieldError("value", words, "missing")]
    if sent.type == Type.AWS_ACCOUNT and sent.value not in known.accounts:
        if old and old["type"] == Type.AWS_ACCOUNT and old["value"] == sent.value:
            return []
        words = f'There is no AWS account "{sent.value or ""}", or you may not see it.'
        return [FieldError("value", words, "unknown")]
    return []


def _wrong_scope(
    scope: Mapping[str, list[str]], old: JsonDict | None, known: Known
) -> list[FieldError]:
    errors = []
    for name in FIELDS:
        if name in ("steps", "channels") and known.is_library and scope[name]:
            words = f"Values of a library set can't be limited to {name}: those are a project's."
            errors.append(FieldError(f"scope.{name}", words, "library"))
            continue
        stays = set(old["scope"][name]) if old else set()
        for number, slug in enumerate(scope[name]):
            if not slug:
                words = f"Name a {_NOUNS[name]}, or leave it out."
                errors.append(FieldError(f"scope.{name}[{number}]", words, "missing"))
            elif slug in stays:
                continue
            elif name == "target_tags":
                if not is_tag(slug):
                    errors.append(FieldError(f"scope.{name}[{number}]", TAG_RULE, "tag"))
            elif slug not in getattr(known, name):
                words = f'There is no {_NOUNS[name]} "{slug[:60]}".'
                errors.append(FieldError(f"scope.{name}[{number}]", words, "unknown"))
    return errors


def _wrong_prompt(sent: ValueIn) -> list[FieldError]:
    prompt = sent.prompt
    if prompt is None:
        return []
    if sent.type == Type.AWS_ACCOUNT:
        return [FieldError("prompt", "An AWS account can't be asked for.", "type")]
    errors = [
        _too_long(f"prompt.{name}", MAX_TEXT_LENGTH)
        for name in ("label", "help")
        if len(getattr(prompt, name)) > MAX_TEXT_LENGTH
    ]
    if prompt.control == Control.CHOICE:
        if not prompt.choices:
            words = "List what can be chosen."
            errors.append(FieldError("prompt.choices", words, "missing"))
        elif len(prompt.choices) > MAX_CHOICES:
            errors.append(FieldError("prompt.choices", f"At most {MAX_CHOICES}.", "too_many"))
        elif sent.value and sent.value not in prompt.choices and sent.type != Type.SENSITIVE:
            errors.append(FieldError("value", "Is none of the choices.", "choice"))
    return errors


def _too_long(path: str, longest: int) -> FieldError:
    return FieldError(path, f"At most {longest:,} characters.", "too_long")


def _within(prefix: str, error: FieldError) -> FieldError:
    return FieldError(f"{prefix}.{error.path}" if error.path else prefix, error.message, error.code)
