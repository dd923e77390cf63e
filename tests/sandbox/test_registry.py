"""The Docker registry."""

from __future__ import annotations

import hashlib
import re

import requests

from ecsportal.sandbox.server import RunningSandbox
from tests.sandbox.ecs.fargate_service import FargateService


def _get(sandbox: RunningSandbox, path: str, **more: object) -> requests.Response:
    return requests.get(f"{sandbox.url}{path}", timeout=5, **more)  # type: ignore[arg-type]


def test_tags_come_in_pages_that_link_to_the_next(sandbox: RunningSandbox) -> None:
    path, tags = "/v2/shop/worker/tags/list?n=50", []
    while path:
        answer = _get(sandbox, path)
        tags += answer.json()["tags"]
        found = re.match(r'<(.+)>; rel="next"', answer.headers.get("Link", ""))
        path = found.group(1) if found else ""
    assert len(tags) == 120
    assert tags == sorted(tags)


def test_a_manifest_has_the_digest_of_its_bytes(sandbox: RunningSandbox) -> None:
    answer = _get(sandbox, "/v2/shop/web/manifests/1.6.0")
    digest = f"sha256:{hashlib.sha256(answer.content).hexdigest()}"
    assert answer.headers["Docker-Content-Digest"] == digest
    url = f"{sandbox.url}/v2/shop/web/manifests/1.6.0"
    head = requests.head(url, timeout=5)
    assert head.headers["Docker-Content-Digest"] == digest
    assert head.content == b""
    assert _get(sandbox, f"/v2/shop/web/manifests/{digest}").content == answer.content


def test_what_is_not_there_is_told_in_the_registrys_words(sandbox: RunningSandbox) -> None:
    answer = _get(sandbox, "/v2/nothing/tags/list")
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["code"] == "NAME_UNKNOWN"
    answer = _get(sandbox, "/v2/shop/web/manifests/9.9.9")
    assert answer.json()["errors"][0]["code"] == "MANIFEST_UNKNOWN"


def test_the_catalogue_lists_repositories(sandbox: RunningSandbox) -> None:
    names = _get(sandbox, "/v2/_catalog").json()["repositories"]
    assert {"shop/web", "shop/api", "shop/log-router", "library/nginx"} <= set(names)


def test_token_authentication_asks_grants_and_lets_in(sandbox: RunningSandbox) -> None:
    sandbox.registry(auth="token", username="reader", password="secret")
    refused = _get(sandbox, "/v2/shop/web/tags/list")
    assert refused.status_code == 401
    challenge = refused.headers["WWW-Authenticate"]
    found = re.match(r'Bearer realm="([^"]+)",service="([^"]+)",scope="([^"]+)"', challenge)
    assert found is not None
    realm, service, scope = found.groups()
    assert scope == "repository:shop/web:pull"
    query = {"service": service, "scope": scope}
    assert requests.get(realm, params=query, timeout=5).status_code == 401
    granted = requests.get(realm, params=query, auth=("reader", "secret"), timeout=5).json()
    headers = {"Authorization": f"Bearer {granted['token']}"}
    assert _get(sandbox, "/v2/shop/web/tags/list", headers=headers).status_code == 200


def test_basic_authentication_lets_in_who_knows_the_password(sandbox: RunningSandbox) -> None:
    sandbox.registry(auth="basic")
    assert _get(sandbox, "/v2/").headers["WWW-Authenticate"].startswith("Basic")
    assert _get(sandbox, "/v2/", auth=("demo", "demo")).status_code == 200


def test_a_tag_can_be_moved_to_another_digest(sandbox: RunningSandbox) -> None:
    path = "/v2/shop/web/manifests/latest"
    before = _get(sandbox, path).headers["Docker-Content-Digest"]
    sandbox.registry(move={"repository": "shop/web", "tag": "latest"})
    assert _get(sandbox, path).headers["Docker-Content-Digest"] != before


def test_an_image_pinned_by_digest_plays_the_scenario_of_its_tag(sandbox: RunningSandbox) -> None:
    answer = _get(sandbox, "/v2/shop/web/manifests/1.4.2-crash")
    web = FargateService(sandbox)
    web.create(f"shop/web@{answer.headers['Docker-Content-Digest']}")
    sandbox.advance(60)
    assert web.now["runningCount"] == 0


def test_faults_strike_the_registry_too(sandbox: RunningSandbox) -> None:
    sandbox.faults.add(service="registry", action="GET /v2/shop/*", code="X", status=503)
    assert _get(sandbox, "/v2/shop/web/tags/list").status_code == 503
    assert _get(sandbox, "/v2/library/nginx/tags/list").status_code == 200
