"""Sign-in and sign-out as a browser meets them."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client

from ecsportal.people.models import Role
from ecsportal.people.services.users import deactivate_user, reactivate_user, set_password
from tests.builders import PASSWORD, project, signed_in, user_with_role

pytestmark = pytest.mark.django_db


def _sign_in(client: Client, name: str, password: str, path: str = "/accounts/login/") -> object:
    return client.post(path, {"login": name, "password": password})


def test_sign_in_leads_to_the_page_that_was_asked_for() -> None:
    user_with_role(Role.VIEWER, name="maya")
    client = Client()

    asked = client.get("/settings/profile/?x=1")
    form = client.get(asked.url)
    answer = client.post(
        asked.url, {"login": "maya", "password": PASSWORD, "next": "/settings/profile/?x=1"}
    )

    assert asked.url == "/accounts/login/?next=/settings/profile/%3Fx%3D1"
    assert 'name="next" value="/settings/profile/?x=1"' in form.content.decode()
    assert (answer.status_code, answer.url) == (302, "/settings/profile/?x=1")


def test_sign_in_leads_to_the_dashboard_otherwise() -> None:
    user_with_role(name="maya")

    answer = _sign_in(Client(), "maya", PASSWORD)

    assert (answer.status_code, answer.url) == (302, "/")


def test_sign_in_never_leads_to_another_site() -> None:
    user_with_role(name="maya")

    answer = Client().post(
        "/accounts/login/",
        {"login": "maya", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert answer.url == "/"


def test_the_name_may_be_typed_in_any_case() -> None:
    user_with_role(name="maya")

    assert _sign_in(Client(), "Maya", PASSWORD).status_code == 302


@pytest.mark.parametrize("name", ["maya", "nobody"])
def test_wrong_name_and_wrong_password_read_the_same_and_announce_the_pause(name: str) -> None:
    user_with_role(name="maya")
    client = Client()

    texts = [_sign_in(client, name, "wrong").content.decode() for _ in range(6)]

    assert "match. 4 tries left, then a pause of 5 minutes." in texts[0]
    assert "match. 1 try left, then a pause of 5 minutes." in texts[3]
    assert "match. Sign-in pauses for 5 minutes now." in texts[4]
    assert "Too many tries. Sign in again in 5 min." in texts[5]


def test_a_refused_sign_in_keeps_the_name_and_not_the_password() -> None:
    answer = _sign_in(Client(), "maya", "not-the-password")

    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="maya"' in text
    assert "not-the-password" not in text


def test_the_pause_holds_up_the_right_password_too_and_ends() -> None:
    user_with_role(name="maya")
    client = Client()
    with time_machine.travel("2026-11-23 10:00:00", tick=False) as clock:
        for _ in range(5):
            _sign_in(client, "maya", "wrong")
        during = _sign_in(client, "maya", PASSWORD)
        clock.shift(301)
        after = _sign_in(client, "maya", PASSWORD)

    assert during.status_code == 422
    assert after.status_code == 302


def test_failed_tries_are_counted_over_all_web_processes(settings: Any) -> None:
    # The tests' own cache is one process's memory; this is the installation's.
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "portal_cache",
        }
    }

    texts = [_sign_in(Client(), "maya", "wrong").content.decode() for _ in range(2)]

    assert "4 tries left" in texts[0]
    assert "3 tries left" in texts[1]


def test_a_deactivated_user_learns_it_only_with_the_right_password() -> None:
    by = user_with_role()
    user = user_with_role(name="maya")
    deactivate_user(user, by=by)

    right = _sign_in(Client(), "maya", PASSWORD).content.decode()
    wrong = _sign_in(Client(), "maya", "wrong").content.decode()

    assert "This user is deactivated." in right
    assert "deactivated" not in wrong


def test_deactivation_ends_sessions_for_good() -> None:
    by = user_with_role()
    user = user_with_role()
    client = signed_in(user)
    before = client.get("/settings/profile/").status_code

    deactivate_user(user, by=by)
    during = client.get("/settings/profile/").status_code
    reactivate_user(user, by=by)
    after = client.get("/settings/profile/").status_code

    assert (before, during, after) == (200, 302, 302)


def test_a_new_password_ends_the_sessions_under_the_old_one() -> None:
    by = user_with_role()
    user = user_with_role()
    client = signed_in(user)

    set_password(user, "another fine password", by=by)

    assert client.get("/settings/profile/").status_code == 302


def test_sign_out_needs_a_post_and_ends_the_session() -> None:
    client = signed_in(user_with_role())

    asked = client.get("/accounts/logout/")
    answer = client.post("/accounts/logout/")

    assert "Sign out?" in asked.content.decode()
    assert answer.url == "/accounts/login/"
    assert client.get("/settings/profile/").status_code == 302


def test_nobody_signs_up_or_resets_a_password_here() -> None:
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"):
        assert Client().get(path).status_code == 404


def test_a_fragment_sends_the_whole_page_to_sign_in() -> None:
    answer = Client().get(
        "/settings/profile/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/projects/?q=1#top"},
    )

    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/accounts/login/?next=/projects/%3Fq%3D1"


def test_a_missing_permission_is_a_page_that_names_it() -> None:
    client = signed_in(user_with_role(Role.VIEWER))

    answer = client.get("/audit/")

    assert answer.status_code == 403
    assert "EventView" in answer.content.decode()


def test_a_role_for_one_project_opens_nothing_of_the_installation() -> None:
    client = signed_in(user_with_role(Role.ADMINISTRATOR, projects=[project()]))

    assert client.get("/audit/").status_code == 403
    assert client.get("/settings/users/").status_code == 403


def test_cookies_are_kept_from_scripts_and_other_sites() -> None:
    user_with_role(name="maya")
    client = Client()
    client.get("/accounts/login/")
    _sign_in(client, "maya", PASSWORD)

    for name in (django_settings.SESSION_COOKIE_NAME, django_settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


def test_a_form_without_its_token_is_refused() -> None:
    user_with_role(name="maya")

    answer = _sign_in(Client(enforce_csrf_checks=True), "maya", PASSWORD)

    assert answer.status_code == 403


def test_the_address_of_a_form_says_that_it_takes_only_a_form(client: Client) -> None:
    answer = client.get("/theme/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "This address only takes a form" in answer.content.decode()
