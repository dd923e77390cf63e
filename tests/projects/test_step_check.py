"""What AWS and linters say of a step while it is edited."""

from __future__ import annotations

import html as html_text
import re
from typing import Any

import pytest
from django.test import Client

from ecsportal.deployments.models import StackBinding
from ecsportal.infrastructure.models import Environment
from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.posted_form import posted_form
from tests.steps.deploy_cloudformation_template.samples import LOGS

pytestmark = pytest.mark.django_db

NEW = "/projects/web-shop/process/new/deploy-cloudformation-template/"
CHECK = f"/remote{NEW}check/"


@pytest.fixture
def project(sandbox: RunningSandbox) -> Project:
    account = builders.account("shop", endpoint_url=sandbox.url)
    staging = builders.environment("Staging")
    builders.target("Main", account=account, tags=["web"], environments=[staging])
    return builders.project("Web shop")


@pytest.fixture
def lead(project: Project) -> Client:
    return builders.signed_in(builders.user_with_role(Role.LEAD, name="lea"))


def checked(client: Client, template: str, **typed: str) -> str:
    """What the check says of a new template step, as text."""
    form = posted_form(client.get(NEW).content.decode(), "step-form")
    sent = form | {"template": template, "target_tags": "web", "stack_name": "logs"} | typed
    answer = client.post(CHECK, sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return words(answer)


def words(answer: Any) -> str:
    text = html_text.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return " ".join(text.split())


def test_cloudformation_names_what_is_missing(lead: Client) -> None:
    said = checked(lead, LOGS)
    assert "The template needs a value for Group" in said
    assert "Asked for Main in Staging." in said


def test_cloudformation_s_own_words_are_told(lead: Client) -> None:
    said = checked(lead, "Resources:\n  A: {Type: 'AWS::SNS::Topic', DependsOn: B}\n")
    assert "CloudFormation doesn't take the template" in said
    assert "Unresolved resource dependencies [B]" in said


def test_cfn_lint_s_advice_has_its_line(lead: Client) -> None:
    template = "Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Properties: {Nonsense: 1}\n"
    said = checked(lead, template)
    assert "Line 4: Additional properties are not allowed ('Nonsense' was unexpected)" in said
    assert "cfn-lint E3002" in said


def test_a_template_in_order_is_told_so(lead: Client) -> None:
    said = checked(lead, "Resources:\n  A: {Type: 'AWS::SNS::Topic'}\n")
    assert said == "Nothing in AWS stands in the way Asked for Main in Staging."


def test_images_are_filled_in_and_other_expressions_are_waited_for(lead: Client) -> None:
    template = "Resources:\n  A: {Type: 'AWS::SNS::Topic', Metadata: {I: #{X}}}\n".replace(
        "#{X}", "'#{Octopus.Action.Package[web].Image}'"
    )
    form = posted_form(lead.get(NEW).content.decode(), "step-form")
    page = lead.post(NEW, form | {"template": template, "_action": "refresh"})
    typed = posted_form(page.content.decode(), "step-form")
    images = {name: value for name, value in typed.items() if name in ("_base", "images.0.feed")}
    assert "Nothing in AWS" in checked(lead, template, **images)
    waits = checked(lead, LOGS + "# #{Octopus.Action[A].Output.X}\n")
    assert "The template is known only when it is deployed" in waits


def test_without_a_target_nobody_can_be_asked(lead: Client) -> None:
    said = checked(lead, LOGS, target_tags="nobody")
    assert said.endswith("there is no account to ask.")


def test_without_javascript_the_page_comes_back_with_the_answer(lead: Client) -> None:
    form = posted_form(lead.get(NEW).content.decode(), "step-form")
    answer = lead.post(CHECK, form | {"template": LOGS, "target_tags": "web"})
    assert answer.status_code == 200
    assert "The template needs a value for Group" in words(answer)
    assert posted_form(answer.content.decode(), "step-form")["template"].split() == LOGS.split()


def test_a_stored_step_is_checked_as_it_is_typed(lead: Client) -> None:
    page = "/projects/web-shop/process/deploy-web/"
    form = posted_form(lead.get(page).content.decode(), "step-form")
    role = "arn:aws:iam::123456789012:role/nobody"
    answer = lead.post(
        f"/remote{page}check/", form | {"task_role_arn": role}, headers={"HX-Request": "true"}
    )
    assert "Task role nobody doesn't exist" in words(answer)


def test_a_step_is_checked_against_the_stack_it_was_bound_to(
    lead: Client, project: Project, sandbox: RunningSandbox
) -> None:
    sandbox.client("cloudformation").create_stack(
        StackName="as-it-was",
        TemplateBody="Resources:\n  G: {Type: 'AWS::Logs::LogGroup',"
        " Properties: {LogGroupName: /ecs/web}}",
    )
    sandbox.advance(60)
    assert "/ecs/web exists" in words(check_stored(lead))
    binding = StackBinding.objects.create(
        project=project,
        environment=Environment.objects.get(),
        step="deploy-web",
        target="main",
        stack_name="as-it-was",
    )
    assert "/ecs/web" not in words(check_stored(lead))
    binding.configured = "elsewhere"  # the step's own name has changed since: it moves on
    binding.save()
    assert "/ecs/web exists" in words(check_stored(lead))


def check_stored(client: Client) -> Any:
    page = "/projects/web-shop/process/deploy-web/"
    form = posted_form(client.get(page).content.decode(), "step-form")
    return client.post(f"/remote{page}check/", form, headers={"HX-Request": "true"})


def test_steps_that_aws_knows_nothing_of_have_no_check(lead: Client) -> None:
    page = "/projects/web-shop/process/new/http-check/"
    assert "Check with AWS" not in lead.get(page).content.decode()
    assert lead.post(f"/remote{page}check/").status_code == 404
