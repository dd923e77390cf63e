"""One question to an address that users name: guarded, bounded, and over in seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from ecsportal.aws.address_guard import AddressGuard, AddressRefusedError
from ecsportal.aws.http_libraries import load_requests
from ecsportal.steps.http_check.inputs import wrong_url

if TYPE_CHECKING:
    import requests

CALL_SECONDS = 5.0
"""For connecting, and again for each piece of the answer."""
_ALL_SECONDS = 10.0
_BYTES = 1024 * 1024
_REDIRECTS = 5
_REDIRECTING = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Answer:
    """What came back: the status and as much of the body as is read, at most 1 MB."""

    status: int
    body: str

    @property
    def words(self) -> str:
        """`502 Bad Gateway`."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)


class NoAnswerError(Exception):
    """Nothing came back; the text says why. `is_final` where asking again changes nothing."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        self.is_final = is_final
        super().__init__(words)


def ask(method: str, url: str, *, expected: int, allow: Sequence[str]) -> Answer:
    """Ask once; redirects are followed unless one is what is expected.

    Every host on the way obeys the address guard; `allow` is REMOTE_ALLOW. Raises NoAnswerError.
    """
    until = time.monotonic() + _ALL_SECONDS
    with _session(allow) as session:
        for _ in range(_REDIRECTS + 1):
            answer, target = _once(session, method, url, until)
            if not target or answer.status == expected:
                return answer
            if wrong := wrong_url(target):
                raise NoAnswerError(f"it redirects to an address that is not asked: {wrong}")
            if answer.status in (301, 302, 303) and method == "POST":
                method = "GET"
            url = target
    raise NoAnswerError("it redirects again and again")


def _session(allow: Sequence[str]) -> requests.Session:
    load_requests()
    import requests  # noqa: PLC0415 -- slow to load, and most processes ask nobody

    from ecsportal.aws.guarded_http import GuardedAdapter  # noqa: PLC0415 -- needs requests

    session = requests.Session()
    session.trust_env = False  # neither a .netrc nor a proxy between guard and host
    adapter = GuardedAdapter(AddressGuard(allow))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers["User-Agent"] = "ecs-portal"
    return session


def _once(session: requests.Session, method: str, url: str, until: float) -> tuple[Answer, str]:
    """The answer, and where it redirects to, if it does."""
    import requests  # noqa: PLC0415 -- see above
    from urllib3.exceptions import HTTPError, ReadTimeoutError  # noqa: PLC0415 -- see above

    seconds = min(CALL_SECONDS, until - time.monotonic())
    if seconds <= 0:
        raise _too_slow()
    try:
        with session.request(
            method, url, timeout=(seconds, seconds), allow_redirects=False, stream=True
        ) as response:
            body = _read(response, until)
            answer = Answer(response.status_code, body.decode("utf-8", "replace"))
            location = response.headers.get("Location", "")
            redirects = response.status_code in _REDIRECTING and location
            return answer, urljoin(url, location) if redirects else ""
    except AddressRefusedError as error:
        raise NoAnswerError(str(error), is_final=True) from error
    except (requests.exceptions.Timeout, TimeoutError, ReadTimeoutError) as error:
        raise _too_slow() from error
    except requests.exceptions.SSLError as error:
        raise NoAnswerError("its certificate isn't trusted") from error
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as error:
        raise NoAnswerError(_reason(error)) from error


def _read(response: requests.Response, until: float) -> bytes:
    """The body up to its bound, piece by piece: a server that drips must not hold the worker."""
    body = bytearray()
    while len(body) < _BYTES and (piece := response.raw.read1(64 * 1024, decode_content=True)):
        body += piece
        if time.monotonic() >= until:
            raise _too_slow()
    return bytes(body[:_BYTES])


def _too_slow() -> NoAnswerError:
    return NoAnswerError("no answer in time")


def _reason(error: BaseException) -> str:
    text = str(error)
    if "NameResolutionError" in text or "Failed to resolve" in text:
        return "its name can't be resolved"
    if "refused" in text:
        return "connection refused"
    return "the connection broke"
