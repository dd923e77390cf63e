"""What the API refuses, answers once, and shows of each object, as CONTRACTS.md has it."""

from __future__ import annotations

import pytest

from ecsportal.people.models import Role
from ecsportal.projects.models import Project
from ecsportal.sandbox.server import RunningSandbox
from tests import builders
from tests.in_process_portal import Api, Portal, in_process_portal, refusal


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


# ---- the same call twice ----


def test_an_idempotency_key_makes_one_release_and_one_deployment(portal: Portal) -> None:
    path = "/projects/web-shop/releases"
    first, second = (portal.api("POST", path, {}, Idempotency_Key="r1") for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert second.body == first.body
    assert second.headers["Location"] == first.headers["Location"]
    deploy, body = f"/releases/{first.body['id']}/deployments", {"environment": "development"}
    numbers = {portal.api("POST", deploy, body, Idempotency_Key="d1").body["id"] for _ in range(2)}
    assert len(numbers) == 1
    other = portal.api("POST", deploy, {"environment": "staging"}, Idempotency_Key="d1")
    assert refusal(other) == (422, "IDEMPOTENCY_KEY_REUSED")


# ---- refusals ----


def test_without_a_key_or_with_a_wrong_one_nothing_is_told(portal: Portal) -> None:
    for key in ("", "ecsp_wrong"):
        assert refusal(Api(key)("GET", "/projects/web-shop"))[0] == 401


def test_a_viewer_is_told_the_permission_that_is_missing(portal: Portal) -> None:
    release = portal.release()["id"]
    viewer = Api(builders.api_key(builders.user_with_role(Role.VIEWER)))
    refused = viewer("POST", f"/releases/{release}/deployments", {"environment": "development"})
    assert refusal(refused) == (403, "PERMISSION_MISSING")
    assert "DeploymentCreate" in refused.body["detail"]
    assert refusal(viewer("POST", "/projects/web-shop/releases", {}))[0] == 403
    assert viewer("GET", f"/releases/{release}").status == 200


def test_what_may_not_be_seen_is_not_there(portal: Portal) -> None:
    release = portal.release()["id"]
    deployment = portal.deploy(release)["id"]
    portal.api("POST", "/projects", {"name": "Other"})
    user = builders.user_with_role(Role.DEPLOYER, projects=[Project.objects.get(slug="other")])
    stranger = Api(builders.api_key(user))
    for path in (
        "/projects/web-shop",
        "/projects/web-shop/process",
        f"/releases/{release}",
        f"/deployments/{deployment}",
        f"/deployments/{deployment}/log",
    ):
        assert refusal(stranger("GET", path)) == (404, "NOT_FOUND")
    assert stranger("GET", "/deployments").body["items"] == []


def test_what_does_not_exist_is_404_and_what_breaks_a_rule_names_its_field(portal: Portal) -> None:
    release = portal.release()["id"]
    path = f"/releases/{release}/deployments"
    assert refusal(portal.api("GET", "/releases/999999")) == (404, "NOT_FOUND")
    nowhere = portal.api("POST", path, {"environment": "nowhere"})
    assert refusal(nowhere)[0] in (404, 422)
    unknown = portal.api("POST", path, {"environment": "development", "surprise": 1})
    assert refusal(unknown) == (422, "VALIDATION")
    assert [error["path"] for error in unknown.body["errors"]] == ["surprise"]
    missing = portal.api("POST", path, {})
    assert [error["path"] for error in missing.body["errors"]] == ["environment"]


def test_a_process_that_moved_on_is_not_overwritten(portal: Portal) -> None:
    process = portal.api("GET", "/projects/web-shop/process").body
    process["steps"][0]["inputs"]["desired_count"] = 3
    saved = portal.api(
        "PUT", "/projects/web-shop/process", {"steps": process["steps"]}, If_Match='"1"'
    )
    assert (saved.status, saved.body["revision"]) == (200, 2)
    process["steps"][0]["inputs"]["desired_count"] = 4
    stale = portal.api(
        "PUT", "/projects/web-shop/process", {"steps": process["steps"]}, If_Match='"1"'
    )
    assert refusal(stale) == (409, "STALE_REVISION")
    assert stale.body["current"] == 2


# ---- the objects around it ----

SHAPES: dict[str, set[str]] = {
    "/environments/development": {"name", "order", "description", "octopus_id", "production"},
    "/accounts/shop-development": {
        "name", "kind", "access_key_id", "secret_access_key_set", "role_arn", "external_id",
        "session_duration", "endpoint_url", "environments", "template_bucket",
    },
    "/targets/shop-development": {
        "name", "account", "region", "cluster", "environments", "target_tags", "disabled",
        "health", "discovered",
    },
    "/feeds/shop-registry": {
        "name", "kind", "url", "registry_path", "username", "password_set", "account", "region",
    },
    "/projects/web-shop": {"name", "description", "channels", "environments"},
}  # fmt: skip


@pytest.mark.parametrize("path", SHAPES)
def test_an_object_has_its_keys_and_no_secret(portal: Portal, path: str) -> None:
    body = portal.api("GET", path).body
    assert SHAPES[path] | {"slug", "created_at", "updated_at"} <= set(body)
    assert not {"secret_access_key", "password"} & set(body)
    listed = portal.api("GET", path.rpartition("/")[0]).body
    assert body in listed["items"]
    assert "next" in listed


def test_a_process_has_the_shape_of_the_contract(portal: Portal) -> None:
    process = portal.api("GET", "/projects/web-shop/process").body
    step = process["steps"][0]
    inputs = step.pop("inputs")
    assert process["revision"] == 1
    assert step == {
        "slug": "deploy-web",
        "name": "Deploy web",
        "type": "deploy-ecs-service",
        "version": 2,
        "target_tags": ["web"],
        "start": "after_previous",
        "condition": "success",
        "expression": "",
        "environments": [],
        "channels": [],
        "required": False,
        "disabled": False,
        "attempts": 1,
        "window": None,
    }
    assert [each["name"] for each in inputs["containers"]] == ["web", "api"]
    schema = portal.api("GET", "/step-types/deploy-ecs-service/2/schema")
    assert (schema.status, "containers" in schema.body["properties"]) == (200, True)


def test_me_account_target_and_feed_answer_what_they_find(portal: Portal) -> None:
    assert portal.api("GET", "/me").body == {
        "user": "admin",
        "roles": [{"role": "administrator", "projects": [], "environments": []}],
    }
    account = portal.api("POST", "/accounts/shop-development/test").body
    assert (account["ok"], account["account_id"], account["missing_actions"]) == (
        True,
        "123456789012",
        [],
    )
    assert account["arn"].startswith("arn:aws:")
    assert portal.api("POST", "/targets/shop-development/check").status == 200
    assert portal.api("GET", "/targets/shop-development").body["health"] == "healthy"
    feed = portal.api("POST", "/feeds/shop-registry/test", {"repository": "shop/web"})
    assert feed.status == 200
    tags = portal.api("GET", "/feeds/shop-registry/tags?repository=shop/web").body["items"]
    assert [tag["tag"] for tag in tags[:2]] == ["1.6.0", "1.5.0"]
    assert set(tags[0]) == {"tag", "digest", "pushed_at", "platforms"}
    names = portal.api("GET", "/feeds/shop-registry/repositories?search=shop/w").body
    assert "shop/web" in str(names)


def test_what_is_in_use_is_not_deleted(portal: Portal) -> None:
    release = portal.release()["id"]
    portal.deploy(release)
    refused = portal.api("DELETE", "/accounts/shop-development")
    assert refusal(refused) == (409, "IN_USE")
    assert refused.body["used_by"] == [
        {**refused.body["used_by"][0], "kind": "target", "slug": "shop-development"}
    ]
    assert refusal(portal.api("DELETE", f"/releases/{release}"))[0] == 409
