"""A small Docker Registry under /v2/ (HTTP API V2 of the CNCF Distribution project)."""

from __future__ import annotations

import base64
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, quote

from ecsportal.sandbox import seed
from ecsportal.sandbox.incoming import Answer, Incoming

_TAGS = re.compile(r"^/v2/(?P<name>.+)/tags/list$")
_MANIFEST = re.compile(r"^/v2/(?P<name>.+)/manifests/(?P<reference>[^/]+)$")
_BLOB = re.compile(r"^/v2/(?P<name>.+)/blobs/(?P<digest>[^/]+)$")
TOKEN_PATH = "/v2-token"  # noqa: S105 -- a path


class Registry:
    """Repositories with their tags; with `auth` "token" or "basic" it asks for credentials."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Back to the seeded repositories, open to everybody."""
        self.repositories = {name: list(tags) for name, tags in seed.DOCKER_REPOSITORIES.items()}
        self.moved: dict[tuple[str, str], str] = {}
        self.auth = "none"
        self.username, self.password = "demo", "demo"
        self._token = secrets.token_urlsafe(24)

    def configure(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Change what `settings` names: `auth`, `username`, `password`, `repositories`,
        `move` ({"repository", "tag"}: the tag gets another digest). ValueError for a wrong word."""
        auth = settings.get("auth", self.auth)
        if auth not in {"none", "token", "basic"}:
            raise ValueError("auth is none, token or basic")
        self.auth = auth
        self.username = str(settings.get("username", self.username))
        self.password = str(settings.get("password", self.password))
        for name, tags in settings.get("repositories", {}).items():
            self.repositories[name] = list(tags)
        if "move" in settings:
            key = (str(settings["move"]["repository"]), str(settings["move"]["tag"]))
            self.moved[key] = secrets.token_hex(4)
        return {"auth": self.auth, "repositories": self.repositories}

    def tag_of_digest(self, digest: str) -> str:
        """The tag whose image has this digest; empty if none has."""
        known = {**seed.ECR_REPOSITORIES, **self.repositories}
        for name, tags in known.items():
            for tag in tags:
                if self._manifest(name, tag).digest == digest:
                    return tag
        return ""

    def answer(self, incoming: Incoming) -> Answer:
        """Answer one request under /v2/ or at the token realm."""
        if incoming.path == TOKEN_PATH:
            return self._grant(incoming)
        refusal = self._check(incoming)
        if refusal is not None:
            return refusal
        if incoming.path in {"/v2", "/v2/"}:
            return _json(200, {})
        if incoming.path == "/v2/_catalog":
            shown, more = _slice(sorted(self.repositories), incoming)
            return _json(200, {"repositories": shown}, _link("/v2/_catalog", shown, more))
        for pattern, reply in ((_TAGS, self._tags), (_MANIFEST, self._manifests), (_BLOB, _blob)):
            found = pattern.match(incoming.path)
            if found:
                if found["name"] not in self.repositories:
                    return _error(404, "NAME_UNKNOWN", "repository name not known to registry")
                return reply(found, incoming)
        return _error(404, "UNSUPPORTED", "the operation is unsupported")

    def _tags(self, found: re.Match[str], incoming: Incoming) -> Answer:
        name = found["name"]
        shown, more = _slice(sorted(self.repositories[name]), incoming)
        return _json(200, {"name": name, "tags": shown}, _link(incoming.path, shown, more))

    def _manifests(self, found: re.Match[str], incoming: Incoming) -> Answer:
        name, reference = found["name"], found["reference"]
        for tag in self.repositories[name]:
            image = self._manifest(name, tag)
            if reference in {tag, image.digest}:
                headers = {
                    "Content-Type": image.media_type,
                    "Docker-Content-Digest": image.digest,
                    "Docker-Distribution-Api-Version": "registry/2.0",
                    "Etag": f'"{image.digest}"',
                }
                if incoming.method == "HEAD":
                    return 200, {**headers, "Content-Length": str(len(image.body))}, b""
                return 200, headers, image.body
        return _error(404, "MANIFEST_UNKNOWN", "manifest unknown", {"Tag": reference})

    def _manifest(self, name: str, tag: str) -> seed.Manifest:
        return seed.manifest(name, tag + self.moved.get((name, tag), ""))

    def _check(self, incoming: Incoming) -> Answer | None:
        given = incoming.headers.get("authorization", "")
        if self.auth == "none" or (self.auth == "token" and given == f"Bearer {self._token}"):
            return None
        if self.auth == "basic" and self._knows(given):
            return None
        challenge = 'Basic realm="sandbox"'
        if self.auth == "token":
            realm = f"http://{incoming.headers.get('host', 'localhost')}{TOKEN_PATH}"
            found = re.match(r"^/v2/(.+)/(tags|manifests|blobs)/", incoming.path)
            scope = f',scope="repository:{found.group(1)}:pull"' if found else ""
            challenge = f'Bearer realm="{realm}",service="sandbox"{scope}'
        answer = _error(401, "UNAUTHORIZED", "authentication required")
        answer[1]["WWW-Authenticate"] = challenge
        return answer

    def _grant(self, incoming: Incoming) -> Answer:
        if not self._knows(incoming.headers.get("authorization", "")):
            return _error(401, "UNAUTHORIZED", "authentication required")
        return _json(200, {"token": self._token, "expires_in": 300})

    def _knows(self, authorization: str) -> bool:
        expected = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        return authorization == f"Basic {expected}"


def _slice(names: list[str], incoming: Incoming) -> tuple[list[str], bool]:
    query = parse_qs(incoming.query)
    last = query.get("last", [""])[0]
    size = query.get("n", ["1000"])[0]
    following = [name for name in names if name > last]
    count = int(size) if size.isdigit() and int(size) > 0 else 1000
    return following[:count], len(following) > count


def _link(path: str, shown: list[str], more: bool) -> dict[str, str]:
    if not more:
        return {}
    return {"Link": f'<{path}?n={len(shown)}&last={quote(shown[-1], safe="")}>; rel="next"'}


def _blob(found: re.Match[str], _: Incoming) -> Answer:
    body = json.dumps({"architecture": "amd64", "os": "linux", "config": {}}).encode()
    headers = {"Content-Type": "application/octet-stream", "Docker-Content-Digest": found["digest"]}
    return 200, headers, body


def _json(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
    head = {
        "Content-Type": "application/json; charset=utf-8",
        "Docker-Distribution-Api-Version": "registry/2.0",
    }
    return status, head | (headers or {}), json.dumps(content).encode()


def _error(status: int, code: str, message: str, detail: Any = None) -> Answer:
    return _json(status, {"errors": [{"code": code, "message": message, "detail": detail}]})
