"""Registries that speak the Docker Registry HTTP API v2 (Docker Hub, Harbor, ECR Public, ...).

Source: CNCF Distribution specification, Docker's token authentication. A listing is bounded in time
and size, whatever the other side does: the answer comes from a host that a user named.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from ecsportal.registries.exchange import Deadline, Exchange
from ecsportal.registries.tags import FeedError, ImageTag
from ecsportal.registries.versions import newest_first

_PAGE = 1000
_MANIFESTS = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)


class DockerRegistry:
    """One registry as one user sees it; safe to use from one thread at a time.

    `remote_allow` is REMOTE_ALLOW: hosts and networks that the address may have on loopback or
    link-local. `seconds` bounds each of the calls below in all, however many pages it reads.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str = "",
        password: str = "",
        remote_allow: tuple[str, ...] = (),
        seconds: float = 15,
    ) -> None:
        self._base = _base_url(url)
        self._seconds = seconds
        self._exchange = Exchange(self._base, username, password, remote_allow)

    def tags(self, repository: str) -> list[ImageTag]:
        """All tags of the repository, newest version first."""
        name = self._name(repository)
        found: list[str] = []
        path = f"/v2/{name}/tags/list?n={_PAGE}"
        for page in self._pages(path, scope=f"repository:{name}:pull", what=f"Repository {name}"):
            found.extend(tag for tag in page.get("tags") or [] if isinstance(tag, str))
        return [ImageTag(tag) for tag in newest_first(found)]

    def digest(self, repository: str, tag: str) -> str | None:
        """The digest that the tag points to now, or None where there is no such tag."""
        name = self._name(repository)
        answer = self._exchange.send(
            "HEAD",
            f"{self._base}/v2/{name}/manifests/{tag}",
            scope=f"repository:{name}:pull",
            accept=_MANIFESTS,
            deadline=Deadline(self._seconds),
        )
        is_page = "html" in answer.headers.get("Content-Type", "").lower()
        if answer.status == 404 and not is_page:
            return None
        self._exchange.expect_ok(answer, what=f"Tag {tag} of {name}")
        digest = answer.headers.get("Docker-Content-Digest")
        return str(digest) if digest else None

    def repositories(self, search: str = "", *, limit: int = 100) -> list[str]:
        """Names of repositories that contain `search`; none where the registry has no catalogue."""
        needle = search.strip().lower()
        found: list[str] = []
        try:
            for page in self._pages(
                f"/v2/_catalog?n={_PAGE}", scope="registry:catalog:*", what="The catalogue"
            ):
                names = [name for name in page.get("repositories") or [] if isinstance(name, str)]
                found.extend(name for name in names if needle in name.lower())
                if len(found) >= limit:
                    break
        except FeedError as error:
            # Docker Hub and many others keep their catalogue closed; searching is never required.
            if error.code not in ("FEED-NOT-FOUND", "FEED-CREDENTIALS"):
                raise
        return found[:limit]

    def test(self, repository: str = "") -> str:
        """Reach the registry, sign in, and read a repository where one is named; says what was
        found, or raises FeedError."""
        if repository:
            count = len(self.tags(repository))
            return f"{self._name(repository)} has {count} {'tag' if count == 1 else 'tags'}."
        answer = self._exchange.send(
            "GET", f"{self._base}/v2/", scope="", deadline=Deadline(self._seconds)
        )
        self._exchange.expect_ok(answer, what="The registry")
        return "The registry answers and accepts the sign-in."

    def _pages(self, path: str, *, scope: str, what: str) -> Any:
        """The JSON objects of a paged list, one after the other."""
        deadline = Deadline(self._seconds)
        url = self._base + path
        seen: set[str] = set()
        while url and url not in seen:
            seen.add(url)
            answer = self._exchange.send("GET", url, scope=scope, deadline=deadline)
            self._exchange.expect_ok(answer, what=what)
            try:
                page = json.loads(answer.body)
            except ValueError:
                page = None
            if not isinstance(page, dict):
                raise self._exchange.not_a_registry()
            yield page
            url = self._next(url, answer.headers.get("Link", ""))

    def _next(self, url: str, link: str) -> str:
        """The next page's address, only on the same host."""
        found = _NEXT.search(link or "")
        if found is None:
            return ""
        target = urljoin(url, str(found[1]))
        here, there = urlsplit(self._base), urlsplit(target)
        if (here.scheme, here.netloc) != (there.scheme, there.netloc):
            return ""
        return str(target)

    def _name(self, repository: str) -> str:
        """The repository's name there; Docker Hub keeps `nginx` as `library/nginx`."""
        name = repository.strip().strip("/")
        if not re.fullmatch(r"[A-Za-z0-9]+(?:[._/-]+[A-Za-z0-9]+)*", name):
            raise FeedError(
                "FEED-NOT-FOUND",
                f'"{repository}" is no repository name.',
                "Write it as in shop/web: letters, digits, '.', '_', '-' and '/'.",
            )
        host = urlsplit(self._base).hostname or ""
        if host.endswith("docker.io") and "/" not in name:
            return f"library/{name}"
        return name


def _base_url(url: str) -> str:
    """The registry's address without path; Docker Hub's other names lead to its registry."""
    text = url.strip()
    if "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FeedError(
            "FEED-UNREACHABLE",
            f'"{url}" is no address of a registry.',
            "Write it as in https://registry.example.com.",
        )
    if parts.hostname in ("docker.io", "index.docker.io", "hub.docker.com"):
        return "https://registry-1.docker.io"
    path = parts.path.rstrip("/").removesuffix("/v2").removesuffix("/v1")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"
