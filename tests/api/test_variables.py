"""`/projects/{slug}/variables`, `/libraries` and what releases say of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ecsportal.people.models import Role
from ecsportal.projects.models import LibrarySet, Project
from tests import builders

JSON = "application/json"


@pytest.fixture
def project(db: None) -> Project:
    environments = [builders.environment("Development"), builders.environment("Production")]
    for environment in environments:
        builders.target(f"shop-{environment.slug}", environments=[environment])
    return builders.project("Shop")


@pytest.fixture
def client(db: None) -> Client:
    return builders.api_client(builders.user_with_role(Role.ADMINISTRATOR))


def put(client: Client, path: str, body: Any, **headers: str) -> Any:
    return client.put(f"/api/v1{path}", body, content_type=JSON, headers=headers)


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"/api/v1{path}", body or {}, content_type=JSON)


def get(client: Client, path: str) -> Any:
    response = client.get(f"/api/v1{path}")
    assert response.status_code == 200, response.content
    return response.json()


COUNT = {"name": "Count", "value": "2"}
PASSWORD = {"name": "Password", "value": "planted", "type": "sensitive"}


def test_before_the_first_value_the_revision_is_0(client: Client, project: Project) -> None:
    assert get(client, "/projects/shop/variables") == {
        "revision": 0,
        "libraries": [],
        "variables": [],
        "warnings": [],
    }


def test_what_get_answers_can_be_sent_back(client: Client, project: Project) -> None:
    first = put(client, "/projects/shop/variables", {"variables": [COUNT, PASSWORD]})
    assert first.status_code == 200, first.content
    answer = first.json()
    assert first.headers["ETag"] == '"1"'
    assert answer["variables"][0] == {
        "id": 1,
        "name": "Count",
        "value": "2",
        "type": "text",
        "description": "",
        "scope": {
            "environments": [],
            "targets": [],
            "target_tags": [],
            "steps": [],
            "channels": [],
        },
        "prompt": None,
    }
    assert answer["variables"][1]["value"] is None
    assert b"planted" not in first.content
    again = put(client, "/projects/shop/variables", answer)
    assert (again.status_code, again.json()["revision"]) == (200, 1)


def test_a_stale_revision_is_refused_with_the_current_one(client: Client, project: Project) -> None:
    put(client, "/projects/shop/variables", {"variables": [COUNT]})
    put(client, "/projects/shop/variables", {"variables": [COUNT | {"id": 1, "value": "3"}]})
    stale = put(client, "/projects/shop/variables", {"variables": []}, **{"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["current"]) == (
        409,
        "STALE_REVISION",
        2,
    )


def test_an_error_names_its_place(client: Client, project: Project) -> None:
    body = {"variables": [COUNT, {"name": "x", "value": "", "scope": {"targets": ["nowhere"]}}]}
    refused = put(client, "/projects/shop/variables", body)
    assert refused.status_code == 422
    assert [e["path"] for e in refused.json()["errors"]] == ["variables[1].scope.targets[0]"]


def test_the_preview_tells_values_and_reasons(client: Client, project: Project) -> None:
    production = {"environments": ["production"]}
    body = {
        "variables": [
            COUNT,
            {"name": "Count", "value": "4", "scope": production},
            {"name": "Greeting", "value": "#{Count} in #{Octopus.Environment.Name} #{Nowhere}"},
            PASSWORD,
            {"name": "Url", "value": "db://#{Password}@#{Octopus.Release.Number}"},
            {"name": "Octopus.Machine.Name", "value": "evil"},
        ]
    }
    put(client, "/projects/shop/variables", body)
    where = "environment=production&target=shop-production&step=deploy-web"
    answer = get(client, f"/projects/shop/variables/preview?{where}")
    items = {item["name"]: item for item in answer["items"]}
    assert (items["Count"]["value"], items["Count"]["source"]) == ("4", "project")
    assert items["Count"]["why"] == "Environment matches. Wins over 1 other value."
    assert items["Greeting"]["value"] == "4 in Production #{Nowhere}"
    assert items["Greeting"]["missing"] == ["#{Nowhere}"]
    assert items["Password"]["value"] is None
    assert items["Url"]["value"] == "db://********@#{Octopus.Release.Number}"
    assert items["Url"]["missing"] == []
    machine = items["Octopus.Machine.Name"]
    assert (machine["value"], machine["source"]) == ("shop-production", "system")
    assert answer["ties"] == []


@pytest.mark.parametrize(
    ("where", "status"),
    [
        ("", 422),
        ("environment=nowhere", 404),
        ("environment=production&target=nowhere", 404),
        ("environment=production&step=nowhere", 422),
    ],
)
def test_a_preview_of_what_is_not_there_is_refused(
    client: Client, project: Project, where: str, status: int
) -> None:
    assert client.get(f"/api/v1/projects/shop/variables/preview?{where}").status_code == status


def test_warnings_name_values_that_tie_and_such_as_never_count(
    client: Client, project: Project
) -> None:
    body = {"variables": [COUNT, COUNT, {"name": "Octopus.Project.Name", "value": "x"}]}
    warnings = put(client, "/projects/shop/variables", body).json()["warnings"]
    assert "equally specific" in warnings[0]
    assert "Octopus.Project.Name is set by the portal" in warnings[1]


def test_library_sets_are_made_included_and_kept_while_needed(
    client: Client, project: Project
) -> None:
    made = post(client, "/libraries", {"name": "Shop defaults", "variables": [COUNT, PASSWORD]})
    assert made.status_code == 201, made.content
    assert made.headers["Location"] == "/api/v1/libraries/shop-defaults"
    assert b"planted" not in made.content
    own = {"variables": [], "libraries": ["shop-defaults"]}
    assert put(client, "/projects/shop/variables", own).json()["libraries"] == ["shop-defaults"]
    items = get(client, "/projects/shop/variables/preview?environment=production")["items"]
    assert [(i["name"], i["value"], i["source"]) for i in items] == [
        ("Count", "2", "shop-defaults"),
        ("Password", None, "shop-defaults"),
    ]
    refused = client.delete("/api/v1/libraries/shop-defaults")
    assert refused.status_code == 409
    assert refused.json()["used_by"] == [{"kind": "project", "slug": "shop", "name": "Shop"}]
    put(client, "/projects/shop/variables", {"variables": [], "libraries": []})
    assert client.delete("/api/v1/libraries/shop-defaults").status_code == 204
    assert get(client, "/libraries")["items"] == []


def test_a_library_set_is_replaced_whole_and_scoped_to_no_step(
    client: Client, project: Project
) -> None:
    made = post(client, "/libraries", {"name": "Defaults", "variables": [COUNT]}).json()
    replaced = put(client, "/libraries/defaults", {"name": "House", "variables": []})
    assert (replaced.json()["name"], replaced.json()["revision"]) == ("House", made["revision"] + 1)
    step = COUNT | {"scope": {"steps": ["deploy-web"]}}
    refused = put(client, "/libraries/defaults", {"name": "House", "variables": [step]})
    assert [e["path"] for e in refused.json()["errors"]] == ["variables[0].scope.steps"]


def test_a_library_set_that_a_release_froze_outlives_its_deletion(
    client: Client, project: Project
) -> None:
    builders.library("Defaults", COUNT)
    builders.variables(project, libraries=["defaults"])
    builders.release(project, "1.0.0")
    builders.variables(project)
    assert client.delete("/api/v1/libraries/defaults").status_code == 204
    assert client.get("/api/v1/libraries/defaults").status_code == 404
    assert LibrarySet.objects.get().deleted_at is not None
    assert post(client, "/libraries", {"name": "Defaults"}).status_code == 201


def test_a_release_tells_its_variables_and_takes_them_anew(
    client: Client, project: Project
) -> None:
    builders.variables(project, COUNT)
    release = builders.release(project, "1.0.0")
    assert get(client, f"/releases/{release.pk}")["variables_revision"] == 1
    builders.variables(project, COUNT | {"value": "9"})
    updated = post(client, f"/releases/{release.pk}/variables")
    assert (updated.status_code, updated.json()["variables_revision"]) == (200, 2)


def test_a_deployer_reads_variables_and_changes_none(project: Project) -> None:
    deployer = builders.api_client(builders.user_with_role(Role.DEPLOYER))
    release = builders.release(project, "1.0.0")
    assert get(deployer, "/projects/shop/variables")["revision"] == 0
    for refused in (
        put(deployer, "/projects/shop/variables", {"variables": []}),
        post(deployer, "/libraries", {"name": "x"}),
        post(deployer, f"/releases/{release.pk}/variables"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "PERMISSION_MISSING")


def test_values_for_invisible_environments_are_not_told_and_stay(project: Project) -> None:
    development = builders.Environment.objects.get(slug="development")
    builders.variables(
        project,
        {"name": "Count", "value": "1", "scope": {"environments": ["production"]}},
        {"name": "Count", "value": "2", "scope": {"environments": ["development"]}},
    )
    limited = builders.api_client(builders.user_with_role(Role.LEAD, environments=[development]))
    seen = get(limited, "/projects/shop/variables")["variables"]
    assert [(v["id"], v["value"]) for v in seen] == [(2, "2")]
    changed = put(limited, "/projects/shop/variables", {"variables": [seen[0] | {"value": "3"}]})
    assert changed.status_code == 200, changed.content
    values = project.variable_revisions.first().variables
    assert [(v["id"], v["value"]) for v in values] == [(1, "1"), (2, "3")]
