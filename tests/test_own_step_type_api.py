"""A step type that is added at run time: nothing else of the portal has to know it."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from ecsportal.sandbox.server import RunningSandbox
from ecsportal.steps import catalogue
from ecsportal.steps.contract import Cancelled, JsonDict, Progress, RunContext, Succeeded
from ecsportal.steps.fields import Number, StepModel, Text
from ecsportal.steps.forms.parts import Field, Section
from ecsportal.steps.modelled import ModelledStep, read_model
from ecsportal.steps.problems import Problem
from tests.in_process_portal import Portal, in_process_portal
from tests.page_form import fields_of

SLUG = "greet"
PROCESS = "/projects/web-shop/process"


class GreetInputs(StepModel):
    """Whom to greet, and how often."""

    whom: Text = ""
    times: Number = 1


class Greeter:
    """Greets in the log."""

    def start(self, run: RunContext) -> Progress:
        inputs = read_model(GreetInputs, run.inputs)
        for _ in range(int(inputs.times)):
            run.log.info(f"Hello {inputs.whom} on {run.target.name}")
        return Succeeded({"Greeted": inputs.whom})

    def poll(self, run: RunContext, state: JsonDict) -> Progress:
        return self.start(run)

    def cancel(self, run: RunContext, state: JsonDict) -> Progress:
        return Cancelled()


class Greet(ModelledStep[GreetInputs]):
    """All that a folder `steps/greet/` would hold."""

    slug = SLUG
    name = "Greet somebody"
    summary = "Writes a greeting into the log."
    choose_when = "Somebody should feel welcome."
    model = GreetInputs
    runs_on_targets = True
    runner = Greeter()

    def sections(self) -> Sequence[Section]:
        parts = (Field("whom", "Whom"), Field("times", "How often", kind="number"))
        return (Section("greeting", "Greeting", parts, self.summarise, open_at_first=True),)

    def rules(self, inputs: GreetInputs) -> list[Problem]:
        return [] if inputs.whom else [Problem("whom", "Name somebody.", "missing")]

    def summarise(self, inputs: JsonDict) -> str:
        return f"Greets {inputs.get('whom') or 'nobody yet'}"


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Iterator[Portal]:
    catalogue.register(Greet())
    yield in_process_portal(sandbox)
    catalogue.unregister(SLUG)


def page(portal: Portal, path: str) -> str:
    answer = portal.browser.get(path)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def post(portal: Portal, path: str, **typed: Any) -> Any:
    """The page's form with these fields typed over it, saved."""
    fields = fields_of(portal.browser.get(path).content.decode(), having="whom")
    changed = {name: [value] for name, value in typed.items()}
    return portal.browser.post(path, {**fields, **changed, "action": "save"})


def test_it_is_described_on_its_page_saved_and_deployed(portal: Portal) -> None:
    assert "Somebody should feel welcome." in page(portal, f"{PROCESS}/add/")
    new = f"{PROCESS}/new/{SLUG}/"
    refused = post(portal, new, step_name="Greet", target_tags="web", whom="")
    assert refused.status_code == 422
    assert "Name somebody." in html.unescape(refused.content.decode())
    saved = post(portal, new, step_name="Greet", target_tags="web", whom="#{Octopus.Project.Name}")
    assert saved.status_code == 302
    assert "Greets #{Octopus.Project.Name}" in page(portal, f"{PROCESS}/")
    web, greet = portal.api("GET", PROCESS).body["steps"]
    assert greet["inputs"] == {"whom": "#{Octopus.Project.Name}", "times": 1}
    portal.api("PUT", PROCESS, {"steps": [greet]})
    ended = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert ended["state"] == "succeeded"
    assert "Hello Web shop on shop-development" in portal.log_text(ended["id"])
    shown = page(portal, f"/deployments/{ended['id']}/")
    assert "1 Greet" in shown
    assert "Greeted" in shown
    assert web["type"] == "deploy-ecs-service"


def test_the_api_tells_its_schema_and_takes_it_in_json_and_yaml(portal: Portal) -> None:
    assert SLUG in {each["type"] for each in portal.api("GET", "/step-types").body}
    schema = portal.api("GET", f"/step-types/{SLUG}/1/schema").body
    assert set(schema["properties"]) == {"whom", "times"}
    assert SLUG in str(portal.api("GET", "/process-schema").body)
    step = {"name": "Greet", "type": SLUG, "target_tags": ["web"], "inputs": {"whom": "a", "o": 1}}
    answer = portal.api("PUT", PROCESS, {"steps": [step]})
    assert answer.status == 422
    assert [each["path"] for each in answer.body["errors"]] == ["steps[0].inputs.o"]
    step["inputs"] = {"whom": "#{Octopus.Environment.Name}", "times": "2"}
    assert portal.api("PUT", PROCESS, {"steps": [step]}).status == 200
    text = page(portal, f"{PROCESS}/text/")
    assert f"type: {SLUG}" in text
    ended = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert portal.log_text(ended["id"]).count("Hello Development on shop-development") == 2
    assert ended["outputs"]["Greet"] == {"Greeted": "Development"}


def test_a_process_whose_type_is_gone_is_told_and_stays(portal: Portal) -> None:
    step = {"name": "Greet", "type": SLUG, "target_tags": ["web"], "inputs": {"whom": "a"}}
    portal.api("PUT", PROCESS, {"steps": [step]})
    release = portal.release()
    catalogue.unregister(SLUG)
    assert f'There is no step type "{SLUG}" any more.' in page(portal, f"{PROCESS}/")
    answer = portal.api("POST", f"/releases/{release['id']}/deployments",
                        {"environment": "development"})  # fmt: skip
    assert answer.status == 422
    assert portal.api("GET", PROCESS).body["steps"][0]["inputs"] == {"whom": "a"}
