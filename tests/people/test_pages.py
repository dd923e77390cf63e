"""Settings: profile, people, API keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from ecsportal.people.models import ApiKey, Role, User
from ecsportal.people.services.api_keys import create_api_key, find_api_key
from ecsportal.people.services.grants import describe_grants
from tests.builders import PASSWORD, environment, project, signed_in, user_with_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator_page() -> Client:
    """A browser of an administrator, one of two."""
    user_with_role()
    return signed_in(user_with_role(name="ada"))


def _rows(*rows: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {"roles-TOTAL_FORMS": len(rows), "roles-INITIAL_FORMS": 0}
    for number, row in enumerate(rows):
        data |= {f"roles-{number}-{name}": value for name, value in row.items()}
    return data


EVERYWHERE = {"all_projects": "on", "all_environments": "on"}


def test_settings_begin_with_the_profile() -> None:
    assert signed_in(user_with_role(Role.VIEWER)).get("/settings/").url == "/settings/profile/"


def test_a_saved_profile_is_shown() -> None:
    user = user_with_role(Role.VIEWER)
    client = signed_in(user)

    answer = client.post(
        "/settings/profile/", {"display_name": "Maya", "time_zone": "Europe/Berlin"}, follow=True
    )

    text = answer.content.decode()
    assert "Profile saved." in text
    assert 'value="Maya"' in text
    assert '<option value="Europe/Berlin" selected' in text


def test_an_unknown_zone_is_refused_beside_its_field() -> None:
    answer = signed_in(user_with_role()).post("/settings/profile/", {"time_zone": "Mars"})

    assert answer.status_code == 422
    assert "Mars is not one of the available choices" in answer.content.decode()


def test_times_are_shown_in_the_zone_of_the_profile() -> None:
    user = user_with_role()
    user.time_zone = "Asia/Tokyo"
    user.save()
    create_api_key(user, name="x", by=user)

    assert "JST" in signed_in(user).get("/settings/api-keys/").content.decode()


def test_a_new_password_keeps_this_session() -> None:
    client = signed_in(user_with_role())

    answer = client.post(
        "/settings/profile/password/", {"current": PASSWORD, "password": "an unusual one"}
    )

    assert answer.status_code == 302
    assert client.get("/settings/profile/").status_code == 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"current": "wrong", "password": "an unusual one"}, "your present password"),
        ({"current": PASSWORD, "password": "short"}, "too short"),
        ({"current": PASSWORD}, "This field is required"),
    ],
)
def test_a_refused_password_says_why(data: dict[str, str], words: str) -> None:
    answer = signed_in(user_with_role()).post("/settings/profile/password/", data)

    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert PASSWORD not in text


def test_the_list_shows_people_with_roles(administrator_page: Client) -> None:
    user_with_role(Role.DEPLOYER, name="maya", projects=[project("Web shop")])

    text = administrator_page.get("/settings/users/").content.decode()

    assert "maya" in text
    assert "Deployer: web-shop" in text


def test_the_list_takes_few_queries_however_many_people(
    administrator_page: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(10):
        user_with_role(Role.LEAD, projects=[project()])
    administrator_page.get("/settings/users/")

    with django_assert_max_num_queries(12):
        administrator_page.get("/settings/users/")


def test_an_administrator_adds_a_user(administrator_page: Client) -> None:
    shop, production = project("Web shop"), environment("Production")
    limited = {"role": "deployer", "projects": [shop.pk], "environments": [production.pk]}

    answer = administrator_page.post(
        "/settings/users/new/",
        {"username": "maya", "password": "an unusual one"}
        | _rows({"role": "viewer"} | EVERYWHERE, limited, {"role": ""} | EVERYWHERE),
    )

    assert answer.status_code == 302
    assert describe_grants(User.objects.get(username="maya")) == [
        "Deployer: web-shop in production",
        "Viewer: all projects",
    ]


def test_a_refused_user_keeps_what_was_typed(administrator_page: Client) -> None:
    answer = administrator_page.post(
        "/settings/users/new/",
        {"username": "ada", "display_name": "Another Ada"} | _rows({"role": "lead"} | EVERYWHERE),
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a user &quot;ada&quot; already." in text
    assert 'value="Another Ada"' in text
    assert '<option value="lead" selected' in text


def test_a_role_for_no_project_is_refused_beside_it(administrator_page: Client) -> None:
    answer = administrator_page.post(
        "/settings/users/new/",
        {"username": "maya"} | _rows({"role": "lead", "all_environments": "on"}),
    )

    assert answer.status_code == 422
    assert "Choose at least one, or all projects." in answer.content.decode()
    assert not User.objects.filter(username="maya").exists()


def test_another_role_row_keeps_what_was_typed(administrator_page: Client) -> None:
    answer = administrator_page.post(
        "/settings/users/new/",
        {"username": "maya", "add_role": "1"} | _rows({"role": "lead"} | EVERYWHERE),
    )

    text = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="maya"' in text
    assert 'name="roles-TOTAL_FORMS" value="2"' in text
    assert '<option value="lead" selected' in text


def test_an_administrator_edits_roles_and_password(administrator_page: Client) -> None:
    user = user_with_role(Role.VIEWER, name="maya")

    answer = administrator_page.post(
        f"/settings/users/{user.pk}/",
        {"display_name": "Maya", "password": "an unusual one"}
        | _rows({"role": "lead"} | EVERYWHERE),
    )

    user = User.objects.get(pk=user.pk)
    assert answer.status_code == 302
    assert describe_grants(user) == ["Lead: all projects"]
    assert user.check_password("an unusual one")


def test_an_edit_is_saved_whole_or_not_at_all(administrator_page: Client) -> None:
    user = user_with_role(Role.VIEWER, name="maya")

    answer = administrator_page.post(
        f"/settings/users/{user.pk}/",
        {"display_name": "Maya", "password": "short"} | _rows({"role": "lead"} | EVERYWHERE),
    )

    assert answer.status_code == 422
    assert describe_grants(user) == ["Viewer: all projects"]
    assert User.objects.get(pk=user.pk).display_name == ""


def test_the_form_shows_the_roles_as_they_are(administrator_page: Client) -> None:
    shop = project("Web shop")
    user = user_with_role(Role.DEPLOYER, projects=[shop])

    text = administrator_page.get(f"/settings/users/{user.pk}/").content.decode()

    assert '<option value="deployer" selected' in text
    checked = re.findall(r'<input type="checkbox" name="(roles-0-\w+)"[^>]* checked', text)
    assert checked == ["roles-0-projects", "roles-0-all_environments"]


def test_the_last_administrator_cannot_be_demoted() -> None:
    user = user_with_role()

    answer = signed_in(user).post(
        f"/settings/users/{user.pk}/", _rows({"role": "lead"} | EVERYWHERE)
    )

    assert answer.status_code == 409
    assert "last administrator" in answer.content.decode()


def test_deactivating_and_letting_in_again(administrator_page: Client) -> None:
    user = user_with_role(name="maya")

    administrator_page.post(f"/settings/users/{user.pk}/deactivate/")
    text = administrator_page.get(f"/settings/users/{user.pk}/").content.decode()
    gone = User.objects.get(pk=user.pk).is_active
    administrator_page.post(f"/settings/users/{user.pk}/reactivate/")

    assert not gone
    assert "Let in again" in text
    assert User.objects.get(pk=user.pk).is_active


def test_deactivating_oneself_is_refused_in_words(administrator_page: Client) -> None:
    me = User.objects.get(username="ada")

    answer = administrator_page.post(f"/settings/users/{me.pk}/deactivate/", follow=True)

    assert "Another administrator has to deactivate you." in answer.content.decode()


def test_an_unknown_user_is_not_found(administrator_page: Client) -> None:
    assert administrator_page.get("/settings/users/999999/").status_code == 404


def test_a_new_key_is_shown_once(administrator_page: Client) -> None:
    answer = administrator_page.post("/settings/api-keys/new/", {"name": "demo", "days": "30"})

    match = re.search(r"ecsp_[\w-]{43}", answer.content.decode())
    assert match is not None
    key = find_api_key(match.group())
    assert key is not None
    assert key.expires_at is not None
    assert "no-store" in answer["Cache-Control"]
    assert match.group() not in administrator_page.get("/settings/api-keys/").content.decode()


def test_a_key_that_never_expires(administrator_page: Client) -> None:
    administrator_page.post("/settings/api-keys/new/", {"name": "demo", "days": "0"})

    assert ApiKey.objects.get().expires_at is None


def test_people_see_their_own_keys_and_administrators_all(administrator_page: Client) -> None:
    lead = user_with_role(Role.LEAD)
    create_api_key(lead, name="of the lead", by=lead)
    ada = User.objects.get(username="ada")
    create_api_key(ada, name="of ada", by=ada)

    of_lead = signed_in(lead).get("/settings/api-keys/").content.decode()
    of_ada = administrator_page.get("/settings/api-keys/").content.decode()

    assert ("of the lead" in of_lead, "of ada" in of_lead) == (True, False)
    assert ("of the lead" in of_ada, "of ada" in of_ada) == (True, True)


def test_the_key_of_somebody_else_is_not_there() -> None:
    owner = user_with_role()
    key, _ = create_api_key(owner, name="x", by=owner)

    answer = signed_in(user_with_role(Role.LEAD)).post(f"/settings/api-keys/{key.pk}/revoke/")

    assert answer.status_code == 404
    assert ApiKey.objects.exists()


def test_revoking_a_key(administrator_page: Client) -> None:
    ada = User.objects.get(username="ada")
    key, text = create_api_key(ada, name="x", by=ada)

    administrator_page.post(f"/settings/api-keys/{key.pk}/revoke/")

    assert find_api_key(text) is None


def test_revoking_asks_first(administrator_page: Client) -> None:
    ada = User.objects.get(username="ada")
    key, _ = create_api_key(ada, name="Build server", by=ada)

    text = administrator_page.get(f"/settings/api-keys/?dialog=revoke&key={key.pk}")
    odd = administrator_page.get("/settings/api-keys/?dialog=revoke&key=x")

    assert "Revoke Build server?" in text.content.decode()
    assert "It was never used." in text.content.decode()
    assert odd.status_code == 200
