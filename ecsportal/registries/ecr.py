"""Amazon ECR: tags, digests and repositories through its own API (private registries).

Public ones (public.ecr.aws) speak the Docker API: use `DockerRegistry("https://public.ecr.aws")`.
"""

from __future__ import annotations

from typing import Any

from ecsportal.aws.errors import AwsError, aws_errors
from ecsportal.registries.exchange import Deadline
from ecsportal.registries.tags import FeedError, ImageTag
from ecsportal.registries.versions import newest_first


class EcrRegistry:
    """The account's registry in one region, through a boto3 `ecr` client; `seconds` bounds each
    call below in all, however many pages it reads."""

    def __init__(self, client: Any, *, seconds: float = 15) -> None:
        self._client = client
        self._seconds = seconds

    def tags(self, repository: str) -> list[ImageTag]:
        """All tags of the repository, newest version first, with digests and push times."""
        found: dict[str, ImageTag] = {}
        for page in self._pages(
            "describe_images",
            repositoryName=repository,
            filter={"tagStatus": "TAGGED"},
            maxResults=1000,
        ):
            for image in page.get("imageDetails", []):
                for tag in image.get("imageTags", []):
                    found[tag] = ImageTag(tag, image.get("imageDigest"), image.get("imagePushedAt"))
        return [found[tag] for tag in newest_first(found)]

    def digest(self, repository: str, tag: str) -> str | None:
        """The digest that the tag points to now, or None where there is no such tag."""
        try:
            with aws_errors:
                answer = self._client.describe_images(
                    repositoryName=repository, imageIds=[{"imageTag": tag}]
                )
        except AwsError as error:
            if error.aws_code == "ImageNotFoundException":
                return None
            raise as_feed_error(error) from error
        details = answer.get("imageDetails") or []
        return str(details[0]["imageDigest"]) if details else None

    def repositories(self, search: str = "", *, limit: int = 100) -> list[str]:
        """Names of repositories that contain `search`, in alphabetical order."""
        needle = search.strip().lower()
        found: list[str] = []
        for page in self._pages("describe_repositories", maxResults=1000):
            names = [raw["repositoryName"] for raw in page.get("repositories", [])]
            found.extend(name for name in names if needle in name.lower())
        return sorted(found)[:limit]

    def registry_host(self) -> str:
        """The host that images are pulled from: `123456789012.dkr.ecr.eu-west-1.amazonaws.com`."""
        try:
            with aws_errors:
                account = self._client.describe_registry()["registryId"]
        except AwsError as error:
            raise as_feed_error(error) from error
        region = self._client.meta.region_name
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return f"{account}.dkr.ecr.{region}.{suffix}"

    def test(self, repository: str = "") -> str:
        """Sign in and read; says what was found, or raises FeedError."""
        if repository:
            count = len(self.tags(repository))
            return f"{repository} has {count} {'tag' if count == 1 else 'tags'}."
        count = len(self.repositories(limit=10_000))
        return f"The registry has {count} {'repository' if count == 1 else 'repositories'}."

    def _pages(self, operation: str, **arguments: Any) -> Any:
        deadline = Deadline(self._seconds)
        more: dict[str, str] = {}
        while True:
            if deadline.left() <= 0:
                raise FeedError(
                    "FEED-UNREACHABLE",
                    "ECR doesn't answer in time.",
                    "Ask again later, or type a tag; the release can be created either way.",
                    transient=True,
                )
            try:
                with aws_errors:
                    page = getattr(self._client, operation)(**arguments, **more)
            except AwsError as error:
                raise as_feed_error(error) from error
            yield page
            if not page.get("nextToken"):
                return
            more = {"nextToken": page["nextToken"]}


def as_feed_error(error: AwsError) -> FeedError:
    """AWS's refusal as a feed's: the same words, a feed's code."""
    code = {
        "AWS-PERMISSION": "FEED-CREDENTIALS",
        "AWS-CREDENTIALS": "FEED-CREDENTIALS",
        "AWS-NOT-FOUND": "FEED-NOT-FOUND",
        "AWS-THROTTLED": "FEED-LIMIT",
        "AWS-UNREACHABLE": "FEED-UNREACHABLE",
    }.get(error.code, "FEED-ANSWER")
    return FeedError(code, error.message, error.advice, transient=error.transient)
