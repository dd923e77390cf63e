"""The filters of the audit page; they live in the URL."""

from __future__ import annotations

from typing import Any

from django import forms

from ecsportal.audit.queries import Filters, known_actions, known_projects, known_users
from ecsportal.audit.wording import noun_of, nouns_of, what_happened


def _people() -> list[tuple[str, str]]:
    return [("", "Anyone"), *((name, name) for name in known_users())]


def _projects() -> list[tuple[str, str]]:
    return [("", "Any project"), *((slug, slug) for slug in known_projects())]


def _actions() -> list[Any]:
    """Actions grouped by their noun, each group led by the noun as a whole."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in known_actions():
        noun = action.partition(".")[0]
        first = (noun, f"Anything about {nouns_of(noun)}")
        groups.setdefault(noun, [first]).append((action, what_happened(action)))
    return [("", "Anything"), *((noun_of(noun), choices) for noun, choices in groups.items())]


def _day(label: str) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "A date such as 2026-11-23."},
    )


class FilterForm(forms.Form):
    """Who, what, where, when. An unknown value is an error, not an empty list."""

    text = forms.CharField(label="Text", required=False, max_length=200, strip=True)
    who = forms.ChoiceField(
        label="Who",
        required=False,
        choices=_people,
        error_messages={"invalid_choice": "There is no entry by %(value)s."},
    )
    what = forms.ChoiceField(
        label="What",
        required=False,
        choices=_actions,
        error_messages={"invalid_choice": "There is no entry about %(value)s."},
    )
    project = forms.ChoiceField(
        label="Project",
        required=False,
        choices=_projects,
        error_messages={"invalid_choice": "There is no entry of %(value)s."},
    )
    since = _day("From")
    until = _day("To")
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def filters(self) -> Filters:
        """What the valid form asks for."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "before"}
        return Filters(**data)

    def in_words(self) -> str:
        """`"prod", by maya, in web-shop`: for the sentence that nothing matches."""
        data = self.cleaned_data
        is_action = "." in data["what"]
        parts = [
            f'"{data["text"]}"' if data["text"] else "",
            f"by {data['who']}" if data["who"] else "",
            f'"{what_happened(data["what"])}"' if is_action else "",
            f"about {nouns_of(data['what'])}" if data["what"] and not is_action else "",
            f"in {data['project']}" if data["project"] else "",
            f"from {data['since']:%d %B %Y}" if data["since"] else "",
            f"until {data['until']:%d %B %Y}" if data["until"] else "",
        ]
        return ", ".join(part for part in parts if part)
