"""What a value's form has otherwise than the value that somebody else has saved meanwhile."""

from __future__ import annotations

from ecsportal.projects.variable_forms import ValueForm
from ecsportal.projects.variables.table import Names, chips_of
from ecsportal.projects.variables.values import VariableValue, values_of


def differences_of(
    stored: VariableValue, form: ValueForm, names: Names
) -> tuple[tuple[str, str, str], ...]:
    """Label, stored and typed text of what differs; of secrets nothing."""
    [typed] = values_of([form.document() | {"id": stored.id}])
    secret = stored.is_sensitive or typed.is_sensitive
    pairs = [
        ("Name", stored.name, typed.name),
        ("Type", stored.type.value, typed.type.value),
        ("Applies to", _scope_words(stored, names), _scope_words(typed, names)),
        ("Description", stored.description, typed.description),
        ("Asked when deploying", _prompt_words(stored), _prompt_words(typed)),
    ]
    if secret:
        pairs.insert(1, ("Value", "set anew", "yours" if typed.value else "as it is"))
    else:
        pairs.insert(1, ("Value", stored.value or "", typed.value or ""))
    return tuple((label, old or "empty", new or "empty") for label, old, new in pairs if old != new)


def _scope_words(value: VariableValue, names: Names) -> str:
    return ", ".join(chip.name for chip in chips_of(value.scope, names)) or "everywhere"


def _prompt_words(value: VariableValue) -> str:
    return (value.prompt.label or "yes") if value.prompt else "no"
