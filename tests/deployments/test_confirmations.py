"""What has to be typed on the deploy page before a release may destroy something."""

from __future__ import annotations

import html as html_text
from typing import Any

import pytest
from django.test import Client

from ecsportal.deployments.models import Deployment
from ecsportal.projects.step_document import StepDocument
from ecsportal.releases.models import Release
from tests import builders
from tests.page_form import fields_of

pytestmark = pytest.mark.django_db


def deletion(name: str = "Clean up", stack: str = "shop-preview") -> dict[str, Any]:
    return StepDocument(
        slug=name.lower().replace(" ", "-"),
        name=name,
        type="delete-stack",
        version=1,
        target_tags=["web"],
        inputs={"stack_name": stack},
    ).model_dump()


def release_of(*steps: dict[str, Any]) -> Release:
    staging = builders.environment("Staging")
    builders.target("shop-staging", environments=[staging])
    return builders.release(builders.project("web-shop", steps=steps), "1.4.2")


@pytest.fixture
def client() -> Client:
    return builders.signed_in(builders.user_with_role(name="dora"))


URL = "/projects/web-shop/releases/1.4.2/deploy/staging/"


def posted(client: Client, **typed: str) -> Any:
    form = fields_of(client.get(URL).content.decode(), having="request_token")
    return client.post(URL, form | {f"confirm:{word}": text for word, text in typed.items()})


def test_the_page_says_what_is_deleted_and_asks_for_the_stack_s_name(client: Client) -> None:
    release_of(deletion())
    page = html_text.unescape(client.get(URL).content.decode())
    assert "Type shop-preview to agree" in page
    assert "Clean up deletes the stack shop-preview with all that it holds." in page


def test_nothing_is_queued_until_the_name_is_typed(client: Client) -> None:
    release_of(deletion())
    for typed in ({}, {"shop-preview": "shop"}, {"shop-preview": "Shop-Preview"}):
        answer = posted(client, **typed)
        assert answer.status_code == 422
        assert "Type shop-preview" in answer.content.decode()
    assert Deployment.objects.count() == 0
    assert posted(client, **{"shop-preview": "shop-preview"}).status_code == 302
    assert Deployment.objects.count() == 1


def test_each_stack_is_asked_for_once_with_its_variables_filled_in(client: Client) -> None:
    name = "preview-#{Octopus.Environment.Name | ToLower}"
    release_of(deletion(stack=name), deletion("Again", stack="preview-staging"))
    page = client.get(URL).content.decode()
    assert page.count("to agree</label>") == 1
    assert "Type preview-staging to agree" in page


def test_a_name_that_only_the_deployment_knows_asks_for_the_step_s(client: Client) -> None:
    release_of(deletion(stack="#{Octopus.Action[Make].Output.CloudFormationStackName}"))
    assert "Type Clean up to agree" in client.get(URL).content.decode()


def test_a_step_that_is_left_out_asks_for_nothing(client: Client) -> None:
    release_of(deletion(), deletion("Other", stack="other"))
    page = client.get(URL, {"skip_steps": "clean-up"}).content.decode()
    assert "Type shop-preview to agree" not in page
    assert "Type other to agree" in page


def test_a_release_that_destroys_nothing_asks_for_nothing(client: Client) -> None:
    staging = builders.environment("Staging")
    builders.target("shop-staging", environments=[staging])
    builders.release(builders.project("web-shop"), "1.4.2")
    assert "to agree" not in client.get(URL).content.decode()


def test_automation_has_decided_already() -> None:
    release = release_of(deletion())
    admin = builders.user_with_role(name="admin")
    answer = Client().post(
        f"/api/v1/releases/{release.pk}/deployments",
        {"environment": "staging"},
        content_type="application/json",
        headers={"X-API-Key": builders.api_key(admin)},
    )
    assert answer.status_code == 201
