"""The form of the step has every input of it: each is typed, and comes back as it was stored."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from django.template.loader import render_to_string

from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.health_check import command_items, command_text
from ecsportal.steps.deploy_ecs_service.form.sections import SECTIONS
from ecsportal.steps.deploy_ecs_service.form.step_form import DeployEcsServiceForm, with_defaults
from ecsportal.steps.forms.documents import look_up
from ecsportal.steps.forms.parts import Extra, Part, Rows, part_at, top_parts
from ecsportal.steps.forms.typed import fields_of, shown_text
from tests.posted_form import posted_form
from tests.steps.deploy_ecs_service.every_input import every_input

KIND = catalogue.get("deploy-ecs-service")
CHOICES = {"feeds": (("ecr", "Shop ECR"), ("docker-hub", "Docker Hub"))}
NOT_TYPED = {"gpus", "render_empty"}
"""What only an imported step has; it is shown, or travels along, where it is there."""


def html_of(form: DeployEcsServiceForm) -> str:
    """The form with all its panels opened."""
    for key in ("containers", "volumes"):
        for index in range(len(form.inputs()[key])):
            form.open(f"{key}.{index}")
    return render_to_string("steps/_form.html", {"form": form, "may_edit": True})


def shown_form(inputs: JsonDict, version: int = 2) -> DeployEcsServiceForm:
    return DeployEcsServiceForm.from_inputs(inputs, version=version, choices=CHOICES)


def read_back(post: dict[str, str], version: int = 2) -> DeployEcsServiceForm:
    return DeployEcsServiceForm.from_post(post, version=version, choices=CHOICES)


def leaves(value: Any, path: str = "") -> set[str]:
    """The paths of all scalars and lists of texts in a document, rows as `[]`."""
    if isinstance(value, dict):
        return set().union(*(leaves(value[key], f"{path}.{key}") for key in value), set())
    if isinstance(value, list) and (not value or isinstance(value[0], dict)):
        return set().union(*(leaves(item, f"{path}[]") for item in value))
    return {path.removeprefix(".")}


def test_every_input_has_a_field() -> None:
    document = every_input()
    document["containers"][0]["network"] = {
        "disable_networking": True,
        "dns_servers": ["10.0.0.2"],
        "dns_search_domains": ["shop.local"],
        "extra_hosts": [{"hostname": "db", "ip_address": "10.0.0.1"}],
    }
    named = {name for name, _ in fields_of(SECTIONS, document)}
    shown = {
        "".join("[]" if part.isdecimal() else f".{part}" for part in name.split(".")).lstrip(".")
        for name in named
    }
    missing = leaves(document) - shown
    assert {path for path in missing if path.rpartition(".")[2] not in NOT_TYPED} == set()


def test_a_step_that_uses_every_input_comes_back_unchanged() -> None:
    document = every_input()
    document["containers"][0]["gpus"] = 1
    document["volumes"][1]["render_empty"] = ["access_point_id"]
    assert read_back(posted_form(html_of(shown_form(document)))).inputs() == document


def test_a_step_that_uses_every_input_is_good() -> None:
    assert KIND.check(every_input(), 2) == []


def typed_in(document: JsonDict) -> JsonDict:
    """The inputs once all of a document was typed into the form of a new step, field by field."""
    form = shown_form(KIND.initial_inputs())
    for _ in range(200):
        post = posted_form(html_of(form))
        add = _missing_part(list(top_parts(SECTIONS)), "", form.inputs(), document)
        if add:
            form = read_back(post | {"_action": f"add:{add}"})
            continue
        before = copy.deepcopy(form.inputs())
        form = read_back(_filled(post, document) | {"_action": "refresh"})
        if form.inputs() == before:
            return before
    raise AssertionError("The form never came to rest.")


def _filled(post: dict[str, str], document: JsonDict) -> dict[str, str]:
    filled = dict(post)
    for name, field in fields_of(SECTIONS, document):
        value = look_up(document, name)
        if f"_tick:{name}" in post:
            filled.pop(name, None)
            filled |= {name: "on"} if value else {}
        elif name in post:
            filled[name] = shown_text(field, value).replace("\n", "\r\n")
    return filled


def _missing_part(
    parts: list[Part], prefix: str, present: JsonDict, wanted: JsonDict
) -> str | None:
    """The name of the first list or optional object that has fewer rows than the document."""
    for part in parts:
        if not hasattr(part, "parts"):
            continue
        if not hasattr(part, "path"):
            found = _missing_part(list(part.parts), prefix, present, wanted)
            if found:
                return found
            continue
        name = f"{prefix}{part.path}"
        here, there = look_up(present, name), look_up(wanted, name)
        if isinstance(part, Extra):
            inner = [name] if isinstance(here, dict) else []
            if there is not None and here is None:
                return name
        else:
            assert isinstance(part, Rows)
            if len(here or []) < len(there or []):
                return name
            inner = [f"{name}.{index}" for index in range(len(here or []))]
        for each in inner:
            found = _missing_part(list(part.parts), f"{each}.", present, wanted)
            if found:
                return found
    return None


def test_a_step_that_uses_every_input_is_typed_field_by_field() -> None:
    assert typed_in(every_input()) == every_input()


def test_everything_that_can_be_bound_is_bound_by_typing() -> None:
    """Each field of the form takes an expression, be it by its `bind` button."""
    document = every_input()
    post = posted_form(html_of(shown_form(document)))
    refused = []
    for name, field in fields_of(SECTIONS, document):
        if field.path in ("gpus", "image.reference"):
            continue
        bound = read_back(post | {"_action": f"bind:{name}"}).inputs()
        text = look_up(bound, name)
        if field.kind not in ("choice", "flag"):
            bound = read_back(post | {name: "#{Bound}"}).inputs()
            text = shown_text(field, look_up(bound, name))
        shapes = [p for p in KIND.check(bound, 2) if p.kind == "shape"]
        if not str(text).startswith("#{") or shapes:
            refused.append((name, text, shapes))
    assert refused == []


# The health check's command.


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("curl -f localhost || exit 1", ["CMD-SHELL", "curl -f localhost || exit 1"]),
        ("curl -f \\\n  localhost", ["CMD-SHELL", "curl -f \\ localhost"]),
        ("CMD\ncurl\n-f\nlocalhost", ["CMD", "curl", "-f", "localhost"]),
        ("CMD-SHELL\nexit 0", ["CMD-SHELL", "exit 0"]),
        ("NONE", ["NONE"]),
        (" \n", []),
    ],
)
def test_a_bare_command_line_runs_in_the_shell(typed: str, kept: list[str]) -> None:
    assert command_items(typed) == kept


@pytest.mark.parametrize(
    "command",
    [["CMD-SHELL", "exit 0"], ["CMD-SHELL", "NONE"], ["CMD", "a b"], ["curl x"], [], ["NONE"]],
)
def test_a_command_that_nobody_touched_stays_as_it_is(command: list[str]) -> None:
    document = every_input()
    document["containers"][0]["health_check"]["command"] = command
    assert read_back(posted_form(html_of(shown_form(document)))).inputs() == document
    assert isinstance(command_text(command), str)


def test_an_imported_command_without_its_first_item_is_offered_the_shell() -> None:
    document = every_input()
    document["containers"][0]["health_check"]["command"] = ["curl -f localhost"]
    html = html_of(shown_form(document))
    assert "Run it with CMD-SHELL" in html
    offer = {"_action": "offer:containers.0.health_check.command"}
    mended = read_back(posted_form(html) | offer).inputs()
    assert mended["containers"][0]["health_check"]["command"] == ["CMD-SHELL", "curl -f localhost"]


# Versions, dependent fields.


def test_version_1_shows_no_firelens() -> None:
    document = every_input()
    for container in document["containers"]:
        container.pop("firelens")
    form = shown_form(document, 1)
    assert '"firelens"' not in posted_form(html_of(form))["_base"]
    assert "group-containers-0-firelens" not in html_of(form)
    assert "group-containers-0-firelens" in html_of(shown_form(every_input()))
    assert read_back(posted_form(html_of(form)), 1).inputs() == document


def test_an_efs_volume_has_more_fields_than_a_scratch_one() -> None:
    post = posted_form(html_of(shown_form(every_input())))
    assert "volumes.0.file_system_id" not in post
    assert "volumes.1.file_system_id" in post
    chosen = read_back(post | {"volumes.0.type": "efs", "_action": "refresh"})
    assert "volumes.0.file_system_id" in posted_form(html_of(chosen))


def test_the_count_says_that_autoscaling_manages_it() -> None:
    says = dict(shown_form(every_input()).sayings())["f-desired_count-says"]
    assert says == "Managed by autoscaling, 2 to 8 tasks"


def test_the_image_expression_stands_beside_the_dialog_that_names_it() -> None:
    document = every_input()
    form = shown_form(document)
    html = html_of(form)
    assert 'role="dialog" aria-labelledby="f-containers-0-image-reference-title"' in html
    assert html.count("#{Octopus.Action.Package[shop-web].Image}") >= 2


# Bad input.

JUNK = "\u202e<script>alert(1)</script>\t\"'#{ \\u0000 ${x} 💥" + "x" * 300


def test_junk_in_every_field_is_told_beside_fields_and_nothing_is_lost() -> None:
    document = every_input()
    post = posted_form(html_of(shown_form(document)))
    junk = {
        name: JUNK
        for name, _ in fields_of(SECTIONS, document)
        if name in post and f"_tick:{name}" not in post
    }
    form = read_back(post | junk)
    form.place(KIND.check(form.inputs(), 2))
    html = html_of(form)
    assert "<script>" not in html
    again = posted_form(html)
    lost = [name for name in junk if name in again and "💥" not in again[name]]
    assert lost == []
    assert json.loads(again["_base"]) == form.inputs()
    assert form.problems
    assert form.other_problems == []


@pytest.mark.parametrize(
    "name", ["a b", "a/b", "a.b", "ä", "a\tb", "a\u200bb", "<b>", "a\"b'", "😀"]
)
def test_names_with_illegal_characters_are_told_at_each_place(name: str) -> None:
    document = every_input()
    names = ("task_name", "containers.0.name", "volumes.0.name")
    form = read_back(posted_form(html_of(shown_form(document))) | dict.fromkeys(names, name))
    form.place(KIND.check(form.inputs(), 2))
    told = {each.field_id: each.message for each in form.problems}
    for field in names:
        assert "has to go" in told[f"f-{field.replace('.', '-')}"], field
        assert posted_form(html_of(form))[field] == name


def test_500_variables_are_kept_and_the_wrong_ones_told() -> None:
    document = every_input()
    document["containers"][0]["environment"] = [
        {"name": f"V{n}" if n % 100 else "", "value": str(n), "type": "plain"} for n in range(500)
    ]
    form = read_back(posted_form(html_of(shown_form(document))))
    assert form.inputs() == document
    form.place(KIND.check(form.inputs(), 2))
    assert [each.field_id for each in form.problems] == [
        f"f-containers-0-environment-{n}-name" for n in range(0, 500, 100)
    ]


def test_every_problem_of_every_rule_has_a_place_in_the_form() -> None:
    """Whatever is wrong with a step, a field shows it."""
    for path in leaves(with_defaults(every_input(), 2)):
        name = path.replace("[]", ".0").lstrip(".")
        part = part_at(list(top_parts(SECTIONS)), name)
        assert part is not None or name.rpartition(".")[2] == "render_empty", name
