from __future__ import annotations

import pytest

from ecsportal.audit.models import AuditEvent
from ecsportal.people.models import Role, User
from ecsportal.people.permissions import Grant, Permission, may, read_grants
from ecsportal.people.services.grants import LastAdministrator, describe_grants
from ecsportal.people.services.users import (
    create_user,
    deactivate_user,
    edit_profile,
    edit_user,
    set_password,
)
from ecsportal.problems import NameTaken, NotAllowed, ValidationProblem
from tests.builders import PASSWORD, environment, project, user_with_role

pytestmark = pytest.mark.django_db
EVERYWHERE = None


def _grant(role: str, projects: object = EVERYWHERE, environments: object = EVERYWHERE) -> Grant:
    return Grant(role, projects, environments)  # type: ignore[arg-type]


def _last_event() -> tuple[str, str, object, object]:
    event = AuditEvent.objects.latest("pk")
    return event.action, event.subject, event.before, event.after


def test_a_new_user_holds_the_given_roles_and_the_trail_says_so() -> None:
    shop, production = project("Web shop"), environment("Production")

    user = create_user(
        "maya",
        by=user_with_role(),
        password="an unusual one",
        grants=[
            _grant(Role.VIEWER),
            _grant(Role.DEPLOYER, frozenset({shop.pk}), frozenset({production.pk})),
        ],
    )

    assert describe_grants(user) == [
        "Deployer: web-shop in production",
        "Viewer: all projects",
    ]
    assert may(user, Permission.DEPLOYMENT_CREATE, project_id=shop.pk, environment_id=production.pk)
    assert not may(user, Permission.DEPLOYMENT_CREATE, project_id=shop.pk + 1)
    assert _last_event() == (
        "user.created",
        "maya",
        None,
        {
            "display_name": "",
            "time_zone": "",
            "roles": ["Deployer: web-shop in production", "Viewer: all projects"],
        },
    )


def test_a_user_without_a_password_cannot_sign_in() -> None:
    user = create_user("robot", by=user_with_role())

    assert not user.has_usable_password()


@pytest.mark.parametrize(
    ("given", "path", "code"),
    [
        ({"username": ""}, "username", "missing"),
        ({"username": "two words"}, "username", "characters"),
        ({"username": "x" * 151}, "username", "too_long"),
        ({"password": "short"}, "password", "weak"),
        ({"password": "maya-the-user", "username": "maya-the-user"}, "password", "weak"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "unknown"),
    ],
)
def test_a_user_that_breaks_a_rule_is_refused(given: dict[str, str], path: str, code: str) -> None:
    fields = {"username": "maya", "password": "an unusual one"} | given

    with pytest.raises(ValidationProblem) as refused:
        create_user(fields.pop("username"), by=user_with_role(), **fields)

    assert [(error.path, error.code) for error in refused.value.errors] == [(path, code)]


@pytest.mark.parametrize("name", ["maya", "MAYA"])
def test_a_name_belongs_to_one_user_whatever_its_case(name: str) -> None:
    create_user("maya", by=None)

    with pytest.raises(NameTaken):
        create_user(name, by=None)


def test_a_role_limited_to_nothing_is_refused() -> None:
    with pytest.raises(ValidationProblem) as refused:
        create_user("maya", by=None, grants=[_grant(Role.LEAD, frozenset())])

    assert [error.path for error in refused.value.errors] == ["roles[0].projects"]
    assert not User.objects.filter(username="maya").exists()


def test_an_edit_that_changes_nothing_leaves_no_trace() -> None:
    by = user_with_role()
    user = create_user("maya", by=by, grants=[_grant(Role.VIEWER)])
    count = AuditEvent.objects.count()

    edit_user(user, by=by, display_name="", time_zone="", grants=read_grants(user))

    assert AuditEvent.objects.count() == count


def test_an_edit_tells_only_what_changed() -> None:
    by = user_with_role()
    user = create_user("maya", by=by, grants=[_grant(Role.VIEWER)])

    edit_user(user, by=by, display_name="Maya", time_zone="", grants=[_grant(Role.LEAD)])

    assert _last_event() == (
        "user.changed",
        "maya",
        {"display_name": "", "roles": ["Viewer: all projects"]},
        {"display_name": "Maya", "roles": ["Lead: all projects"]},
    )
    assert may(user, Permission.RELEASE_CREATE)


def test_the_last_administrator_keeps_the_role() -> None:
    only = user_with_role(Role.ADMINISTRATOR)
    user_with_role(Role.ADMINISTRATOR, projects=[project()])

    with pytest.raises(LastAdministrator):
        edit_user(only, by=only, display_name="", time_zone="", grants=[_grant(Role.LEAD)])

    assert describe_grants(only) == ["Administrator: all projects"]


def test_the_last_administrator_is_not_deactivated() -> None:
    only, lead = user_with_role(Role.ADMINISTRATOR), user_with_role(Role.LEAD)

    with pytest.raises(LastAdministrator):
        deactivate_user(only, by=lead)

    assert User.objects.get(pk=only.pk).is_active


def test_nobody_deactivates_themselves() -> None:
    user_with_role()
    one = user_with_role()

    with pytest.raises(NotAllowed):
        deactivate_user(one, by=one)


def test_a_deactivated_user_may_nothing() -> None:
    user = user_with_role(Role.LEAD)

    deactivate_user(user, by=user_with_role())

    assert not may(User.objects.get(pk=user.pk), Permission.PROJECT_VIEW)
    assert _last_event()[0] == "user.deactivated"


def test_a_changed_password_shows_in_the_trail_only_as_changed() -> None:
    user = user_with_role()

    set_password(user, "an unusual one", by=user, current=PASSWORD)

    assert user.check_password("an unusual one")
    assert _last_event()[3] == {"password": "(changed)"}


def test_people_need_their_present_password_for_a_new_one() -> None:
    user = user_with_role()

    with pytest.raises(ValidationProblem) as refused:
        set_password(user, "an unusual one", by=user, current="wrong")

    assert [error.path for error in refused.value.errors] == ["current"]


def test_a_profile_takes_a_known_zone_only() -> None:
    user = user_with_role()

    edit_profile(user, display_name=" Maya ", time_zone="Europe/Berlin")
    with pytest.raises(ValidationProblem):
        edit_profile(user, display_name="Maya", time_zone="Berlin")

    assert (user.display_name, user.time_zone) == ("Maya", "Europe/Berlin")
