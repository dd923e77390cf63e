"""Making, changing and deleting projects."""

from __future__ import annotations

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.deployments.models import State
from ecsportal.people.models import User
from ecsportal.problems import Conflict, NameTaken, StaleRevision, ValidationProblem
from ecsportal.projects.models import Project
from ecsportal.projects.services import create_project, delete_project, update_project
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_new_project_has_a_slug_from_its_name_and_a_default_channel(administrator: User) -> None:
    project = create_project(name="  Web Shop ", description="Sells", by=administrator)

    assert (project.slug, project.name, project.description) == ("web-shop", "Web Shop", "Sells")
    channels = project.channels.values_list("slug", "name", "is_default")
    assert list(channels) == [("default", "Default", True)]
    event = AuditEvent.objects.get(action="project.created")
    assert (event.username, event.project_slug) == ("ada", "web-shop")
    assert event.after == {
        "name": "Web Shop",
        "description": "Sells",
        "slug": "web-shop",
        "guided_failure": "",
        "supersede_queued": False,
    }


def test_names_that_give_the_same_slug_are_numbered(administrator: User) -> None:
    create_project(name="Web shop", by=administrator)

    assert create_project(name="Web-shop", by=administrator).slug == "web-shop-2"


def test_a_project_called_new_does_not_take_the_address_of_the_form(administrator: User) -> None:
    assert create_project(name="New", by=administrator).slug == "new-project"


def test_a_name_in_use_is_refused_whatever_its_letter_case(administrator: User) -> None:
    create_project(name="Web shop", by=administrator)

    with pytest.raises(NameTaken) as refused:
        create_project(name="WEB SHOP", by=administrator)

    assert refused.value.errors[0].path == "name"


def test_a_slug_in_use_is_named_as_the_slug(administrator: User) -> None:
    create_project(name="Web shop", by=administrator)

    with pytest.raises(NameTaken) as refused:
        create_project(name="Another", slug="web-shop", by=administrator)

    assert refused.value.errors[0].path == "slug"


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a", "slug": "Not A Slug"}, "slug"),
        ({"name": "a", "slug": "new"}, "slug"),
        ({"name": "a", "description": "x" * 10_001}, "description"),
    ],
)
def test_values_that_break_a_rule_are_named(
    administrator: User, fields: dict[str, str], path: str
) -> None:
    with pytest.raises(ValidationProblem) as refused:
        create_project(by=administrator, **fields)

    assert [error.path for error in refused.value.errors] == [path]
    assert not Project.objects.exists()


def test_a_rename_keeps_the_slug_and_counts_the_edit(administrator: User) -> None:
    project = builders.project("Web shop")

    update_project(project, name="Shop", description="", by=administrator, expected_revision=1)

    project.refresh_from_db()
    assert (project.slug, project.name, project.revision) == ("web-shop", "Shop", 2)
    event = AuditEvent.objects.get(action="project.changed")
    assert (event.before, event.after) == ({"name": "Web shop"}, {"name": "Shop"})


def test_saving_the_same_again_changes_nothing(administrator: User) -> None:
    project = builders.project("Web shop")

    update_project(project, name="Web shop", description="", by=administrator)

    assert project.revision == 1
    assert not AuditEvent.objects.exists()


def test_a_second_editor_is_told_and_overwrites_nothing(administrator: User) -> None:
    project = builders.project("Web shop")
    theirs = Project.objects.get(pk=project.pk)
    update_project(theirs, name="Theirs", description="", by=administrator, expected_revision=1)

    with pytest.raises(StaleRevision) as stale:
        update_project(project, name="Mine", description="", by=administrator, expected_revision=1)

    assert stale.value.current == 2
    assert Project.objects.get().name == "Theirs"


def test_a_rename_to_a_name_in_use_is_refused(administrator: User) -> None:
    builders.project("Web shop")
    other = builders.project("Other")

    with pytest.raises(NameTaken):
        update_project(other, name="web shop", description="", by=administrator)


def test_deleting_takes_releases_and_deployments_along(administrator: User) -> None:
    project = builders.project("Web shop")
    release = builders.release(project)
    builders.deployment(release, builders.environment())

    delete_project(project, by=administrator)

    assert not Project.objects.exists()
    assert AuditEvent.objects.get().action == "project.deleted"


def test_a_project_that_deploys_is_not_deleted(administrator: User) -> None:
    project = builders.project("Web shop")
    running = builders.deployment(
        builders.release(project, "1.0"), builders.environment("Production"), state=State.EXECUTING
    )

    with pytest.raises(Conflict) as refused:
        delete_project(project, by=administrator)

    assert "Deploy 1.0 to Production" in refused.value.detail
    assert refused.value.extra["used_by"][0]["url"] == f"/deployments/{running.pk}/"
    assert Project.objects.exists()
