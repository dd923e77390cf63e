"""What people send to the pages of variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from ecsportal.infrastructure.forms.edit_form import MONO, Segments
from ecsportal.problems import Problem
from ecsportal.projects.variables.scopes import FIELDS
from ecsportal.projects.variables.table import Names
from ecsportal.projects.variables.values import Control, Type, VariableValue

SCOPE_LABELS = {
    "environments": "Environments",
    "targets": "Deployment targets",
    "target_tags": "Target tags",
    "steps": "Steps",
    "channels": "Channels",
}
_TYPES = (
    (Type.TEXT, "Text"),
    (Type.SENSITIVE, "Sensitive"),
    (Type.AWS_ACCOUNT, "AWS account"),
)
_CONTROLS = (
    (Control.LINE, "One line"),
    (Control.LINES, "Several lines"),
    (Control.CHOICE, "Choice"),
    (Control.CHECKBOX, "Checkbox"),
)


class TagsField(forms.MultipleChoiceField):
    """Target tags: any is taken, since a value may name one before a target carries it."""

    def valid_value(self, value: Any) -> bool:
        """Left to the rules for tags."""
        return True


class ScopeForm(forms.Form):
    """Where something applies: ticks by kind, of what its reader may choose; tags also typed."""

    new_tags = forms.CharField(
        required=False,
        max_length=2000,
        label="Other target tags",
        widget=forms.TextInput(attrs={"data-new-tags": True, "autocomplete": "off"}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, names: Names, kept: Mapping[str, Any] | None = None
    ) -> None:
        """`kept` are slugs by kind that can stay though they aren't offered any more."""
        super().__init__(data, auto_id="value_%s")
        for kind in FIELDS:
            choices = dict(names[kind])
            extra = list((kept or {}).get(kind, ()))
            field = forms.MultipleChoiceField
            if kind == "target_tags":
                field = TagsField
                extra += data.getlist(kind) if data else []
            choices |= {slug: slug for slug in extra if slug not in choices}
            self.fields[kind] = field(
                choices=list(choices.items()),
                required=False,
                label=SCOPE_LABELS[kind],
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def scope_fields(self) -> list[forms.BoundField]:
        """The kinds that have something to choose, or can be typed."""
        return [
            self[kind]
            for kind in FIELDS
            if kind == "target_tags" or self.fields[kind].choices  # type: ignore[attr-defined]
        ]

    @property
    def scope_has_errors(self) -> bool:
        """True where the picker has to be open for its errors to be seen."""
        return any(kind in self.errors for kind in (*FIELDS, "new_tags"))

    def scope(self) -> dict[str, list[str]]:
        """The chosen scope; a tag typed in another letter case than its tick is the ticked one."""
        chosen = {kind: list(self.cleaned_data[kind]) for kind in FIELDS}
        tags = chosen["target_tags"]
        for typed in self.cleaned_data["new_tags"].split(","):
            tag = typed.strip()
            if tag and tag.lower() not in map(str.lower, tags):
                tags.append(tag)
        return chosen


class ValueForm(ScopeForm):
    """One value of a variable. A secret is never filled in: left empty it stays."""

    name = forms.CharField(max_length=1000, label="Name", widget=forms.TextInput(attrs=MONO))
    type = forms.ChoiceField(choices=_TYPES, initial=Type.TEXT, label="Type", widget=Segments)
    value = forms.CharField(
        required=False,
        strip=False,
        label="Value",
        widget=forms.Textarea(attrs=MONO | {"rows": 2, "data-enter-saves": True}),
    )
    secret = forms.CharField(
        required=False,
        strip=False,
        label="Value",
        widget=forms.Textarea(attrs=MONO | {"rows": 2, "data-enter-saves": True}),
    )
    account = forms.ChoiceField(required=False, label="AWS account")
    description = forms.CharField(required=False, label="Description")
    asked = forms.BooleanField(required=False, label="Ask for it when deploying")
    label = forms.CharField(required=False, label="Label")
    help = forms.CharField(required=False, label="Help text")
    control = forms.ChoiceField(
        choices=_CONTROLS, initial=Control.LINE, label="Control", required=False
    )
    choices = forms.CharField(
        required=False,
        label="Choices",
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    needed = forms.BooleanField(required=False, label="Required", initial=True)
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, names: Names, kept: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, names=names, kept=kept)
        accounts = dict(names["accounts"])
        self.fields["account"].choices = [("", "Choose"), *accounts.items()]  # type: ignore[attr-defined]
        if not accounts:
            self.fields["type"].choices = list(_TYPES[:2])  # type: ignore[attr-defined]

    def document(self) -> dict[str, Any]:
        """The value as services take it; None as a secret's value keeps the old one."""
        data = self.cleaned_data
        texts: dict[str, str | None] = {
            Type.TEXT: _with_newlines(data["value"]),
            Type.SENSITIVE: _with_newlines(data["secret"]) or None,
            Type.AWS_ACCOUNT: data["account"],
        }
        prompt = {
            "label": data["label"],
            "help": data["help"],
            "required": data["needed"],
            "control": data["control"] or str(Control.LINE),
            "choices": [line.strip() for line in data["choices"].splitlines() if line.strip()],
        }
        return {
            "name": data["name"],
            "value": texts[data["type"]],
            "type": data["type"],
            "description": data["description"],
            "scope": self.scope(),
            "prompt": prompt if data["asked"] else None,
        }

    def offer_names(self, url: str) -> None:
        """Complete names after `#{` from this address."""
        self.fields["value"].widget.attrs["data-completes"] = url

    def forget_secrets(self) -> None:
        """Leave what was typed as a secret out of the page that the form is shown on again."""
        if isinstance(self.data, QueryDict):
            data = self.data.copy()
            data["secret"] = ""
            if data.get("type") == Type.SENSITIVE:
                data["value"] = ""
            self.data = data

    def blame(self, problem: Problem) -> None:
        """Put what a service refused beside the fields."""
        value_field = {Type.SENSITIVE: "secret", Type.AWS_ACCOUNT: "account"}.get(
            self.cleaned_data.get("type", ""), "value"
        )
        names = {"value": value_field, "prompt": "asked"}
        for error in problem.field_errors:
            kind = error.path.removeprefix("scope.").removeprefix("prompt.").partition("[")[0]
            names.setdefault(error.path, kind)
        problem.add_to_form(self, names)


def initial_of(value: VariableValue, revision: int) -> dict[str, Any]:
    """The form's fields for a stored value."""
    prompt = value.prompt
    is_account = value.type is Type.AWS_ACCOUNT
    return {
        "name": value.name,
        "type": value.type,
        "value": "" if is_account or value.is_sensitive else value.value,
        "account": value.value if is_account else "",
        "description": value.description,
        "revision": revision,
        "asked": prompt is not None,
        "label": prompt.label if prompt else "",
        "help": prompt.help if prompt else "",
        "needed": prompt.required if prompt else True,
        "control": prompt.control if prompt else Control.LINE,
        "choices": "\n".join(prompt.choices) if prompt else "",
        **value.scope.as_document(),
    }


def _with_newlines(text: str) -> str:
    """Browsers send CRLF where their users typed a new line."""
    return text.replace("\r\n", "\n")


class VariablesFilter(forms.Form):
    """The page's query string."""

    q = forms.CharField(max_length=200, required=False)
    environment = forms.CharField(max_length=60, required=False)
    source = forms.CharField(max_length=60, required=False)
    page = forms.IntegerField(required=False, min_value=1)
    deleted = forms.IntegerField(required=False, min_value=1)
    revision = forms.IntegerField(required=False, min_value=1)

    def read(self) -> dict[str, Any]:
        """What is asked for, nothing for what is odd."""
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in self.fields}


class UndoForm(forms.Form):
    """The revision that is to be undone."""

    revision = forms.IntegerField(min_value=1)


class PasteForm(ScopeForm):
    """A text of many variables, where they apply, and whether they are secrets."""

    text = forms.CharField(
        strip=False,
        label="Variables",
        max_length=1_000_000,
        widget=forms.Textarea(attrs=MONO | {"rows": 14}),
    )
    sensitive = forms.BooleanField(required=False, label="All of them are sensitive")
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def forget_text(self) -> None:
        """Leave the text out of the page that the form is shown on again."""
        if isinstance(self.data, QueryDict):
            data = self.data.copy()
            data["text"] = ""
            self.data = data


class PreviewQuery(forms.Form):
    """Where a value is wanted, and what expression is tried there."""

    environment = forms.CharField(max_length=60, required=False)
    step = forms.CharField(max_length=100, required=False)
    target = forms.CharField(max_length=60, required=False)
    name = forms.CharField(max_length=1000, required=False)
    expression = forms.CharField(max_length=20_000, required=False, strip=False)

    def read(self) -> dict[str, str]:
        """What is asked for, nothing for what is odd."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name) or "") for name in self.fields}


class LibraryForm(forms.Form):
    """A library set's name and description."""

    name = forms.CharField(max_length=100, label="Name")
    description = forms.CharField(
        required=False,
        label="Description",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What it is for, and which projects should include it.",
    )


class LibraryMoveForm(forms.Form):
    """What to do with one library set of a project."""

    library = forms.CharField(max_length=60)
    act = forms.ChoiceField(choices=[(a, a) for a in ("include", "remove", "up", "down")])
    revision = forms.IntegerField(required=False, min_value=0)
