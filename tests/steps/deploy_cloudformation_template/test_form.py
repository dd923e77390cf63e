"""The step's form through the editor's page: its fields are the template's parameters."""

from __future__ import annotations

import html as html_text
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.projects.queries import current_process
from tests import builders
from tests.posted_form import posted_form
from tests.steps.deploy_cloudformation_template.samples import LOGS

pytestmark = pytest.mark.django_db

NEW = "/projects/web-shop/process/new/deploy-cloudformation-template/"
IMAGE = "\nMetadata: {Image: '#{Octopus.Action.Package[nginx].Image}'}\n"


@pytest.fixture
def project() -> Project:
    builders.feed("Docker Hub")
    builders.target("Main", tags=["web"])
    return builders.project("Web shop")


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD, name="lea"))


def pasted(client: Client, text: str, **typed: str) -> str:
    """The page after that template was pasted into a new step."""
    form = posted_form(client.get(NEW).content.decode(), "step-form")
    answer = client.post(NEW, form | {"template": text, "_action": "refresh"} | typed)
    assert answer.status_code == 200
    return answer.content.decode()


def shown(page: str) -> str:
    return html_text.unescape(page)


def saved_inputs(project: Project) -> dict[str, Any]:
    saved = current_process(project)
    assert saved is not None
    inputs: dict[str, Any] = saved.steps[-1]["inputs"]
    return inputs


def test_each_parameter_of_a_pasted_template_has_its_field(lead: Client) -> None:
    page = pasted(lead, LOGS)
    form = posted_form(page, "step-form")
    assert (form["parameters.0.value"], form["parameters.1.value"]) == ("", "")
    assert "Where lines go. Needs a value." in shown(page)
    assert "0 given · 1 default · 1 missing" in shown(page)
    assert "3 (the template's default)" in shown(page)
    assert '<option value="7">7</option>' in page


def test_it_is_saved_with_what_was_typed(lead: Client, project: Project) -> None:
    form = posted_form(pasted(lead, LOGS), "step-form")
    typed = {
        "step_name": "Logs",
        "target_tags": "web",
        "stack_name": "shop-logs",
        "parameters.0.value": "/shop/web",
        "parameters.1.value": "7",
    }
    assert lead.post(NEW, form | typed).status_code == 302
    inputs = saved_inputs(project)
    assert inputs["template"] == LOGS
    assert inputs["parameters"] == [
        {"name": "Group", "value": "/shop/web"},
        {"name": "Days", "value": "7"},
    ]


def test_the_template_travels_once(lead: Client) -> None:
    page = pasted(lead, LOGS)
    assert "LogGroupName" not in posted_form(page, "step-form")["_base"]


def test_a_syntax_error_is_told_with_its_place_and_nothing_typed_is_lost(lead: Client) -> None:
    form = posted_form(pasted(lead, LOGS), "step-form")
    typed = {"parameters.0.value": "/shop/web", "template": LOGS + "  Broken: [", "step_name": "L"}
    answer = lead.post(NEW, form | typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 11, column 12" in shown(page)
    again = posted_form(page, "step-form")
    assert again["template"].endswith("Broken: [")
    mended = lead.post(NEW, again | {"template": LOGS, "_action": "refresh"})
    kept = posted_form(mended.content.decode(), "step-form")
    assert kept["parameters.0.value"] == "/shop/web"


def test_a_parameter_that_vanished_keeps_its_value_until_it_is_cleared(lead: Client) -> None:
    form = posted_form(pasted(lead, LOGS), "step-form")
    without = LOGS.replace("  Group: {Type: String, Description: Where lines go}\n", "").replace(
        "!Ref Group", "/shop"
    )
    changed = {"template": without, "parameters.0.value": "/shop/web", "step_name": "Logs"}
    page = lead.post(NEW, form | changed).content.decode()
    assert "The template has no parameter Group." in shown(page)
    again = posted_form(page, "step-form")
    assert (again["parameters.0.value"], again["parameters.1.value"]) == ("", "/shop/web")
    cleared = lead.post(NEW, again | {"parameters.1.value": "", "_action": "refresh"})
    assert "parameters.1.value" not in posted_form(cleared.content.decode(), "step-form")


def test_an_image_of_the_template_is_proposed_and_filled_from_the_step_that_has_it(
    lead: Client, project: Project
) -> None:
    form = posted_form(pasted(lead, LOGS + IMAGE), "step-form")
    assert form["images.0.reference"] == "nginx"
    saved = current_process(project)
    assert saved is not None
    (container,) = saved.steps[0]["inputs"]["containers"]
    assert form["images.0.repository"] == container["image"]["repository"]
    assert form["images.0.feed"] == container["image"]["feed"]


def test_parameters_of_a_template_in_s3_are_named_by_hand(lead: Client) -> None:
    page = pasted(lead, "", template_url="https://b.s3.amazonaws.com/k.yaml")
    form = posted_form(page, "step-form")
    added = lead.post(NEW, form | {"_action": "add:parameters"}).content.decode()
    assert "parameters.0.name" in posted_form(added, "step-form")


def test_a_secret_parameter_asks_for_a_variable(lead: Client) -> None:
    text = LOGS.replace("Group: {Type: String", "Group: {Type: String, NoEcho: true")
    assert "Secret: bind it to a sensitive variable." in shown(pasted(lead, text))


def test_the_template_is_shown_beside_the_form_as_it_is_read(lead: Client) -> None:
    page = pasted(lead, '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}')
    assert 'id="template-code"' in page


def test_a_long_template_costs_no_more_queries(
    lead: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    form = posted_form(pasted(lead, LOGS), "step-form")
    many = "".join(f"  P{n}: {{Type: String, Default: x}}\n" for n in range(150))
    with django_assert_max_num_queries(30):
        page = lead.post(
            NEW,
            form | {"template": LOGS.replace("Resources:", many + "Resources:", 1),
                    "_action": "refresh"},
        ).content.decode()  # fmt: skip
    assert "parameters.151.value" in posted_form(page, "step-form")
