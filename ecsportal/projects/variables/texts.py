"""From resolved values and system variables to what expressions are evaluated with."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecsportal.octostache import Variables
from ecsportal.projects.variables.names import CHANGEABLE
from ecsportal.projects.variables.resolution import Resolution
from ecsportal.projects.variables.values import Type, VariableValue, fold

TextOf = Callable[[VariableValue], str]
"""The text that a value stands for: secrets and prompted values are known to the caller alone."""
FactsOf = Callable[[str], Mapping[str, str]]
"""What an AWS account variable is besides its slug: texts by suffix, such as `AccessKey`."""


def variables_for(
    resolution: Resolution,
    system: Mapping[str, str],
    *,
    text_of: TextOf,
    account_facts: FactsOf,
) -> Variables:
    """The winners under the system variables, which can't be shadowed except where documented.

    System variables come last: a name that means the same place in another spelling loses too.
    """
    fixed = {fold(name) for name in system} - CHANGEABLE
    changed = {fold(value.name) for value in resolution}
    texts: dict[str, str | None] = {}
    for value in resolution:
        if fold(value.name) in fixed:
            continue
        texts[value.name] = text_of(value)
        if value.type is Type.AWS_ACCOUNT:
            for suffix, text in account_facts(value.value or "").items():
                texts[f"{value.name}.{suffix}"] = text
    for name, text in system.items():
        if fold(name) in fixed or fold(name) not in changed:
            texts[name] = text
    return Variables(texts)
