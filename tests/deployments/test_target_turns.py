"""What a runner says is stored without secrets, wherever people can read it."""

from __future__ import annotations

import json

import pytest

from ecsportal.deployments.models import Deployment, State, TargetRun
from ecsportal.infrastructure.models import AwsAccount, Environment
from ecsportal.people.models import User
from ecsportal.steps import catalogue
from ecsportal.steps.contract import (
    Asks,
    Failed,
    JsonDict,
    Progress,
    RunContext,
    StepError,
    Succeeded,
)
from tests import builders
from tests.deployments.conftest import Queue, run
from tests.deployments.scripted_step import ScriptedRunner, ScriptedStep, scripted

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = 'wJalr"XUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'


class TellingRunner(ScriptedRunner):
    """AWS and containers echo a secret everywhere; the script says how it ends."""

    def start(self, run: RunContext) -> Progress:
        run.log.info(f"Signed with {SECRET}")
        run.resources["failed_tasks"] = [{"task": "a1", "log": [f"key={SECRET}", "bye"]}]
        run.resources["events"] = [{"at": "2026-11-20T14:00:00Z", "text": f"denied: {SECRET}"}]
        error = StepError("X", f"Refused: {SECRET}", details=(f"AWS: {SECRET}",))
        ends: dict[str, Progress] = {
            "fail": Failed(error),
            "ask": Asks(f"Go on with {SECRET}?", ("retry",), {"at": 1, "kept": SECRET}),
            "succeed": Succeeded({"Url": f"https://u:{SECRET}@host/"}),
        }
        return ends[run.inputs["script"][0]]


class TellingStep(ScriptedStep):
    slug = "telling"
    runner = TellingRunner()


@pytest.fixture
def secret(staging: Environment) -> None:
    account = AwsAccount.objects.get()
    account.secret_access_key = SECRET
    account.save()


def deploy(queue: Queue, how: str) -> tuple[Deployment, TargetRun]:
    catalogue.register(TellingStep())
    deployment = run(queue(scripted("First", how) | {"type": "telling"}))
    return deployment, TargetRun.objects.get(step_run__deployment=deployment)


def texts(*values: JsonDict | str | None) -> str:
    return json.dumps(values, ensure_ascii=False)


@pytest.mark.usefixtures("secret")
def test_a_failure_is_stored_without_the_secret_that_aws_echoed(queue: Queue) -> None:
    deployment, target = deploy(queue, "fail")
    assert deployment.state == State.FAILED
    stored = texts(target.resources, target.error, deployment.error)
    stored += " ".join(deployment.lines.values_list("text", flat=True))
    assert "XUtnFEMI" not in stored
    assert target.resources["failed_tasks"][0]["log"] == ["key=********", "bye"]
    assert target.error is not None
    assert target.error["message"] == "Refused: ********"
    assert target.error["details"] == ["AWS: ********"]


@pytest.mark.usefixtures("secret")
def test_outputs_are_stored_without_secrets(queue: Queue) -> None:
    _, target = deploy(queue, "succeed")
    assert target.outputs == {"Url": "https://u:********@host/"}


@pytest.mark.usefixtures("secret")
def test_a_question_is_asked_without_secrets_and_the_runner_keeps_its_state(queue: Queue) -> None:
    deployment, target = deploy(queue, "ask")
    assert deployment.question is not None
    assert deployment.question["text"] == "Go on with ********?"
    assert target.runner_state["kept"] == SECRET


@pytest.mark.usefixtures("secret")
def test_the_page_shows_none_of_it(queue: Queue, deployer: User) -> None:
    deployment, _ = deploy(queue, "fail")
    html = builders.signed_in(deployer).get(f"/deployments/{deployment.pk}/").content.decode()
    assert "Refused: ********" in html
    assert "XUtnFEMI" not in html
