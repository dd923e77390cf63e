"""Which feed an image comes from, by the registry that its name begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecsportal.infrastructure.models import Feed
from ecsportal.infrastructure.rules import registry_host

_ECR = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")
_HUB = "docker.io"
_HUB_HOSTS = frozenset({_HUB, "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_ECR_PUBLIC = "public.ecr.aws"


@dataclass(frozen=True)
class ImageName:
    """An image's name in parts; `tag` and `digest` are empty where it has none."""

    host: str
    repository: str
    tag: str = ""
    digest: str = ""


def parse_image(image: str) -> ImageName:
    """The parts of `host/repository:tag@digest`; without a host it is one of Docker Hub."""
    name, _, digest = image.partition("@")
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    path = f"{head}{slash}{last}"
    first, _, rest = path.partition("/")
    if rest and (first == "localhost" or "." in first or ":" in first):
        return ImageName(_HUB if first in _HUB_HOSTS else first, rest, tag, digest)
    return ImageName(_HUB, path if rest else f"library/{path}", tag, digest)


def feed_of_image(image: ImageName, feeds: Iterable[Feed]) -> tuple[Feed, str] | None:
    """The feed, and the repository as the feed names it; None where no feed has this registry."""
    whole = f"{image.host}/{image.repository}"
    for feed in feeds:
        for start in _starts(feed, image.host):
            if whole.startswith(f"{start}/"):
                return feed, whole.removeprefix(f"{start}/")
    return None


def _starts(feed: Feed, host: str) -> Iterator[str]:
    """How names of the feed's images begin: its registry, with a path where it has one."""
    if feed.kind == Feed.Kind.ECR_PUBLIC:
        yield _ECR_PUBLIC
    elif feed.kind == Feed.Kind.ECR:
        found = _ECR.fullmatch(host)
        known = feed.account.account_id if feed.account else ""
        if found and found[2] == feed.region and known in ("", found[1]):
            yield host
    else:
        for place in filter(None, [feed.registry_path, registry_host(feed.url)]):
            first, slash, rest = place.partition("/")
            yield f"{_HUB if first in _HUB_HOSTS else first}{slash}{rest}".rstrip("/")
