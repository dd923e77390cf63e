"""What forms are made of, over a small document: conditions, optional objects, groups, panels."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.panels import opened_after
from ecsportal.steps.forms.parts import (
    Extra,
    Field,
    Group,
    Offer,
    Rows,
    Section,
    is_filled,
    is_one_of,
)
from ecsportal.steps.forms.sectioned import SectionedForm
from ecsportal.steps.forms.typed import typed
from ecsportal.steps.problems import Problem
from tests.posted_form import posted_form

MEMBERS = Rows(
    "members",
    "Members",
    "member",
    (
        Field("name", "Name"),
        Group(
            "more",
            "More",
            (
                Field("leads", "Leads", kind="flag", refresh=True),
                Field("of", "Of what", when=is_one_of("leads", True)),
            ),
            summary=lambda row: f"leads {row.get('of') or 'nobody'}",
        ),
        Rows("tools", "Tools", "tool", (Field("name", "Tool"),), {"name": ""}),
    ),
    {"name": "", "leads": False, "of": "", "tools": []},
    look="panel",
    title=lambda row: str(row.get("name") or ""),
)
SECTIONS = (
    Section(
        "team",
        "Team",
        (
            Field("motto", "Motto", kind="lines", height=5),
            Field("words", "Words", kind="items"),
            Field(
                "shout",
                "Shout",
                known="members",
                offer=lambda value: Offer("Louder", f"{value}!") if value == "hey" else None,
            ),
            Field("old", "Old", when=is_filled("old")),
            MEMBERS,
        ),
        lambda document: "",
    ),
    Section(
        "office",
        "Office",
        (
            Extra(
                "office",
                "Office",
                "office",
                (
                    Field("city", "City"),
                    Field("warm", "Warm", kind="flag"),
                    Rows("rooms", "Rooms", "room", (Field("name", "Room"),), {"name": ""}),
                ),
                {"city": "", "warm": True, "rooms": []},
            ),
        ),
        lambda document: "",
    ),
)


def document(**changes: Any) -> JsonDict:
    member = {"name": "Ana", "leads": False, "of": "", "tools": [{"name": "pen"}]}
    given: JsonDict = {
        "motto": "on\nand on",
        "words": ["a b", " c,d"],
        "shout": "",
        "old": "",
        "members": [member, member | {"name": "Bo"}],
        "office": None,
    }
    return given | changes


def form_of(inputs: JsonDict) -> SectionedForm:
    known = {"members": lambda told: [each["name"] for each in told["members"]]}
    return SectionedForm(inputs, sections=SECTIONS, choices={}, known=known)


def html_of(form: SectionedForm) -> str:
    return render_to_string("steps/_form.html", {"form": form, "may_edit": True})


def sent(inputs: JsonDict, *opened: str) -> dict[str, str]:
    form = form_of(inputs)
    for name in opened:
        form.open(name)
    return posted_form(html_of(form))


def read_back(post: dict[str, str]) -> SectionedForm:
    told = typed(post, SECTIONS)
    return SectionedForm(told.document, sections=SECTIONS, choices={}, acted=told.acted)


# Texts of several lines.


def test_a_text_and_a_list_of_several_lines_come_back_as_they_were() -> None:
    inputs = document()
    assert read_back(sent(inputs)).inputs() == inputs
    typed_over = read_back(sent(inputs) | {"words": "x y\r\n\r\n-c, d", "motto": "a\r\n b"})
    assert typed_over.inputs()["words"] == ["x y", "-c, d"]
    assert typed_over.inputs()["motto"] == "a\n b"
    assert 'rows="5"' in html_of(form_of(inputs))


# Shown only when.


def test_a_field_is_shown_only_where_its_condition_holds_and_keeps_its_value() -> None:
    inputs = document()
    inputs["members"][0]["of"] = "all"
    post = sent(inputs, "members.0")
    assert "members.0.of" not in post
    ticked = read_back(post | {"members.0.leads": "on"})
    assert ticked.inputs()["members"][0] == inputs["members"][0] | {"leads": True}
    assert posted_form(html_of(ticked))["members.0.of"] == "all"


def test_a_condition_on_a_bound_value_shows_the_field() -> None:
    inputs = document()
    inputs["members"][0]["leads"] = "#{Leads}"
    assert "members.0.of" in sent(inputs, "members.0")


def test_a_hidden_field_with_a_problem_is_shown() -> None:
    form = form_of(document())
    form.open("members.0")
    form.place([Problem("members[0].of", "Too long.", "length")])
    assert 'id="f-members-0-of-e"' in html_of(form)
    assert "old" not in sent(document())
    assert "old" in sent(document(old="x"))


def test_without_script_a_button_shows_what_goes_with_a_value() -> None:
    form = form_of(document())
    form.open("members.0")
    assert "<noscript><button" in html_of(form)


# Optional objects.


def test_an_optional_object_is_added_and_filled_in() -> None:
    added = read_back(sent(document()) | {"_action": "add:office"})
    assert added.inputs()["office"] == {"city": "", "warm": True, "rooms": []}
    html = html_of(added)
    assert 'name="office.city" autofocus' in html
    post = posted_form(html) | {"office.city": "Oslo"}
    del post["office.warm"]
    roomy = read_back(post | {"_action": "add:office.rooms"})
    assert roomy.inputs()["office"] == {"city": "Oslo", "warm": False, "rooms": [{"name": ""}]}


def test_a_removed_object_comes_back() -> None:
    inputs = document(office={"city": "Oslo", "warm": True, "rooms": []})
    removed = read_back(sent(inputs) | {"_action": "remove:office"})
    assert removed.inputs()["office"] is None
    html = html_of(removed)
    assert "Removed office." in html
    assert 'id="add-office" name="_action" value="add:office" autofocus' in html
    restored = read_back(posted_form(html) | {"_action": "restore:"})
    assert restored.inputs() == inputs


# Panels.


def test_a_closed_panel_travels_in_the_hidden_document() -> None:
    post = sent(document())
    assert not any(name.startswith("members.") for name in post)
    assert read_back(post).inputs() == document()


def test_an_opened_panel_has_its_fields_and_stays_open() -> None:
    opened = read_back(sent(document()) | {"_action": "open:members.1"})
    html = html_of(opened)
    assert posted_form(html)["members.1.name"] == "Bo"
    assert "members.0.name" not in posted_form(html)
    later = read_back(posted_form(html) | {"_action": "up:members.1"})
    assert posted_form(html_of(later))["members.0.name"] == "Bo"


def test_one_panel_alone_is_rendered_when_it_is_opened() -> None:
    form = form_of(document())
    panel = form.panel("members.1")
    assert panel is not None
    html = render_to_string("steps/_panel.html", {"row": panel, "may_edit": True})
    assert posted_form(html)["members.1.tools.0.name"] == "pen"
    assert [form.panel(each) for each in ("members.2", "members.x", "office.0", "motto")] == [
        None
    ] * 4


@pytest.mark.parametrize(
    ("action", "restored", "opened"),
    [
        ("up:members.1", "", {"members.0", "members.2"}),
        ("down:members.1", "", {"members.2", "members.1"}),
        ("remove:members.0", "", {"members.0", "members.1"}),
        ("remove:members.1", "", {"members.1"}),
        ("restore:", "members.0", {"members.2", "members.3"}),
        ("open:members.0", "", {"members.0", "members.1", "members.2"}),
        ("add:members", "", {"members.1", "members.2"}),
        ("remove:members.1.tools.0", "", {"members.1", "members.2"}),
    ],
)
def test_open_panels_move_along_with_their_rows(
    action: str, restored: str, opened: set[str]
) -> None:
    assert opened_after(frozenset({"members.1", "members.2"}), action, restored) == opened


# Problems.


def test_a_problem_in_a_closed_panel_counts_at_everything_around_it() -> None:
    form = form_of(document(members=[{"name": str(n), "tools": []} for n in range(9)]))
    form.place([Problem(f"members[{n}].of", "Wrong.", "x") for n in range(9)])
    assert {each.inside for each in form.problems} == {
        ("team", f"row-members-{n}", f"group-members-{n}-more") for n in range(9)
    }
    (rows,) = [part for part in form.sections[0].parts if part.look == "panels"]
    assert [row.problem_count for row in rows.items] == [1] * 9
    # A few open by themselves; the page of a step with many problems stays small.
    assert [row.is_open for row in rows.items] == [True, True] + [False] * 7


@pytest.mark.parametrize(
    ("path", "field_id"),
    [
        ("words[1]", "f-words"),
        ("members[1].tools[0]", "f-members-1-tools-0-name"),
        ("members[1].tools[7].name", "f-members-1-tools"),
        ("members[1].tools", "f-members-1-tools"),
        ("members[1]", "head-members-1"),
        ("members[1].age", "head-members-1"),
        ("members[8].name", "f-members"),
        ("office.city", "f-office-city"),
        ("office.floor", "f-office"),
        ("office", "f-office"),
        ("nothing", ""),
    ],
)
def test_each_problem_has_the_nearest_place(path: str, field_id: str) -> None:
    form = form_of(document(office={"city": ""}))
    form.place([Problem(path, "Wrong.", "x")])
    assert [each.field_id for each in form.problems] == [field_id]


# Offers, names, changes.


def test_an_offer_is_taken_by_its_button() -> None:
    form = form_of(document(shout="hey"))
    assert 'value="offer:shout">Louder</button>' in html_of(form)
    post = sent(document(shout="hey")) | {"_action": "offer:shout"}
    assert read_back(post).inputs()["shout"] == "hey!"
    assert "offer:" not in html_of(form_of(document(shout="hey!")))


def test_names_complete_from_the_document_itself() -> None:
    html = html_of(form_of(document()))
    assert '<datalist id="known-members"><option value="Ana"></option>' in html
    assert 'list="known-members"' in html


def test_what_differs_from_the_stored_document_is_marked_and_counted() -> None:
    inputs = document(shout="hey")
    inputs["members"][1]["name"] = "Bea"
    form = form_of(inputs)
    form.compare(document())
    assert form.change_count == 2
    assert [shown.is_edited for shown in form.sections] == [True, False]
    assert "p-sec--edited" in html_of(form)
    assert [shown.is_filled for shown in form.sections] == [True, False]
