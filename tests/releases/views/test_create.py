"""The form that makes a release."""

from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.deployments.models import Deployment
from ecsportal.people.models import Role, User
from ecsportal.projects.models import Project
from ecsportal.releases.models import Release
from tests import builders
from tests.projects.views.test_projects import text
from tests.releases.conftest import step_from_shop
from tests.releases.registry import Registry

NEW = "/projects/web-shop/releases/new/"
REMOTE = f"/remote{NEW}"
IMAGE = f"{REMOTE}image/?step=deploy-web&reference=web"


@pytest.fixture
def client(administrator: User) -> Client:
    return builders.signed_in(administrator)


def test_the_page_proposes_a_number_and_asks_no_feed(
    client: Client, project: Project, registry: Registry
) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")

    page = text(client.get(NEW))

    assert 'value="1.4.3"' in page
    assert "The newest release is 1.4.2." in page
    assert 'hx-trigger="load"' in page
    assert f'hx-get="{REMOTE}image/?step=deploy-web' in page
    assert registry.asked == []


def test_without_script_every_image_has_a_field_with_its_last_tag(
    client: Client, project: Project
) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")

    assert 'name="image:deploy-web/web" value="1.4.2"' in text(client.get(NEW))


def test_a_row_picks_the_newest_tag_and_shows_its_digest(
    client: Client, project: Project, registry: Registry
) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")

    response = client.get(IMAGE)
    row = text(response)

    assert '<input type="hidden" name="image:deploy-web/web" value="1.4.3">' in row
    assert registry.digest("shop/web", "1.4.3") in row
    assert "was 1.4.2" in row
    assert row.index(">1.4.3<") < row.index(">1.4.1<") < row.index(">latest<")
    assert response["HX-Trigger-After-Settle"] == "image-loaded"


def test_a_row_can_keep_the_last_tag(client: Client, project: Project, registry: Registry) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")
    registry.digests["shop/web:1.4.2"] = "sha256:" + "9f2c47d1" * 8

    row = text(client.get(f"{IMAGE}&pick=last"))

    assert 'value="1.4.2"' in row
    assert "Same as 1.4.2" in row


def test_a_tag_pushed_again_is_a_warning(client: Client, project: Project) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")

    assert "Pushed again" in text(client.get(f"{IMAGE}&pick=last"))


def test_a_typed_tag_that_does_not_exist_is_said_in_its_row(
    client: Client, project: Project
) -> None:
    row = text(client.get(f"{IMAGE}&typed=9.9.9&picked=1"))

    assert "9.9.9" in row
    assert "Push it, or choose another" in row
    assert "data-focus" in row


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_feed_that_refuses_turns_the_picker_into_a_field(
    client: Client, project: Project, registry: Registry, status: int
) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")
    registry.status = status

    row = text(client.get(IMAGE))

    assert 'name="image:deploy-web/web" value="1.4.2"' in row
    assert "The release can be created either way" in row
    assert "Try again" in row


def test_the_picker_is_filtered_by_what_is_typed(client: Client, project: Project) -> None:
    options = text(client.get(f"{REMOTE}tags/?step=deploy-web&reference=web&typed=1.4.1"))

    assert ">1.4.1<" in options
    assert ">1.4.2<" not in options


def test_an_image_that_left_the_process_is_404(client: Client, project: Project) -> None:
    assert client.get(f"{REMOTE}image/?step=deploy-web&reference=gone").status_code == 404


def test_the_hint_under_the_number_names_a_free_one(client: Client, project: Project) -> None:
    builders.release(project, "1.0.0")

    assert "1.0.0 is taken. 1.0.1 is free." in text(client.get(f"{NEW}version/?version=1.0.0"))
    assert "Free." in text(client.get(f"{NEW}version/?version=1.0.1"))
    assert "at least one digit" in text(client.get(f"{NEW}version/?version=new"))


def test_the_side_panel_names_changed_images_and_steps(
    client: Client, project: Project, administrator: User
) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")
    builders.process(project, [step_from_shop() | {"attempts": 2}])

    panel = text(client.get(f"{NEW}changes/", {"image:deploy-web/web": "1.4.3"}))

    assert "1.4.2" in panel
    assert "1.4.3" in panel
    assert "Deploy web: attempts 1 → 2" in panel


def test_all_rows_are_picked_anew_or_keep_their_tags(client: Client, project: Project) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")

    last = text(client.get(f"{NEW}images/?pick=last"))
    kept = text(client.get(f"{NEW}images/", {"anew": "1", "image:deploy-web/web": "1.4.1"}))

    assert "pick=last" in last
    assert "tag=1.4.1" in kept


def test_a_release_is_created(client: Client, project: Project) -> None:
    response = client.post(
        REMOTE,
        {"version": "2.0", "image:deploy-web/web": "1.4.1", "notes": "**Faster**"},
    )

    assert response.headers["Location"] == "/projects/web-shop/releases/2.0/"
    assert Release.objects.get().images.get().tag == "1.4.1"


def test_the_contracted_address_takes_the_form_too(client: Client, project: Project) -> None:
    sent = client.post(NEW, {"version": "2.0"})
    assert (sent.status_code, sent.headers["Location"]) == (307, REMOTE)  # posted again over there

    client.post(REMOTE, {"version": "2.0"})
    assert client.get(REMOTE).headers["Location"] == NEW
    assert Release.objects.get().images.get().tag == "1.4.3"


def test_a_release_is_created_and_deployed_in_one_click(client: Client, project: Project) -> None:
    development = builders.environment("Development", order=1)
    builders.environment("Production", order=2)
    builders.target(environments=[development])
    assert "and deploy to Development" in text(client.get(NEW))
    form = {"version": "2.0", "deploy": "on", "request_token": "form-1"}

    first = client.post(REMOTE, form)
    again = client.post(REMOTE, form)

    deployment = Deployment.objects.get()
    assert deployment.environment == development
    assert first.headers["Location"] == f"/deployments/{deployment.pk}/"
    assert again.headers["Location"] == first.headers["Location"]


def test_a_release_that_cannot_be_deployed_is_created_all_the_same(
    client: Client, project: Project
) -> None:
    builders.environment("Development")

    response = client.post(REMOTE, {"version": "2.0", "deploy": "on"}, follow=True)

    assert "2.0 is created, and not deployed to Development" in text(response)
    assert Release.objects.count() == 1


def test_a_number_taken_meanwhile_becomes_the_next_free_one_and_nothing_is_lost(
    client: Client, project: Project
) -> None:
    builders.release(project, "1.0.0")

    response = client.post(
        REMOTE, {"version": "1.0.0", "notes": "Mine", "image:deploy-web/web": "1.4.1"}
    )
    page = text(response)

    assert response.status_code == 422
    assert "There is a release 1.0.0 already. 1.0.1 is free." in page
    assert 'name="version" value="1.0.1"' in page
    assert "Mine</textarea>" in page
    assert 'name="image:deploy-web/web" value="1.4.1"' in page


def test_an_unknown_tag_is_said_beside_its_image(client: Client, project: Project) -> None:
    response = client.post(REMOTE, {"version": "2.0", "image:deploy-web/web": "9.9.9"})

    assert response.status_code == 422
    assert text(response).count("shop/web has no tag 9.9.9.") == 2  # in the list, in the row
    assert not Release.objects.exists()


def test_a_copy_brings_tags_and_notes(client: Client, project: Project) -> None:
    release = builders.release(project, "1.4.1", tag="1.4.1")
    Release.objects.filter(pk=release.pk).update(notes="Gift cards")

    page = text(client.get(f"{NEW}?copy=1.4.1"))

    assert "A copy of 1.4.1" in page
    assert "Gift cards</textarea>" in page
    assert "tag=1.4.1" in page


def test_a_process_without_steps_leads_to_the_process(client: Client) -> None:
    builders.project("Web shop", steps=[])

    page = text(client.get(NEW))

    assert "has no steps yet" in page
    assert 'href="/projects/web-shop/process/"' in page
    assert client.post(REMOTE, {"version": "1.0"}).status_code == 422


def test_a_process_with_problems_says_so(client: Client, project: Project) -> None:
    builders.process(project, [step_from_shop() | {"target_tags": []}])

    assert "Deploy web has 1 problem." in text(client.get(NEW))


def test_deployers_may_not_create_releases(project: Project) -> None:
    client = builders.signed_in(builders.user_with_role(Role.DEPLOYER))

    for path in (NEW, IMAGE, f"{NEW}images/", f"{NEW}changes/", f"{NEW}version/"):
        assert client.get(path).status_code == 403
    assert client.post(REMOTE, {"version": "1.0"}).status_code == 403
