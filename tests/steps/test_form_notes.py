"""No field of any step type is left unexplained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from ecsportal.infrastructure.pick_lists import PICK_KINDS
from ecsportal.steps import catalogue
from ecsportal.steps.forms.parts import Extra, Field, Group, Part, Rows
from ecsportal.steps.forms.sectioned import SectionedForm

WITHOUT_AWS = {"manual-intervention", "http-check"}
"""Step types that do nothing in AWS."""
BY_THE_BROWSER = {"repositories", "log-options"}
"""Lists that the browser chooses by another field: of the feed, of the option's name and kind."""


def explained(parts: Sequence[Part]) -> Iterator[Field | Extra | Rows]:
    """Every field, list and optional object, however deep."""
    for part in parts:
        if not isinstance(part, Group):
            yield part
        if not isinstance(part, Field):
            yield from explained(part.parts)


@pytest.mark.parametrize("slug", [kind.slug for kind in catalogue.all()])
def test_every_field_says_what_it_is_for_and_links_to_its_aws_page(slug: str) -> None:
    kind = catalogue.get(slug)
    form = kind.form(kind.initial_inputs(), version=kind.version, choices={})
    assert isinstance(form, SectionedForm)
    found = [part for shown in form.sections for part in explained(shown.section.parts)]
    assert found
    assert [part.path for part in found if not part.note.strip()] == []
    assert [part.path for part in found if part.note.endswith((" ", ",", ":"))] == []
    if slug not in WITHOUT_AWS:
        start = "https://docs.aws.amazon.com/"
        assert [part.path for part in found if not part.aws.startswith(start)] == []


@pytest.mark.parametrize("slug", [kind.slug for kind in catalogue.all()])
def test_no_label_stands_twice_in_one_place(slug: str) -> None:
    kind = catalogue.get(slug)
    form = kind.form(kind.initial_inputs(), version=kind.version, choices={})
    assert isinstance(form, SectionedForm)
    for shown in form.sections:
        labels = [part.label for part in shown.section.parts if isinstance(part, Field)]
        assert len(labels) == len(set(labels))


@pytest.mark.parametrize("slug", [kind.slug for kind in catalogue.all()])
def test_every_suggestion_is_a_list_that_exists(slug: str) -> None:
    kind = catalogue.get(slug)
    form = kind.form(kind.initial_inputs(), version=kind.version, choices={})
    assert isinstance(form, SectionedForm)
    parts = [part for shown in form.sections for part in explained(shown.section.parts)]
    fields = [part for part in parts if isinstance(part, Field)]
    assert {field.suggest for field in fields} <= {"", *BY_THE_BROWSER, *PICK_KINDS}
    assert {field.known for field in fields} <= {"", *(name for name, _ in form.known_names())}
