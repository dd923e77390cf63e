from __future__ import annotations

import pytest
from django.test import Client

from ecsportal.people.models import Role
from tests.builders import api_client, environment, project, signed_in, user_with_role

pytestmark = pytest.mark.django_db


def test_me_tells_whose_key_it_is() -> None:
    answer = api_client(user_with_role(name="admin")).get("/api/v1/me")

    assert answer.json() == {
        "user": "admin",
        "roles": [{"role": "administrator", "projects": [], "environments": []}],
    }


def test_me_names_what_a_role_is_limited_to() -> None:
    user = user_with_role(
        Role.DEPLOYER, projects=[project("Web shop")], environments=[environment("Staging")]
    )

    assert api_client(user).get("/api/v1/me").json()["roles"] == [
        {"role": "deployer", "projects": ["web-shop"], "environments": ["staging"]}
    ]


def test_the_openapi_document_is_for_keys_and_for_the_signed_in() -> None:
    user = user_with_role(Role.VIEWER)

    answers = [
        client.get("/api/v1/openapi.json")
        for client in (api_client(user), signed_in(user), Client())
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 401]
    assert answers[0].json()["paths"]["/api/v1/me"]["get"]["security"] == [{"KeyInHeader": []}]


def test_an_unknown_address_of_the_api_is_a_problem_for_everybody() -> None:
    answer = Client().get("/api/v1/nonsense/")

    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert answer["Content-Type"] == "application/problem+json"
