"""How botocore's clients are set up here; imported with the first one, botocore is slow to load."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool
from botocore.config import Config
from botocore.utils import parse_timestamp

from ecsportal.aws.address_guard import AddressGuard
from ecsportal.aws.guarded_http import guarded_pools
from ecsportal.aws.short_signing import choose_signer
from ecsportal.aws.warm_http import send_over_warm

if TYPE_CHECKING:
    from botocore.session import Session

    from ecsportal.aws.credentials import AwsCredentials, Limits


def make_client(
    session: Session, service: str, credentials: AwsCredentials, region: str, limits: Limits
) -> Any:
    """A client of `service` that connects only where the credentials' endpoint may lead.

    It signs with the key where that is all there is to sign with, else as the session does.
    """
    by_key = signs_with_key(credentials)
    made: Any = session.create_client(
        service,
        region_name=region,
        aws_access_key_id=credentials.access_key_id if by_key else None,
        aws_secret_access_key=credentials.secret_access_key if by_key else None,
        config=_config(session, limits, path_style=bool(credentials.endpoint_url)),
        endpoint_url=credentials.endpoint_url or None,
    )
    # botocore has no public door to the connections.
    manager = made._endpoint.http_session._manager
    if credentials.endpoint_url:
        manager.pool_classes_by_scheme = guarded_pools(
            AddressGuard(credentials.endpoint_allow),
            AWSHTTPConnectionPool,
            AWSHTTPSConnectionPool,
        )
    made.meta.events.register("before-send", send_over_warm(manager))
    made.meta.events.register_first("choose-signer", choose_signer)
    return made


def signs_with_key(credentials: AwsCredentials) -> bool:
    """True where no role has to be assumed and nothing looked up: then any session will do."""
    return credentials.kind == "access_key" and not credentials.role_arn


def _config(session: Session, limits: Limits, *, path_style: bool) -> Config:
    """The clients' settings; `path_style` for an endpoint that has no host for each bucket."""
    return Config(
        connect_timeout=limits.connect_seconds,
        read_timeout=limits.read_seconds,
        retries={"mode": "standard", "total_max_attempts": limits.attempts},
        max_pool_connections=32,
        # Without a text of ours botocore puts its own together anew, twice for each call.
        user_agent=session.user_agent(),
        user_agent_extra="ecs-portal",
        s3={"addressing_style": "path" if path_style else "auto"},
    )


def moment(value: Any) -> datetime:
    """A moment as AWS writes it; botocore's own parser tries every form that a date may have."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return parse_timestamp(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
