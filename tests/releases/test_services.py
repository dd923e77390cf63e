"""Creating and deleting releases."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments.models import State
from ecsportal.infrastructure.models import Feed
from ecsportal.people.models import User
from ecsportal.problems import Conflict, ValidationProblem
from ecsportal.projects.models import Project
from ecsportal.projects.process import delete_step, set_step_disabled
from ecsportal.releases.activity import activities_of
from ecsportal.releases.choosing import choose_all
from ecsportal.releases.models import Release
from ecsportal.releases.proposal import NeededImage
from ecsportal.releases.services import VersionTaken, create_release, delete_release
from tests import builders
from tests.releases.conftest import step_from_shop
from tests.releases.registry import Registry

pytestmark = pytest.mark.django_db


def errors_of(refused: pytest.ExceptionInfo[ValidationProblem]) -> list[tuple[str, str]]:
    return [(error.path, error.code) for error in refused.value.errors]


def test_a_release_takes_the_next_number_and_the_newest_tags(
    project: Project, registry: Registry, administrator: User
) -> None:
    builders.release(project, "1.4.2", tag="1.4.2")

    release = create_release(project, by=administrator, notes="  Faster  ")

    assert (release.version, release.notes, release.channel.slug) == ("1.4.3", "Faster", "default")
    assert release.process.number == 1
    image = release.images.get()
    assert (image.step, image.reference, image.feed) == ("deploy-web", "web", "shop")
    assert (image.tag, image.image) == ("1.4.3", "registry.example.com/shop/web:1.4.3")
    assert image.digest == registry.digest("shop/web", "1.4.3")
    event = AuditEvent.objects.get(action="release.created")
    assert event.after is not None
    assert event.after["images"] == {"deploy-web/web": "1.4.3"}


def test_tags_can_be_named(project: Project, administrator: User) -> None:
    release = create_release(
        project, by=administrator, version="2.0", images={"deploy-web/web": "1.4.1"}
    )

    assert (release.version, release.images.get().tag) == ("2.0", "1.4.1")


def test_a_feed_that_is_silent_is_named_as_people_call_it(registry: Registry) -> None:
    Feed.objects.filter(slug="shop").update(name="Shop ECR")
    registry.silent.set()
    need = NeededImage("deploy-web", "Deploy web", "web", "web", "shop", "shop/web", "1.4.1")

    [chosen] = choose_all([need], {}, seconds=0.2)

    said = "The feed Shop ECR doesn't answer in time."
    assert (chosen.tag, chosen.problem) == ("1.4.1", said)


def test_a_release_stays_what_it_was_when_the_process_changes(
    project: Project, administrator: User
) -> None:
    release = create_release(project, by=administrator)

    delete_step(project, "deploy-web", by=administrator)

    release.refresh_from_db()
    assert [step["slug"] for step in release.process.steps] == ["deploy-web"]


def test_a_taken_number_is_refused_with_a_free_one(project: Project, administrator: User) -> None:
    builders.release(project, "1.0.0")

    with pytest.raises(VersionTaken) as refused:
        create_release(project, by=administrator, version="1.0.0")

    assert refused.value.next_free == "1.0.1"
    assert refused.value.as_json()["next_free"] == "1.0.1"
    assert errors_of(refused) == [("version", "taken")]


def test_a_form_posted_twice_creates_one_release(project: Project, administrator: User) -> None:
    first = create_release(project, by=administrator, version="1.0.0", request_token="form-1")
    again = create_release(project, by=administrator, version="1.0.0", request_token="form-1")

    assert again == first
    assert Release.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"version": "a/b"}, ("version", "pattern")),
        ({"notes": "x" * 100_001}, ("notes", "too_long")),
        ({"images": {"deploy-web/api": "1"}}, ("images.deploy-web/api", "unknown")),
        ({"images": {"deploy-web/web": "-1"}}, ("images.deploy-web/web", "pattern")),
        ({"images": {"deploy-web/web": "9.9.9"}}, ("images.deploy-web/web", "unknown_tag")),
    ],
)
def test_what_breaks_a_rule_is_named(
    project: Project,
    administrator: User,
    fields: dict[str, str],
    expected: tuple[str, str],
) -> None:
    with pytest.raises(ValidationProblem) as refused:
        create_release(project, by=administrator, **fields)  # type: ignore[arg-type]

    assert errors_of(refused) == [expected]
    assert not Release.objects.exists()


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_feed_that_refuses_leaves_the_digest_empty(
    project: Project, registry: Registry, administrator: User, status: int
) -> None:
    registry.status = status

    release = create_release(project, by=administrator, images={"deploy-web/web": "1.4.2"})

    image = release.images.get()
    assert (image.tag, image.digest) == ("1.4.2", "")


def test_a_feed_that_refuses_keeps_the_last_tag(
    project: Project, registry: Registry, administrator: User
) -> None:
    builders.release(project, "1.4.1", tag="1.4.1")
    registry.status = 500

    assert create_release(project, by=administrator).images.get().tag == "1.4.1"


def test_without_feed_and_last_release_a_tag_has_to_be_typed(
    project: Project, registry: Registry, administrator: User
) -> None:
    registry.status = 500

    with pytest.raises(ValidationProblem) as refused:
        create_release(project, by=administrator)

    assert errors_of(refused) == [("images.deploy-web/web", "missing")]


def test_a_feed_that_is_gone_is_named(project: Project, administrator: User) -> None:
    Feed.objects.all().delete()

    with pytest.raises(ValidationProblem) as refused:
        create_release(project, by=administrator, images={"deploy-web/web": "1"})

    assert errors_of(refused) == [("images.deploy-web/web", "unknown_feed")]


def test_a_process_without_steps_has_nothing_to_release(administrator: User) -> None:
    project = builders.project(steps=[])

    with pytest.raises(Conflict) as refused:
        create_release(project, by=administrator)

    assert refused.value.code == "NOTHING_TO_RELEASE"
    assert "no steps" in refused.value.detail


def test_disabled_steps_need_no_tags(
    project: Project, administrator: User, registry: Registry
) -> None:
    builders.process(project, [step_from_shop(), step_from_shop("Deploy api", "shop/gone")])
    set_step_disabled(project, "deploy-api", disabled=True, by=administrator)

    assert [i.step for i in create_release(project, by=administrator).images.all()] == [
        "deploy-web"
    ]

    set_step_disabled(project, "deploy-web", disabled=True, by=administrator)
    with pytest.raises(Conflict):
        create_release(project, by=administrator)


def test_a_process_with_problems_can_be_released(project: Project, administrator: User) -> None:
    # Deployments are refused until it is mended; the release itself may exist.
    builders.process(project, [step_from_shop() | {"target_tags": []}])

    assert create_release(project, by=administrator).process.number == 2


def test_deleting_takes_the_deployments_along(project: Project, administrator: User) -> None:
    release = builders.release(project, "1.0")
    builders.deployment(release, builders.environment(), state=State.FAILED)

    delete_release(release, by=administrator)

    assert not Release.objects.exists()
    event = AuditEvent.objects.get()
    assert (event.action, event.subject) == ("release.deleted", "Web shop 1.0")


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.QUEUED, State.EXECUTING])
def test_a_release_that_runs_somewhere_or_is_about_to_is_not_deleted(
    project: Project, administrator: User, state: State
) -> None:
    release = builders.release(project, "1.0")
    running = builders.deployment(release, builders.environment("Production"), state=state)

    with pytest.raises(Conflict) as refused:
        delete_release(release, by=administrator)

    assert "Deploy 1.0 to Production" in refused.value.detail
    assert [use["slug"] for use in refused.value.extra["used_by"]] == [str(running.pk)]
    assert Release.objects.exists()


def test_what_still_needs_a_release_is_one_query_whatever_its_history(
    project: Project, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    production, release = builders.environment("Production"), builders.release(project, "1.0")
    for _ in range(3):
        newest = builders.deployment(release, production)
    with django_assert_num_queries(1):
        assert [use.slug for use in activities_of(release)] == [str(newest.pk)]


def test_a_release_that_another_one_replaced_is_deleted(
    project: Project, administrator: User
) -> None:
    production = builders.environment()
    old, new = builders.release(project, "1.0"), builders.release(project, "1.1")
    builders.deployment(old, production)
    builders.deployment(new, production)

    delete_release(old, by=administrator)

    assert list(Release.objects.values_list("version", flat=True)) == ["1.1"]
