"""boto3 clients for an account and region, kept for as long as the process lives.

A boto3 session is not safe between threads, a client is; making one costs tens of milliseconds. So
clients are made under one lock and shared. boto3 itself is loaded with the first client: it is slow
to import, and pages and commands that never speak to AWS shall not pay for it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from ecsportal.aws.credentials import PAGE_LIMITS, TURN_LIMITS, AwsCredentials, Identity, Limits
from ecsportal.aws.errors import aws_errors, is_throttling
from ecsportal.aws.http_libraries import load_botocore
from ecsportal.aws.pace import Pace

if TYPE_CHECKING:
    from botocore.session import Session

_KEPT = 512
"""Clients kept; the one used longest ago goes first. Assumed roles have one per session name."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_ONCE_MORE_AFTER = (0.4, 0.8)
_REFRESH_SECONDS = 15 * 60
_IDENTITY_SECONDS = 5 * 60

_Key = tuple[AwsCredentials, str, str, Limits]
Place = tuple[AwsCredentials, str]
"""An account, as it is signed in to, and a region: what AWS counts calls by."""


class ClientCache:
    """Clients by credentials, region, session name and limits. One per process is enough."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: OrderedDict[tuple[str, _Key], Any] = OrderedDict()
        self._sessions: OrderedDict[_Key | None, Session] = OrderedDict()
        self._loader: Any = None
        self._paces: dict[Place, Pace] = {}

    def pace(self, place: Place) -> Pace:
        """The pace of an account and region, shared by all clients there."""
        with self._lock:
            return self._pace(place)

    def forget_paces(self) -> None:
        """Ask every account as fast as ever; what was throttled is forgotten."""
        for pace in list(self._paces.values()):
            pace.reset()

    def _pace(self, place: Place) -> Pace:
        return self._paces.setdefault(place, Pace())

    def client(
        self,
        service: str,
        credentials: AwsCredentials,
        region: str,
        *,
        session_name: str = "ecs-portal",
        limits: Limits = PAGE_LIMITS,
    ) -> Any:
        """A client of `service`, made at the first call; safe to use from several threads.

        `session_name` names an assumed role's session (it shows in CloudTrail); without a role it
        changes nothing.
        """
        name = role_session_name(session_name) if credentials.role_arn else ""
        key = (credentials, region, name, limits)
        with self._lock, aws_errors:
            if (service, key) in self._clients:
                self._clients.move_to_end((service, key))
                return self._clients[service, key]
            made = self._make(service, key)
            self._clients[service, key] = made
            while len(self._clients) > _KEPT:
                self._clients.popitem(last=False)
            return made

    def forget(self, credentials: AwsCredentials) -> None:
        """Drop all clients of these credentials: the next one starts with fresh ones."""
        with self._lock:
            for at in [at for at in self._clients if at[1][0] == credentials]:
                del self._clients[at]
            for key in [key for key in self._sessions if key and key[0] == credentials]:
                del self._sessions[key]

    def _make(self, service: str, key: _Key) -> Any:
        load_botocore()
        from ecsportal.aws.client_settings import (  # noqa: PLC0415 -- loaded just now
            make_client,
            signs_with_key,
        )

        credentials, region, _, limits = key
        pace = self._pace((credentials, region))
        session = self._session(None if signs_with_key(credentials) else key)
        made = make_client(session, service, credentials, region, limits)

        def before_call(**_: Any) -> None:
            pace.admit()

        def once_more(response: Any, attempts: int, **_: Any) -> float | None:
            """Seconds until a throttled call is made again, once; botocore makes all others."""
            answered = response[1] if response else {}
            if attempts > 1 or not is_throttling(answered.get("Error", {}).get("Code", "")):
                return None
            pace.throttled()
            return random.uniform(*_ONCE_MORE_AFTER)

        def on_answer(parsed: dict[str, Any], **_: Any) -> None:
            code = parsed.get("Error", {}).get("Code", "")
            if code in _EXPIRED:
                self.forget(credentials)
            if is_throttling(code):
                pace.throttled()
            else:
                pace.answered()

        if limits.attempts == 1:
            # Without it a turn of several calls might never get through to its last one.
            events: Any = made.meta.events  # its stubs know of no handler that answers
            events.register("needs-retry", once_more)
        made.meta.events.register("before-call", before_call)
        made.meta.events.register("after-call", on_answer)
        return made

    def _session(self, key: _Key | None) -> Session:
        """The session of a role, or of what the worker has; None for all that sign with a key."""
        if key in self._sessions:
            return self._sessions[key]
        import botocore.session  # noqa: PLC0415 -- loaded with the first client, see above

        from ecsportal.aws.client_settings import moment  # noqa: PLC0415 -- as above

        session = botocore.session.get_session()
        if self._loader is None:
            self._loader = session.get_component("data_loader")
        # One loader keeps one copy of the service models for all sessions.
        session.register_component("data_loader", self._loader)
        parsers = session.get_component("response_parser_factory")
        parsers.set_parser_defaults(timestamp_parser=moment)
        if key is not None:
            _sign(session, key)
        self._sessions[key] = session
        while len(self._sessions) > _KEPT:
            self._sessions.popitem(last=False)
        return session


def _sign(session: Session, key: _Key) -> None:
    """Let the session sign with the role, if there is one, else with what the worker has."""
    credentials = key[0]
    if credentials.kind == "access_key":
        session.set_credentials(credentials.access_key_id, credentials.secret_access_key)
    if credentials.role_arn:
        _assume(session, key)


def _assume(session: Session, key: _Key) -> None:
    """Let the session sign with the role, assumed at the first call and renewed in time."""
    from botocore.credentials import (  # noqa: PLC0415 -- loaded with the first client
        DeferredRefreshableCredentials,
    )

    from ecsportal.aws.client_settings import make_client  # noqa: PLC0415 -- as above

    credentials, region, name, limits = key
    sts = make_client(session, "sts", credentials, region, limits)

    def assume() -> dict[str, str]:
        given = _assume_role(sts, credentials, name)
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    role = DeferredRefreshableCredentials(refresh_using=assume, method="assume-role")
    # 15 minutes ahead; a session of 15 minutes would otherwise be renewed with every call.
    ahead = min(_REFRESH_SECONDS, credentials.session_duration // 3)
    role._advisory_refresh_timeout = ahead  # type: ignore[attr-defined]
    role._mandatory_refresh_timeout = ahead // 2  # type: ignore[attr-defined]
    session._credentials = role  # type: ignore[attr-defined]


def _assume_role(sts: Any, credentials: AwsCredentials, name: str) -> dict[str, Any]:
    """AssumeRole; a chained role gets at most an hour, asking for more fails (STS reference)."""
    wanted: dict[str, Any] = {"RoleArn": credentials.role_arn, "RoleSessionName": name}
    if credentials.external_id:
        wanted["ExternalId"] = credentials.external_id
    with aws_errors:
        try:
            answer = sts.assume_role(DurationSeconds=credentials.session_duration, **wanted)
        except sts.exceptions.ClientError as error:
            if "role chaining" not in str(error):
                raise
            answer = sts.assume_role(DurationSeconds=3600, **wanted)
    given: dict[str, Any] = answer["Credentials"]
    return given


def role_session_name(text: str) -> str:
    """`text` as a role session name: 2 to 64 characters that STS allows."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_+=,.@-") else "-" for c in text)
    return kept[:64] if len(kept) >= 2 else "ecs-portal"


_cache = ClientCache()
client = _cache.client
forget = _cache.forget
forget_paces = _cache.forget_paces


def identity(
    credentials: AwsCredentials, region: str, *, session_name: str = "ecs-portal"
) -> Identity:
    """Who AWS says we are; needs no permission, so it is the test of an account."""
    return caller_identity(client("sts", credentials, region, session_name=session_name))


def caller_identity(sts: Any) -> Identity:
    """The identity that a given STS client signs with."""
    with aws_errors:
        answer = sts.get_caller_identity()
    return Identity(account_id=answer["Account"], arn=answer["Arn"])


_identities: WeakKeyDictionary[Any, tuple[Identity, float]] = WeakKeyDictionary()


def known_identity(sts: Any) -> Identity:
    """As `caller_identity`, a few minutes old at most: every deployment asks for the same."""
    found = _identities.get(sts)
    if found is None or time.monotonic() - found[1] > _IDENTITY_SECONDS:
        found = _identities[sts] = caller_identity(sts), time.monotonic()
    return found[0]


forget_identities = _identities.clear


class TargetClients:
    """The clients of one deployment on one target, as `RunContext.aws` wants them.

    Each access asks the cache again, so that expired credentials are replaced between two calls.
    """

    def __init__(
        self,
        credentials: AwsCredentials,
        region: str,
        *,
        session_name: str = "ecs-portal",
        limits: Limits = TURN_LIMITS,
    ) -> None:
        self._credentials = credentials
        self._region = region
        self._session_name = session_name
        self._limits = limits

    def client(self, service: str) -> Any:
        """Any service's client, for step types that need more than those below."""
        return client(
            service,
            self._credentials,
            self._region,
            session_name=self._session_name,
            limits=self._limits,
        )

    @property
    def place(self) -> Place:
        return self._credentials, self._region

    @property
    def slowness(self) -> float:
        return _cache.pace(self.place).slowness

    def hold_back(self, who: Hashable) -> float:
        """As `Pace.hold_back`, of the target's account and region."""
        return _cache.pace(self.place).hold_back(who)

    @property
    def cloudformation(self) -> Any:
        return self.client("cloudformation")

    @property
    def ecs(self) -> Any:
        return self.client("ecs")

    @property
    def sts(self) -> Any:
        return self.client("sts")

    @property
    def logs(self) -> Any:
        return self.client("logs")

    @property
    def elbv2(self) -> Any:
        return self.client("elbv2")

    @property
    def s3(self) -> Any:
        return self.client("s3")
