"""What the forms of named things share: the revision, refusals beside fields, two editors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.http import QueryDict

from ecsportal.infrastructure.models import Environment
from ecsportal.problems import Problem, StaleRevision

Thing = TypeVar("Thing")

MONO = {"class": "p-mono", "spellcheck": "false", "autocomplete": "off"}
SECRET_SET = "Set. Type to replace it."


class Segments(forms.RadioSelect):
    """One choice of a few, side by side."""

    template_name = "infrastructure/widgets/segments.html"


class Ticks(forms.CheckboxSelectMultiple):
    """Any of a few, side by side."""

    template_name = "infrastructure/widgets/ticks.html"


@dataclass(frozen=True)
class Difference:
    """A field that somebody else has stored otherwise meanwhile."""

    label: str
    stored: str
    typed: str


class EditForm(forms.Form):
    """A form of a named thing; it carries the revision that it was opened with."""

    paths: ClassVar[dict[str, str]] = {}
    """The form's field for a path in a service's errors, where the two differ."""

    name = forms.CharField(max_length=100)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    status = 200
    """The page's HTTP status, once `save` has been refused."""
    differences: tuple[Difference, ...] = ()

    def save(
        self, act: Callable[[], Thing], *, newest: Callable[[], dict[str, Any]] | None = None
    ) -> Thing | None:
        """What `act` returns, or None with the refusal beside the fields and `status` set.

        `newest` gives the stored values once somebody else has saved meanwhile: the form then
        keeps what was typed, shows the differences, and saves over them if it is sent again.
        """
        if not self.is_valid():
            self.status = 422
            return None
        try:
            return act()
        except StaleRevision as problem:
            self._show_differences(problem, newest() if newest else {})
        except Problem as problem:
            self.status = problem.status
            bare = {error.path: error.path.partition("[")[0] for error in problem.field_errors}
            names = {path: self.paths.get(name, name) for path, name in bare.items()}
            problem.add_to_form(self, names)
        return None

    def blame(self, field: str, message: str) -> None:
        """Show what a test found beside the field of a form that wasn't sent."""
        if field in self.fields and not self.is_bound:
            self.full_clean()
            self.cleaned_data = {}
            self.add_error(field, message)

    def _show_differences(self, problem: StaleRevision, stored: dict[str, Any]) -> None:
        typed = self.cleaned_data
        self.differences = tuple(
            Difference(
                label=str(self[name].label),
                stored=self._in_words(name, value),
                typed=self._in_words(name, typed.get(name)),
            )
            for name, value in stored.items()
            if name not in ("revision", "repository") and name in typed and typed[name] != value
        )
        data = cast(QueryDict, self.data).copy()
        data["revision"] = str(problem.current)
        self.data = data
        self.status = problem.status
        self.add_error(
            None,
            "Somebody else saved this meanwhile. Nothing of yours is lost: compare, and save again"
            " to store what is in the fields.",
        )

    def _in_words(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        labels = dict(getattr(self.fields[name], "choices", ()))
        values = value if isinstance(value, list) else [value]
        return ", ".join(str(labels.get(one, one)) for one in values if one not in ("", None))


def environment_choices() -> list[tuple[str, str]]:
    """All environments in their order: who edits infrastructure sees them all."""
    return list(Environment.objects.values_list("slug", "name"))
