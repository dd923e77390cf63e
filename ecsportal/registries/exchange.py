"""HTTP with a registry: sign-in, redirects, bounds, and refusals in plain words."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from ecsportal.aws.address_guard import AddressGuard, AddressRefusedError
from ecsportal.aws.http_libraries import load_requests
from ecsportal.registries.tags import FeedError

if TYPE_CHECKING:
    import requests

_BYTES = 8 * 1024 * 1024
"""The longest answer read: a list of 100,000 tags is about 2 MB."""
_CALL_SECONDS = 5.0
_REDIRECTS = 3
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class Deadline:
    """The moment at which a listing gives up."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left for one call, at most five."""
        return min(_CALL_SECONDS, self._until - time.monotonic())


@dataclass(frozen=True)
class Answer:
    """A registry's answer, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Exchange:
    """Sends requests to one registry and signs in where it asks for that."""

    base: str
    username: str = field(repr=False)
    password: str = field(repr=False)
    remote_allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._session: requests.Session | None = None
        self._signed: dict[str, str] = {}

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc

    def send(
        self, method: str, url: str, *, scope: str, deadline: Deadline, accept: str = ""
    ) -> Answer:
        """Send, signing in once where asked; FeedError when nothing answers in time."""
        headers = {"Accept": accept} if accept else {}
        if scope in self._signed:
            headers["Authorization"] = self._signed[scope]
        answer = self._follow(method, url, headers, deadline)
        if answer.status != 401:
            return answer
        authorization = self._sign_in(answer.headers.get("WWW-Authenticate", ""), scope, deadline)
        if not authorization or authorization == headers.get("Authorization"):
            return answer
        self._signed[scope] = authorization
        return self._follow(method, url, {**headers, "Authorization": authorization}, deadline)

    def _follow(
        self, method: str, url: str, headers: Mapping[str, str], deadline: Deadline
    ) -> Answer:
        """Follow redirects; what signs us in goes to the registry's own host only."""
        given = dict(headers)
        for _ in range(_REDIRECTS + 1):
            answer = self._once(method, url, given, deadline)
            if answer.status not in (301, 302, 303, 307, 308):
                return answer
            target = urljoin(url, answer.headers.get("Location", ""))
            if _origin(target) != _origin(url):
                given.pop("Authorization", None)
            url = target
        raise FeedError("FEED-ANSWER", f"{self.host} redirects again and again.", _CHECK_URL)

    def _once(
        self, method: str, url: str, headers: Mapping[str, str], deadline: Deadline
    ) -> Answer:
        load_requests()
        import requests  # noqa: PLC0415 -- slow to load, and most processes ask no registry
        from urllib3.exceptions import HTTPError, ReadTimeoutError  # noqa: PLC0415 -- as above

        seconds = deadline.left()
        if seconds <= 0:
            raise self._too_slow()
        try:
            with self._open().request(
                method,
                url,
                headers=dict(headers),
                timeout=(seconds, seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._read(response, deadline)
                return Answer(response.status_code, response.headers, body)
        except AddressRefusedError as error:
            raise _refused(error) from error
        except (requests.exceptions.Timeout, TimeoutError, ReadTimeoutError) as error:
            raise self._too_slow() from error
        except requests.exceptions.SSLError as error:
            raise FeedError(
                "FEED-UNREACHABLE",
                f"{self.host} shows a certificate that isn't trusted.",
                "Install its certificate authority, or correct the feed's URL.",
            ) from error
        except (requests.exceptions.RequestException, HTTPError, OSError) as error:
            raise FeedError(
                "FEED-UNREACHABLE",
                f"{self.host} can't be reached.",
                "Check the feed's URL and the portal's network. A tag can be typed meanwhile.",
                transient=True,
            ) from error

    def _read(self, response: requests.Response, deadline: Deadline) -> bytes:
        """The body, piece by piece as it comes: a server that drips must not outlive the time."""
        body = bytearray()
        while piece := response.raw.read1(64 * 1024, decode_content=True):
            body += piece
            if len(body) > _BYTES:
                raise FeedError(
                    "FEED-ANSWER", f"{self.host} sends more than 8 MB at once.", _CHECK_URL
                )
            if deadline.left() <= 0:
                raise self._too_slow()
        return bytes(body)

    def _open(self) -> requests.Session:
        if self._session is None:
            import requests  # noqa: PLC0415 -- see above

            from ecsportal.aws.guarded_http import GuardedAdapter  # noqa: PLC0415 -- needs requests

            self._session = requests.Session()
            self._session.trust_env = False  # neither a .netrc nor a proxy between guard and host
            adapter = GuardedAdapter(AddressGuard(self.remote_allow))
            self._session.mount("http://", adapter)
            self._session.mount("https://", adapter)
            self._session.headers["User-Agent"] = "ecs-portal"
        return self._session

    def _sign_in(self, challenge: str, scope: str, deadline: Deadline) -> str:
        """The Authorization header that answers the challenge, or empty where there is none."""
        kind, _, rest = challenge.partition(" ")
        if kind.lower() == "basic":
            return self._basic()
        if kind.lower() != "bearer":
            return ""
        asked = {key.lower(): value for key, value in _CHALLENGE.findall(rest)}
        realm = urljoin(self.base + "/", asked.get("realm", ""))
        query = {"service": asked.get("service", ""), "scope": asked.get("scope") or scope}
        answer = self._follow(
            "GET", _with_query(realm, query), self._realm_headers(realm), deadline
        )
        self.expect_ok(answer, what="The sign-in")
        try:
            given: Any = json.loads(answer.body)
        except ValueError as error:
            raise self.not_a_registry() from error
        token = given.get("token") or given.get("access_token") if isinstance(given, dict) else ""
        return f"Bearer {token}" if token else ""

    def _realm_headers(self, realm: str) -> dict[str, str]:
        """The password goes to the realm that the registry names, but never from https to http."""
        downgrade = self.base.startswith("https:") and not realm.startswith("https:")
        basic = self._basic()
        return {"Authorization": basic} if basic and not downgrade else {}

    def _basic(self) -> str:
        if not self.username and not self.password:
            return ""
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def expect_ok(self, answer: Answer, *, what: str) -> None:
        """Raise a FeedError in plain words for everything but a good answer of a registry."""
        content = answer.headers.get("Content-Type", "").lower()
        if answer.status < 400:
            if "html" in content:
                raise self.not_a_registry()
            return
        if answer.status in (401, 403):
            raise FeedError(
                "FEED-CREDENTIALS", self._no_access(answer, what), self._sign_in_advice()
            )
        if answer.status == 404:
            if "html" in content:
                raise self.not_a_registry()
            raise FeedError(
                "FEED-NOT-FOUND",
                f"{what} doesn't exist on {self.host}.",
                "Check the spelling, or sign in: many registries hide what one may not see.",
            )
        if answer.status == 429:
            raise FeedError(
                "FEED-LIMIT",
                f"{self.host} refuses for now (429, pull limit).",
                "Type a tag, or ask again later; a sign-in raises the limit.",
                transient=True,
            )
        raise FeedError(
            "FEED-ANSWER",
            f"{self.host} answers {answer.status}{_registry_words(answer)}.",
            "Ask again later, or type a tag.",
            transient=answer.status >= 500,
        )

    def _no_access(self, answer: Answer, what: str) -> str:
        who = "accepts nobody without a sign-in" if not self._basic() else "refuses this sign-in"
        return f"{self.host} {who} ({answer.status}): {what[0].lower()}{what[1:]} stays hidden."

    def _sign_in_advice(self) -> str:
        if self._basic():
            return "Check user name and password of the feed, and that this user may read it."
        return "Check the repository's name, or give the feed a user name and password."

    def not_a_registry(self) -> FeedError:
        """The other side answers, but not as a registry does."""
        return FeedError(
            "FEED-NOT-A-REGISTRY",
            f"{self.host} answers with a page, not as a Docker registry.",
            _CHECK_URL,
        )

    def _too_slow(self) -> FeedError:
        return FeedError(
            "FEED-UNREACHABLE",
            f"{self.host} doesn't answer in time.",
            "Ask again later, or type a tag; the release can be created either way.",
            transient=True,
        )


_CHECK_URL = "Check the feed's URL; Docker Hub's is https://registry-1.docker.io."


def _refused(error: AddressRefusedError) -> FeedError:
    return FeedError(
        "FEED-REFUSED", str(error), "Correct the feed's URL, or ask the operator to allow it."
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _with_query(url: str, query: Mapping[str, str]) -> str:
    given = urlencode({key: value for key, value in query.items() if value})
    return f"{url}{'&' if '?' in url else '?'}{given}" if given else url


def _registry_words(answer: Answer) -> str:
    """The registry's own code and text from its JSON errors, or an empty text."""
    try:
        first = json.loads(answer.body)["errors"][0]
        return f" ({first['code']}: {str(first.get('message', ''))[:200]})"
    except (ValueError, LookupError, TypeError):
        return ""
