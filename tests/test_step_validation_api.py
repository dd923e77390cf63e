"""What is wrong with a step is told alike by form, API, command and deployment."""

from __future__ import annotations

import copy
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest

from ecsportal.demo.sample import sample_step
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Portal, in_process_portal
from tests.posted_form import posted_form
from tests.steps.management.test_render_step import run as render_step

PROCESS = "/projects/web-shop/process"
EDITOR = f"{PROCESS}/deploy-web/"
DEVELOPMENT = {"environment": "development"}
Told = dict[str, str]


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """The sample's step with other values at these paths."""
    step = copy.deepcopy(sample_step())
    for path, value in changes:
        *way, last = [int(part) if part.isdecimal() else part for part in re.findall(r"\w+", path)]
        holder = step["inputs"]
        for part in way:
            holder = holder[part]
        holder[last] = value
    return step


def saved(portal: Portal, step: dict[str, Any], variables: dict[str, str] | None = None) -> None:
    entries = [{"name": name, "value": value} for name, value in (variables or {}).items()]
    answer = portal.api("PUT", "/projects/web-shop/variables", {"variables": entries})
    assert answer.status == 200, answer.body
    answer = portal.api("PUT", f"{PROCESS}?allow_problems=true", {"steps": [step]})
    assert answer.status == 200, answer.body


def told_by_the_api(portal: Portal, step: dict[str, Any]) -> Told:
    answer = portal.api("PUT", PROCESS, {"steps": [step]})
    assert answer.status == 422
    prefix = "steps[0].inputs."
    assert all(error["path"].startswith(prefix) for error in answer.body["errors"])
    return {error["path"].removeprefix(prefix): error["message"] for error in answer.body["errors"]}


def told_by_the_command(tmp_path: Path, step: dict[str, Any]) -> Told:
    file = tmp_path / "step.json"
    asked = {"type": step["type"], "version": 2, "inputs": step["inputs"], "strict": True}
    file.write_text(json.dumps(asked))
    code, out, err = render_step(str(file))
    assert (code, out) == (2, "")
    return dict(line.split(": ", 1) for line in err.splitlines())


def told_by_the_form(portal: Portal, step: dict[str, Any]) -> str:
    """The page's text; the step has to be saved before."""
    saved(portal, step)
    post = posted_form(portal.browser.get(EDITOR).content.decode(), "step-form")
    response = portal.browser.post(EDITOR, post)
    assert response.status_code == 422
    return html.unescape(response.content.decode())


def told_by_a_deployment(portal: Portal, step: dict[str, Any], variables: dict[str, str]) -> Told:
    """What the step's error lists; AWS wasn't asked for anything but who asks."""
    saved(portal, step, variables)
    release = portal.release()["id"]
    before = writes(portal)
    deployment = portal.finish(portal.deploy(release)["id"])
    assert deployment["state"] == "failed"
    assert deployment["error"]["code"] == "ECS-VALIDATION"
    assert deployment["error"]["message"].startswith("ECS Deploy Validation Error")
    assert writes(portal) == before
    log = portal.log_text(deployment["id"])
    return dict(re.findall(r"^\s*([a-z_]+(?:\[\d+\])?[\w.\[\]]*): (.*\.)$", log, re.M))


def writes(portal: Portal) -> dict[str, int]:
    return {
        name: count["count"]
        for name, count in portal.sandbox.calls().items()
        if name.startswith(("cloudformation.", "ecs."))
    }


CASES: list[tuple[str, Any, str]] = [
    (
        "cpu", "300",
        "Fargate has no task of 300 CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384 fits.",
    ),
    ("desired_count", -1, "Is -1; the least is 0."),
    (
        "subnet_ids[1]", "vpc-1",
        '"vpc-1" is not a subnet\'s id: subnet- and 8 or 17 of 0-9 and a-f.',
    ),
    ("containers[0].ports[0].port", 70000, "Is 70000; 1 to 65535 fits."),
    (
        "containers[1].user", "a:b:c",
        '"a:b:c" is no user: state user, user:group, uid or uid:gid.',
    ),
    ("containers[1].stop_timeout", 1, "Is 1; 2 to 120 seconds fits."),
]  # fmt: skip


@pytest.mark.parametrize("cases", [CASES, CASES[:1], CASES[3:5]], ids=["all", "one", "two"])
def test_four_doors_tell_the_same_messages_at_the_same_paths(
    portal: Portal, tmp_path: Path, cases: list[tuple[str, Any, str]]
) -> None:
    expected = {path: message for path, _, message in cases}
    step = changed(*((path, value) for path, value, _ in cases))
    assert told_by_the_command(tmp_path, step) == expected
    assert told_by_the_api(portal, step) == expected
    page = told_by_the_form(portal, step)
    assert [message for message in expected.values() if message not in page] == []
    variables = {f"V{number}": str(value) for number, (_, value, _) in enumerate(cases)}
    bound = changed(*((path, f"#{{V{n}}}") for n, (path, _, _) in enumerate(cases)))
    assert told_by_a_deployment(portal, bound, variables) == expected


def tags(*keys: str) -> tuple[str, list[dict[str, str]]]:
    return "tags", [{"key": key, "value": "x"} for key in keys]


@pytest.mark.parametrize(
    ("changes", "variables", "told"),
    [
        (
            [("task_name", "#{Empty}"), ("desired_count", "#{Empty}"), ("cpu", "#{Empty}"),
             ("security_group_ids", ["#{Empty}"]), ("assign_public_ip", "#{Empty}")],
            {"Empty": ""},
            {
                "desired_count": 'Has to be a whole number; it is "".',
                "assign_public_ip": 'Has to be true or false; it is "".',
            },
        ),
        (
            [("task_name", "#{Empty}"), ("cpu", "#{Empty}"), ("security_group_ids", ["#{Empty}"]),
             ("containers[1].name", "#{Empty}")],
            {"Empty": ""},
            {
                "task_name": "The task needs a name.",
                "cpu": "State the CPU units: 256, 512, 1024, 2048, 4096, 8192 or 16384 fits.",
                "security_group_ids[0]": "Name the security group, or remove the row.",
                "containers[1].name": "The container needs a name.",
            },
        ),
        (
            [("desired_count", "#{Text}"), ("minimum_healthy_percent", "#{Text}"),
             ("containers[0].memory", "#{Text}"), ("containers[1].ports[0].port", "#{Text}")],
            {"Text": "many"},
            dict.fromkeys(
                ("desired_count", "minimum_healthy_percent", "containers[0].memory",
                 "containers[1].ports[0].port"),
                'Has to be a whole number; it is "many".',
            ),
        ),
        (
            [tags("#{Key}", "#{Other}", "owner"), ("security_group_ids", ["#{Sg}", "#{Sg}"]),
             ("containers[1].ports", [{"port": "#{Port}"}, {"port": 9090}])],
            {"Key": "owner", "Other": "team", "Sg": "sg-0a1b2c3d4e5f60001", "Port": "9090"},
            {
                "tags[2].key": "owner is there already.",
                "security_group_ids[1]": "sg-0a1b2c3d4e5f60001 is there already.",
                "containers[1].ports[1].port": (
                    "Port 9090 is there already; a port has one protocol."
                ),
            },
        ),
    ],
    ids=["empty shapes", "empty rules", "text for numbers", "duplicates"],
)  # fmt: skip
def test_what_bound_values_turn_out_to_be_is_told_before_aws_is_asked(
    portal: Portal, changes: list[Any], variables: dict[str, str], told: Told
) -> None:
    assert told_by_a_deployment(portal, changed(*changes), variables) == told


def test_the_twenty_first_tag_is_told_and_nothing_is_deployed(portal: Portal) -> None:
    step = changed(tags(*(f"#{{Key{number}}}" for number in range(21))))
    assert told_by_the_api(portal, step) == {"tags": "Has 21 tags; AWS takes at most 20."}
    saved(portal, step)
    refused = portal.api("POST", f"/releases/{portal.release()['id']}/deployments", DEVELOPMENT)
    told = [(error["path"], error["message"]) for error in refused.body["errors"]]
    assert (refused.status, told) == (
        422, [("steps[0].inputs.tags", "Has 21 tags; AWS takes at most 20.")],
    )  # fmt: skip
