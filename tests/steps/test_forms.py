"""Forms over documents: what is typed, rows, problems in their places, and nothing lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.deploy_ecs_service.form.step_form import DeployEcsServiceForm, with_defaults
from ecsportal.steps.deploy_ecs_service.inputs import DeployEcsServiceInputs, write_inputs
from ecsportal.steps.deploy_ecs_service.inputs.container import (
    Container,
    ContainerImage,
    NamedValue,
    Port,
)
from ecsportal.steps.forms.documents import DamagedFormError, look_up, put, read_object
from ecsportal.steps.problems import Problem
from tests.posted_form import posted_form

CHOICES = {"feeds": (("docker-hub", "Docker Hub"), ("ecr", "Shop ECR"))}
KIND = catalogue.get("deploy-ecs-service")


def document(**changes: Any) -> JsonDict:
    """Readable inputs with two containers; every default stated."""
    containers = [
        {
            "name": name,
            "image": {"reference": name, "feed": "docker-hub", "repository": f"shop/{name}"},
            "ports": [{"port": port}, {"port": port + 1, "protocol": "udp"}],
            "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        }
        for name, port in (("web", 80), ("api", 90))
    ]
    given = {
        "task_name": "shop",
        "cpu": "256",
        "memory": "512",
        "subnet_ids": ["subnet-1"],
        "security_group_ids": ["sg-1"],
        "containers": containers,
    }
    return with_defaults(given | changes, 2)


def shown_form(inputs: JsonDict, version: int = 2) -> DeployEcsServiceForm:
    """The form with all containers opened."""
    form = DeployEcsServiceForm.from_inputs(inputs, version=version, choices=CHOICES)
    containers = form.inputs().get("containers")
    for index in range(len(containers) if isinstance(containers, list) else 0):
        form.open(f"containers.{index}")
    return form


def html_of(form: DeployEcsServiceForm, *, may_edit: bool = True) -> str:
    return render_to_string("steps/_form.html", {"form": form, "may_edit": may_edit})


def sent(inputs: JsonDict, **typed: str) -> dict[str, str]:
    """The post of the form of these inputs; `a__0__b` names the field `a.0.b`."""
    fields = {name.replace("__", "."): value for name, value in typed.items()}
    return posted_form(html_of(shown_form(inputs))) | fields


def read_back(post: dict[str, str], version: int = 2) -> DeployEcsServiceForm:
    return DeployEcsServiceForm.from_post(post, version=version, choices=CHOICES)


# Names and values.


def test_a_name_reads_and_writes_the_same_place() -> None:
    place: JsonDict = {"containers": [{"image": {"feed": "old"}}]}
    put(place, "containers.0.image.feed", "new")
    put(place, "wait.type", "dont_wait")
    assert look_up(place, "containers.0.image.feed") == "new"
    assert place["wait"] == {"type": "dont_wait"}
    assert look_up(place, "containers.1.image.feed", "none") == "none"


@pytest.mark.parametrize("name", ["containers.7.name", "containers.x.name", "task_name.0.b"])
def test_a_name_that_leads_nowhere_is_refused(name: str) -> None:
    place: JsonDict = {"containers": [], "task_name": ["a"]}
    with pytest.raises(DamagedFormError):
        put(place, name, "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"text"',
        '{"a": NaN}',
        '{"a": 1e999}',
        '{"a": "\\ud800"}',
        '{"\\u0000": 1}',
        '{"a":' * 50_000,
        '{"a": ' + "[" * 60 + "]" * 60 + "}",
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_a_hidden_document_that_could_not_be_stored_again_is_damaged(text: str) -> None:
    with pytest.raises(DamagedFormError):
        read_object(text)


# What was typed.


def test_what_is_left_out_shows_its_default_and_is_stated_when_saved() -> None:
    form = shown_form({"task_name": "web", "cpu": "256", "memory": "512", "containers": []})
    values = posted_form(html_of(form))
    assert values["assign_public_ip"] == "on"
    assert values["minimum_healthy_percent"] == "100"
    assert read_back(values).inputs()["assign_public_ip"] is True


def test_defaults_show_beside_a_part_that_cannot_be_read() -> None:
    form = shown_form({"task_name": "web", "cpu": "256", "desired_count": "many", "containers": []})
    values = posted_form(html_of(form))
    assert values["assign_public_ip"] == "on"
    assert values["memory"] == "512"
    assert values["desired_count"] == "many"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("3", 3), (" 3 ", 3), ("#{Count}", "#{Count}"), ("3x", "3x"), ("", ""), ("1.5", "1.5")],
)
def test_a_number_is_a_number_an_expression_or_what_was_typed(typed: str, kept: Any) -> None:
    post = sent(document(), desired_count=typed)
    assert read_back(post).inputs()["desired_count"] == kept


def test_an_optional_number_that_is_emptied_is_left_out() -> None:
    inputs = document()
    inputs["containers"][0]["memory"] = 256
    post = sent(inputs, containers__0__memory="")
    assert read_back(post).inputs()["containers"][0]["memory"] is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("subnet-1\r\nsubnet-2", ["subnet-1", "subnet-2"]),
        (" subnet-1, subnet-2 subnet-3 ", ["subnet-1", "subnet-2", "subnet-3"]),
        ("#{if Public}a, b#{/if}\r\nsubnet-1", ["#{if Public}a, b#{/if}", "subnet-1"]),
        ("", []),
    ],
)
def test_a_list_is_typed_one_a_line_or_with_commas(typed: str, kept: list[str]) -> None:
    assert read_back(sent(document(), subnet_ids=typed)).inputs()["subnet_ids"] == kept


def test_pasted_spaces_and_control_characters_do_not_stay() -> None:
    form = read_back(sent(document(), task_name=" we\x00b\x1b\t", task_role_arn="\r\n"))
    assert form.inputs()["task_name"] == "web"
    assert form.inputs()["task_role_arn"] == ""


def test_spaces_in_the_value_of_a_variable_count() -> None:
    post = sent(document(), containers__0__environment__0__value=" two  ")
    assert read_back(post).inputs()["containers"][0]["environment"][0]["value"] == " two  "


def test_a_value_of_several_lines_keeps_them() -> None:
    inputs = document()
    pem = "\n-----BEGIN-----\nabc\n-----END-----\n"
    inputs["containers"][0]["environment"][0]["value"] = pem
    assert "<textarea" in html_of(shown_form(inputs))
    assert read_back(sent(inputs)).inputs() == inputs


def test_ticks_are_true_or_false_and_bound_ones_are_text() -> None:
    inputs = document(assign_public_ip=True, enable_ecs_managed_tags="#{Tags}")
    post = sent(inputs)
    del post["assign_public_ip"]
    assert read_back(post).inputs()["assign_public_ip"] is False
    assert post["enable_ecs_managed_tags"] == "#{Tags}"
    for typed, kept in {"True": True, "": False, "false": False, "maybe": "maybe"}.items():
        form = read_back(post | {"enable_ecs_managed_tags": typed})
        assert form.inputs()["enable_ecs_managed_tags"] == kept


def test_a_field_that_was_not_on_the_page_keeps_its_value() -> None:
    post = sent(document(stack_name="adopted"))
    del post["stack_name"]
    assert read_back(post).inputs()["stack_name"] == "adopted"


def test_parts_without_fields_travel_along() -> None:
    inputs = document(load_balancers=[{"container": "web", "port": 80, "target_group_arn": "arn"}])
    inputs["containers"][0]["docker_labels"] = [{"key": "k", "value": "v"}]
    changed = read_back(sent(inputs, task_name="other", _action="up:containers.1")).inputs()
    assert changed["load_balancers"] == inputs["load_balancers"]
    assert changed["containers"][1]["docker_labels"] == [{"key": "k", "value": "v"}]


def test_a_version_1_step_is_never_given_firelens() -> None:
    inputs = with_defaults({"task_name": "a", "cpu": "256", "memory": "512", "containers": []}, 1)
    post = posted_form(html_of(shown_form(inputs, 1))) | {"_action": "add:containers"}
    form = read_back(post, 1)
    assert "firelens" not in form.inputs()["containers"][0]
    assert "firelens" in read_back(post, 2).inputs()["containers"][0]


# Fargate's pairs, choices.


def test_only_memories_that_go_with_the_cpu_are_offered() -> None:
    html = html_of(shown_form(document(cpu="1024", memory="2048")))
    offered = html.partition('id="f-memory"')[2].partition("</select>")[0]
    assert [f"{each} GB" in offered for each in (1, 2, 8, 9)] == [False, True, True, False]


def test_another_cpu_takes_the_next_memory_that_goes_with_it() -> None:
    form = read_back(sent(document(), cpu="2048", _action="refresh"))
    assert (form.inputs()["cpu"], form.inputs()["memory"]) == ("2048", "4096")


def test_a_stored_choice_that_is_not_offered_stays_chosen() -> None:
    inputs = document(memory="700")
    inputs["containers"][0]["image"]["feed"] = "gone"
    post = sent(inputs)
    assert post["memory"] == "700"
    assert post["containers.0.image.feed"] == "gone"
    assert post["containers.1.image.feed"] == "docker-hub"


def test_a_choice_is_bound_to_a_variable_and_back() -> None:
    bound = read_back(sent(document(), _action="bind:cpu_architecture"))
    assert bound.inputs()["cpu_architecture"] == "#{CpuArchitecture}"
    assert 'value="#{CpuArchitecture}"' in html_of(bound)
    back = read_back(sent(bound.inputs(), _action="unbind:cpu_architecture"))
    assert back.inputs()["cpu_architecture"] == "X86_64"
    tick = read_back(sent(document(), _action="bind:containers.1.essential")).inputs()
    assert tick["containers"][1]["essential"] == "#{Essential}"
    ticked = read_back(sent(tick, _action="unbind:containers.1.essential")).inputs()
    assert ticked["containers"][1]["essential"] is True


# Rows.


def names(form: DeployEcsServiceForm) -> list[str]:
    return [each["name"] for each in form.inputs()["containers"]]


def test_a_row_is_added_with_the_focus_in_its_first_field_and_what_was_typed_stays() -> None:
    form = read_back(
        sent(document(), containers__0__name="typed", _action="add:containers.0.ports")
    )
    assert names(form) == ["typed", "api"]
    assert form.inputs()["containers"][0]["ports"][2] == {"port": "", "protocol": "tcp"}
    html = html_of(form)
    assert html.count("autofocus") == 1
    assert 'id="f-containers-0-ports-2-port" name="containers.0.ports.2.port" autofocus' in html


def test_rows_move_and_stop_at_the_ends() -> None:
    up = read_back(sent(document(), containers__1__name="typed", _action="up:containers.1"))
    assert names(up) == ["typed", "web"]
    assert names(read_back(sent(up.inputs(), _action="up:containers.0"))) == ["typed", "web"]
    assert names(read_back(sent(up.inputs(), _action="down:containers.0"))) == ["web", "typed"]


def test_the_focus_goes_along_with_a_row_until_its_button_is_off() -> None:
    html = html_of(read_back(sent(document(), _action="up:containers.0.ports.1")))
    focused = [line for line in html.split("<button") if "autofocus" in line]
    assert [each.partition('id="')[2].partition('"')[0] for each in focused] == [
        "down-containers-0-ports-0"
    ]


def test_a_removed_row_comes_back_where_it_was() -> None:
    removed = read_back(sent(document(), _action="remove:containers.0.environment.0"))
    assert [v["name"] for v in removed.inputs()["containers"][0]["environment"]] == ["B"]
    html = html_of(removed)
    assert "Removed A." in html
    post = posted_form(html) | {"_action": "restore:"}
    restored = read_back(post)
    assert restored.inputs() == document()
    assert "Removed A." not in html_of(restored)


def test_the_undo_survives_other_buttons() -> None:
    removed = read_back(sent(document(), _action="remove:containers.1"))
    later = read_back(posted_form(html_of(removed)) | {"_action": "add:tags"})
    restored = read_back(posted_form(html_of(later)) | {"_action": "restore:"})
    assert names(restored) == ["web", "api"]


@pytest.mark.parametrize(
    "action",
    [
        "up:containers.9",
        "remove:containers.x",
        "remove:subnet_ids.0",
        "remove:load_balancers.0",
        "add:nothing",
        "add:containers.0.nothing",
        "add:task_name",
        "bind:containers.0",
        "bind:containers.9.essential",
        "unbind:nothing",
        "restore:",
        "explode",
        "up:",
        ":",
    ],
)
def test_a_button_that_leads_nowhere_changes_nothing(action: str) -> None:
    assert read_back(sent(document(), _action=action)).inputs() == document()


@pytest.mark.parametrize(
    "damage",
    [
        {"_base": ""},
        {"_base": '{"containers": ["text"]}'},
        {"_action": "add:containers.9.ports"},
        {"_removed": "{}"},
        {"_removed": '{"name": "containers.0", "row": "text"}'},
    ],
)
def test_a_damaged_hidden_field_is_told(damage: dict[str, str]) -> None:
    with pytest.raises(DamagedFormError):
        read_back(sent(document()) | damage)


@pytest.mark.parametrize("junk", [1, "x", None, [1], {"a": 1}, True])
@pytest.mark.parametrize("key", [*document(), "unknown"])
def test_any_value_in_the_hidden_document_is_shown_or_told_but_never_an_error(
    key: str, junk: Any
) -> None:
    base = json.dumps(document() | {key: junk})
    try:
        form = read_back({"_base": base, "task_name": "x"})
    except DamagedFormError:
        return
    form.place(KIND.check(form.inputs(), 2))
    assert html_of(form)
    assert dict(form.sayings())


# Problems in their places.


def problem(path: str, message: str = "Mend this.") -> Problem:
    return Problem(path, message, "range")


def test_a_problem_stands_beside_its_field_which_names_it() -> None:
    form = shown_form(document())
    form.place([problem("containers[1].ports[0].port", "Is 0; 1 to 65535 fits.")])
    (placed,) = form.problems
    assert placed.field_id == "f-containers-1-ports-0-port"
    assert placed.where == "Containers · api · port 90 · Port"
    html = html_of(form)
    field = html.partition('id="f-containers-1-ports-0-port"')[2].partition(">")[0]
    assert 'aria-invalid="true" aria-describedby="f-containers-1-ports-0-port-e"' in field
    assert html.count("1 to fix") == 2  # the section and the container
    assert 'class="p-sub p-sub--bad" id="row-containers-1"' in html


def test_problems_of_list_items_stand_beside_the_list() -> None:
    form = shown_form(document(subnet_ids=["a", "b"]))
    form.place([problem("subnet_ids[1]", "One."), problem("subnet_ids", "Two.")])
    assert [each.field_id for each in form.problems] == ["f-subnet_ids", "f-subnet_ids"]


def test_a_problem_without_a_field_stands_in_its_container_or_above_the_form() -> None:
    form = shown_form(document())
    form.place([problem("containers[0].colour"), problem("colour")])
    inside, above = form.problems
    assert inside.field_id == "head-containers-0"
    assert inside.where == "Containers · web · colour"
    assert "colour: Mend this." in html_of(form)
    assert form.other_problems == [above]


def test_an_empty_field_is_asked_for_instead_of_its_type() -> None:
    form = read_back(sent(document(), containers__0__ports__0__port=""))
    form.place(KIND.check(form.inputs(), 2))
    assert [each.message for each in form.problems] == ["Fill this in."]


def test_a_row_that_was_just_added_is_given_time() -> None:
    form = read_back(sent(document(), _action="add:containers.0.ports"))
    form.place(KIND.check(form.inputs(), 2))
    assert form.problems == []


def test_notes_stand_where_they_belong_and_are_no_problems() -> None:
    form = shown_form(document())
    form.advise(
        [
            Problem("containers[0].environment", "Name a role.", "note"),
            Problem("task_execution_role_arn", "It needs logs.", "note"),
            Problem("containers[1]", "It may not read S3.", "note"),
        ]
    )
    said = {id: text for id, text in form.sayings() if text and id.endswith("-n")}
    assert said == {
        "f-containers-0-environment-n": "Name a role.",
        "f-task_execution_role_arn-n": "It needs logs.",
        "row-containers-1-n": "It may not read S3.",
    }
    html = html_of(form)
    assert all(f'id="{id}">{text}</p>' in html for id, text in said.items())
    assert form.problems == []


def test_a_reader_gets_the_form_without_buttons() -> None:
    html = html_of(shown_form(document()), may_edit=False)
    assert "<button" not in html
    assert posted_form(html).keys() >= {"_base", "task_name"}
    assert html.count("disabled") == html.count("<select") + html.count('type="checkbox"')


# Nothing is lost.

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
# Escapes and other control characters can't come from a keyboard and are taken out; see above.
WORD = TEXT.map(lambda text: "".join(c for c in text if c.isprintable() or c in "\n\r\t"))
BOUND = WORD.map(lambda text: f"#{{{text}}}")
NUMBER = st.integers(-(10**17), 10**17) | BOUND
FLAG = st.booleans() | BOUND
CONTAINER = st.builds(
    Container,
    name=WORD,
    image=st.builds(ContainerImage, reference=WORD, feed=WORD, repository=WORD),
    memory=st.none() | NUMBER,
    cpu=st.none() | NUMBER,
    essential=FLAG,
    ports=st.lists(
        st.builds(Port, port=NUMBER, protocol=st.sampled_from(["tcp", "udp"]) | BOUND), max_size=2
    ),
    environment=st.lists(
        st.builds(
            NamedValue, name=WORD, value=WORD, type=st.sampled_from(["plain", "secret"]) | BOUND
        ),
        max_size=3,
    ),
)
INPUTS = st.builds(
    DeployEcsServiceInputs,
    task_name=WORD,
    stack_name=WORD,
    cpu=WORD,
    memory=WORD,
    desired_count=NUMBER,
    assign_public_ip=FLAG,
    enable_ecs_managed_tags=FLAG,
    subnet_ids=st.lists(WORD, max_size=3),
    security_group_ids=st.lists(WORD, max_size=3),
    containers=st.lists(CONTAINER, max_size=2),
)


@given(inputs=INPUTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_document_laid_over_itself_by_its_own_form_is_unchanged(
    inputs: DeployEcsServiceInputs,
) -> None:
    whole = write_inputs(inputs)
    assert read_back(posted_form(html_of(shown_form(whole)))).inputs() == whole


@given(junk=st.text(max_size=40), name=st.sampled_from(sorted(sent(document()))))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_in_any_field_is_shown_again(junk: str, name: str) -> None:
    try:
        form = read_back(sent(document()) | {name: junk})
    except DamagedFormError:
        assert name.startswith("_")
        return
    form.place(KIND.check(form.inputs(), 2))
    assert html_of(form)
