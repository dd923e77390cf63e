"""Who the portal is towards AWS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class AwsCredentials:
    """An AWS account's access, decrypted; usable as a key of the client cache.

    `access_key` signs with the given key; `worker` with what the worker's own environment offers
    (instance or task role, environment variables, web identity). With `role_arn` that identity
    assumes the role for `session_duration` seconds at a time.

    `endpoint_url` replaces AWS's own endpoints. It is user input: loopback, link-local and metadata
    addresses are refused unless `endpoint_allow` names the host or its network (REMOTE_ALLOW); the
    single entry `*` marks an endpoint that the operator chose.
    """

    kind: Literal["access_key", "worker"] = "worker"
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    role_arn: str = ""
    external_id: str = ""
    session_duration: int = 3600
    endpoint_url: str = ""
    endpoint_allow: tuple[str, ...] = ()


@dataclass(frozen=True)
class Identity:
    """Who AWS says we are: `arn` as in `arn:aws:sts::123456789012:assumed-role/Deploy/web-shop`."""

    account_id: str
    arn: str


@dataclass(frozen=True)
class Limits:
    """How long one call may take: seconds to connect and to read, and attempts in all."""

    connect_seconds: float = 5
    read_seconds: float = 5
    attempts: int = 2


PAGE_LIMITS = Limits()
"""For look-ups that a page waits for."""

TURN_LIMITS = Limits(attempts=1)
"""For the engine: it comes back by itself, and a turn has to stay below its lease of 10 s."""
