"""Images as they run, and the feeds that they come from."""

from __future__ import annotations

import pytest

from ecsportal.infrastructure.feed_matching import ImageName, feed_of_image, parse_image
from ecsportal.infrastructure.models import Feed
from tests import builders

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", ("docker.io", "library/nginx", "", "")),
        ("nginx:1.29", ("docker.io", "library/nginx", "1.29", "")),
        ("shop/web:1.0", ("docker.io", "shop/web", "1.0", "")),
        ("registry-1.docker.io/shop/web", ("docker.io", "shop/web", "", "")),
        ("localhost:5000/web:2", ("localhost:5000", "web", "2", "")),
        ("localhost/web", ("localhost", "web", "", "")),
        (f"ghcr.io/a/b/c:1@{DIGEST}", ("ghcr.io", "a/b/c", "1", DIGEST)),
        (f"ghcr.io/a/b@{DIGEST}", ("ghcr.io", "a/b", "", DIGEST)),
    ],
)
def test_an_image_is_read_as_docker_reads_it(image: str, parts: tuple[str, ...]) -> None:
    assert parse_image(image) == ImageName(*parts)


def found(image: str) -> tuple[str, str] | None:
    match = feed_of_image(parse_image(image), Feed.objects.select_related("account").order_by("pk"))
    return (match[0].slug, match[1]) if match else None


@pytest.mark.django_db
def test_the_registry_decides_the_feed() -> None:
    account = builders.account("shop", account_id="123456789012")
    ecr = {"kind": Feed.Kind.ECR, "account": account, "url": "", "registry_path": ""}
    builders.feed("Hub", url="https://index.docker.io", registry_path="")
    builders.feed("Team", url="https://registry.example.com", registry_path="pull.example.com/team")
    builders.feed("ECR", region="eu-west-1", **ecr)
    builders.feed("Public", kind=Feed.Kind.ECR_PUBLIC, url="", registry_path="")
    assert found("nginx:1.29") == ("hub", "library/nginx")
    assert found("pull.example.com/team/web:1") == ("team", "web")
    assert found("registry.example.com/web:1") == ("team", "web")
    assert found("pull.example.com/other/web:1") is None
    assert found("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1") == ("ecr", "shop/web")
    assert found("123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:1") is None
    assert found("999999999999.dkr.ecr.eu-west-1.amazonaws.com/shop/web:1") is None
    assert found("public.ecr.aws/nginx/nginx:1") == ("public", "nginx/nginx")
    assert found("ghcr.io/shop/web:1") is None
