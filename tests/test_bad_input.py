"""What AWS, feeds and people get wrong: each ends in a clear message, nothing typed is lost."""

from __future__ import annotations

import html
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ecsportal.deployments.models import Deployment
from ecsportal.infrastructure.models import AwsAccount, DeploymentTarget, Feed
from ecsportal.releases.models import Release
from ecsportal.sandbox.server import RunningSandbox
from tests.in_process_portal import Answer, Portal, in_process_portal, refusal
from tests.page_form import fields_of

NOBODY_LISTENS = "http://127.0.0.1:9"
DEPLOY_PAGE = "/projects/web-shop/releases/0.0.1/deploy/development/"
NEW_RELEASE = "/projects/web-shop/releases/new/"
IMAGE_ROW = "/remote/projects/web-shop/releases/new/image/?step=deploy-web&reference=web"


@pytest.fixture
def portal(transactional_db: None, sandbox: RunningSandbox) -> Portal:
    return in_process_portal(sandbox)


def text_of(portal: Portal, path: str, status: int = 200) -> str:
    """A page as its reader sees it, entities resolved."""
    response = portal.browser.get(path)
    assert response.status_code == status
    return html.unescape(response.content.decode())


def failed(portal: Portal) -> dict[str, Any]:
    """The error of a deployment to development, which its page tells in the same words."""
    ended = portal.finish(portal.deploy(portal.release()["id"])["id"])
    assert ended["state"] == "failed", ended
    error: dict[str, Any] = ended["error"]
    page = text_of(portal, f"/deployments/{ended['id']}/")
    assert error["message"] in page
    assert error["advice"] in page
    assert error["message"] in portal.log_text(ended["id"])
    return error


# ---- AWS ----


def change_target(portal: Portal, **columns: Any) -> Answer:
    """PUT the target of development with these columns changed."""
    known = portal.api("GET", "/targets/shop-development").body
    names = ("name", "account", "region", "cluster", "environments", "target_tags", "disabled")
    return portal.api(
        "PUT", "/targets/shop-development", {name: known[name] for name in names} | columns
    )


def test_an_unknown_cluster_is_told_by_the_check_and_by_the_deployment(portal: Portal) -> None:
    assert change_target(portal, cluster="nowhere").status == 200
    portal.api("POST", "/targets/shop-development/check")
    assert portal.api("GET", "/targets/shop-development").body["health"] == "unhealthy"
    assert "nowhere" in text_of(portal, "/infrastructure/targets/")
    error = failed(portal)
    assert "nowhere" in error["message"]


def test_wrong_keys_are_told_by_the_test_and_by_the_deployment(portal: Portal) -> None:
    AwsAccount.objects.filter(slug="shop-development").update(access_key_id="AKIAWRONG0000000000X")
    refused = portal.api("POST", "/accounts/shop-development/test")
    assert refusal(refused) == (502, "AWS-CREDENTIALS")
    assert refused.body["detail"] in text_of(portal, "/infrastructure/accounts/shop-development/")
    error = failed(portal)
    assert error["code"] == "AWS-CREDENTIALS"


def test_an_endpoint_that_nobody_serves_is_told_by_the_test(portal: Portal) -> None:
    AwsAccount.objects.filter(slug="shop-development").update(endpoint_url=NOBODY_LISTENS)
    refused = portal.api("POST", "/accounts/shop-development/test")
    assert refusal(refused)[0] == 502
    assert refused.body["detail"] in text_of(portal, "/infrastructure/accounts/shop-development/")


def test_a_deployment_says_aloud_that_aws_does_not_answer(portal: Portal) -> None:
    AwsAccount.objects.filter(slug="shop-development").update(endpoint_url=NOBODY_LISTENS)
    deployment = portal.deploy(portal.release()["id"])["id"]
    for _ in range(4):
        portal.turn()
    log = portal.api("GET", f"/deployments/{deployment}/log?level=verbose").body["lines"]
    assert any("AWS does not answer" in line["text"] for line in log)
    portal.api("POST", f"/deployments/{deployment}/cancel")
    assert portal.finish(deployment)["state"] == "cancelled"


# ---- feeds ----


class _OneAnswer(BaseHTTPRequestHandler):
    """Answers everything with the same status and page."""

    status, content = 200, b""

    def do_GET(self) -> None:  # noqa: N802 -- http.server's name
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(self.content)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(self.content)

    do_HEAD = do_GET

    def log_message(self, *args: object) -> None:
        """Nothing: the test's output is the test's."""


@contextmanager
def feed_that_answers(status: int, content: bytes = b"") -> Iterator[str]:
    """The address of a server that always gives this answer."""
    handler = type("Handler", (_OneAnswer,), {"status": status, "content": content})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=["401", "404", "HTML", "nothing"])
def broken_feed(request: pytest.FixtureRequest, portal: Portal) -> Iterator[str]:
    """The sample's feed, broken in one of these ways; the address that it has now."""
    kinds = {"401": (401, b""), "404": (404, b""), "HTML": (200, b"<!doctype html><p>Hello")}
    if request.param == "nothing":
        url, answers = NOBODY_LISTENS, None
    else:
        answers = feed_that_answers(*kinds[request.param])
        url = answers.__enter__()
    Feed.objects.update(url=url)
    yield url
    if answers:
        answers.__exit__(None, None, None)


def test_a_broken_feed_is_told_and_a_release_can_be_made_all_the_same(
    portal: Portal, broken_feed: str
) -> None:
    tested = portal.api("POST", "/feeds/shop-registry/test", {"repository": "shop/web"})
    assert refusal(tested)[0] == 502
    listed = portal.api("GET", "/feeds/shop-registry/tags?repository=shop/web")
    assert refusal(listed)[0] == 502
    row = text_of(portal, IMAGE_ROW)
    assert 'name="image:deploy-web/web"' in row
    proposal = portal.api("GET", "/projects/web-shop/releases/proposal").body
    said = proposal["images"]["deploy-web/web"]["problem"]
    assert said in row
    refused = portal.api("POST", "/projects/web-shop/releases", {})
    assert refusal(refused) == (422, "VALIDATION")
    assert {error["path"] for error in refused.body["errors"]} == {
        "images.deploy-web/web",
        "images.deploy-web/api",
    }
    images = {"deploy-web/web": "1.6.0", "deploy-web/api": "1.6.0"}
    assert portal.release(images=images)["images"]["deploy-web/web"]["digest"] is None


def test_a_tag_that_does_not_exist_leaves_all_that_was_typed(portal: Portal) -> None:
    refused = portal.api(
        "POST", "/projects/web-shop/releases", {"images": {"deploy-web/web": "9.9.9"}}
    )
    assert refusal(refused) == (422, "VALIDATION")
    error = refused.body["errors"][0]
    assert (error["path"], error["code"]) == ("images.deploy-web/web", "unknown_tag")
    fields = fields_of(text_of(portal, NEW_RELEASE), having="version")
    fields |= {
        "version": ["3.0.0"],
        "notes": ["Why it is\nneeded."],
        "image:deploy-web/web": ["9.9.9"],
        "image:deploy-web/api": ["1.5.0"],
    }
    response = portal.browser.post("/remote" + NEW_RELEASE, fields)
    page = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert error["message"] in page
    kept = fields_of(response.content.decode(), having="version")
    for name in ("version", "notes", "image:deploy-web/web", "image:deploy-web/api", "deploy"):
        assert [v.replace("\r\n", "\n") for v in kept[name]] == fields[name]
    assert Release.objects.count() == 0


# ---- targets ----


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"target_tags": ["worker"]}, 'no deployment target in Development carries "web"'),
        ({"disabled": True}, "every matching target in Development is disabled (shop-development)"),
    ],
)
def test_a_step_without_a_target_is_refused_before_anything_is_queued(
    portal: Portal, change: dict[str, Any], says: str
) -> None:
    release = portal.release()
    fields = fields_of(text_of(portal, DEPLOY_PAGE), having="request_token")
    assert change_target(portal, **change).status == 200
    refused = portal.api(
        "POST", f"/releases/{release['id']}/deployments", {"environment": "development"}
    )
    assert refusal(refused) == (422, "VALIDATION")
    assert refused.body["errors"][0]["path"] == "steps[0].target_tags"
    assert says in refused.body["detail"]
    page = text_of(portal, DEPLOY_PAGE)
    assert says in page
    response = portal.browser.post(DEPLOY_PAGE, fields | {"comment": ["Kept."]})
    shown = html.unescape(response.content.decode())
    assert response.status_code == 422
    assert says in shown
    assert "Kept." in shown
    assert Deployment.objects.count() == 0


def test_a_target_deleted_while_a_deployment_waits_for_it_is_named(portal: Portal) -> None:
    deployment = portal.deploy(portal.release()["id"])["id"]
    assert portal.api("DELETE", "/targets/shop-development").status == 204
    ended = portal.finish(deployment)
    assert (ended["state"], ended["error"]["code"]) == ("failed", "TARGET-DELETED")
    assert "shop-development was deleted" in ended["error"]["message"]
    assert ended["error"]["message"] in text_of(portal, f"/deployments/{deployment}/")
    assert ended["steps"][0]["targets"][0]["target"] == "shop-development"


def test_a_target_at_work_is_not_deleted(portal: Portal) -> None:
    deployment = portal.deploy(portal.release()["id"])["id"]
    # Until AWS was asked: a busy machine may take more than one turn for it.
    for _ in range(50):
        portal.turn()
        if portal.sandbox.count("cloudformation.CreateStack"):
            break
    assert portal.sandbox.count("cloudformation.CreateStack") == 1, portal.log_text(deployment)
    assert portal.api("GET", f"/deployments/{deployment}").body["state"] == "executing"
    refused = portal.api("DELETE", "/targets/shop-development")
    assert refusal(refused) == (409, "IN_USE")
    assert refused.body["used_by"][0]["slug"] == str(deployment)
    portal.browser.post("/infrastructure/targets/shop-development/delete/")
    assert refused.body["detail"] in text_of(portal, "/infrastructure/targets/shop-development/")
    assert DeploymentTarget.objects.filter(slug="shop-development").exists()
    ended = portal.finish(deployment)
    assert ended["state"] == "succeeded", portal.log_text(deployment)
