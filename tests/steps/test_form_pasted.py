"""Many rows pasted as text."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string

from ecsportal.steps.forms.parts import Field, Rows, Section
from ecsportal.steps.forms.pasted import lay_pasted
from ecsportal.steps.forms.sectioned import SectionedForm
from ecsportal.steps.forms.typed import typed
from tests.posted_form import posted_form

SETTINGS = Rows(
    "settings",
    "Settings",
    "setting",
    (Field("name", "Name"), Field("value", "Value")),
    new={"name": "", "value": "", "type": "plain"},
    pastes=("name", "value"),
)
LISTED = Rows("others", "Others", "other", (Field("name", "Name"),), new={"name": ""})
SECTIONS = (Section("all", "All", (SETTINGS, LISTED), lambda document: ""),)


def laid(text: str, *present: dict[str, Any], most: int = 500) -> list[dict[str, Any]]:
    items = list(present)
    lay_pasted(SETTINGS, items, text, most=most)
    return items


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("A=1", "A", "1"),
        ("  export A=1 ", "A", "1"),
        ("A = b=c", "A", "b=c"),
        ("A: yes", "A", "yes"),
        ('A="two words "', "A", "two words "),
        ("A='x'", "A", "x"),
        ("A=", "A", ""),
        ("A=#{Value}", "A", "#{Value}"),
        ("URL=https://x.y/?a=1:2", "URL", "https://x.y/?a=1:2"),
    ],
)
def test_a_line_is_a_name_and_a_value(line: str, name: str, value: str) -> None:
    assert laid(line) == [{"name": name, "value": value, "type": "plain"}]


@pytest.mark.parametrize("line", ["", "# A=1", "words without a sign", "=1", " \t"])
def test_a_line_without_a_name_is_passed_over(line: str) -> None:
    assert laid(line) == []


def test_a_name_that_is_there_gets_the_new_value_and_keeps_the_rest() -> None:
    secret = {"name": "A", "value": "arn", "type": "secret"}
    assert laid("A=other\r\nB=2", secret) == [
        {"name": "A", "value": "other", "type": "secret"},
        {"name": "B", "value": "2", "type": "plain"},
    ]


def test_no_more_rows_than_a_list_may_have() -> None:
    assert len(laid("\n".join(f"V{n}={n}" for n in range(9)), most=4)) == 4


def page(document: dict[str, Any]) -> str:
    form = SectionedForm(document, sections=SECTIONS, choices={})
    return render_to_string("steps/_form.html", {"form": form, "may_edit": True})


def test_pasted_lines_become_rows_by_their_button() -> None:
    document = {"settings": [{"name": "A", "value": "1", "type": "plain"}], "others": []}
    html = page(document)
    assert html.count("Paste many") == 1
    post = posted_form(html) | {"_paste:settings": "B=2\x00\r\nC=3", "settings.0.value": "typed"}
    told = typed(post | {"_action": "paste:settings"}, SECTIONS)
    assert [(row["name"], row["value"]) for row in told.document["settings"]] == [
        ("A", "typed"),
        ("B", "2"),
        ("C", "3"),
    ]
    elsewhere = typed(post | {"_action": "paste:others"}, SECTIONS)
    assert elsewhere.document["others"] == []
    unpressed = typed(post, SECTIONS)
    assert len(unpressed.document["settings"]) == 1


def test_a_full_list_says_so() -> None:
    full = page({"settings": [{"name": str(n), "value": ""} for n in range(500)], "others": []})
    assert "500 are the most." in full
    assert "Paste many" not in full
