"""What a person or a script says about an environment, account, target or feed.

Pages and API fill these; the services check them with `rules` and store them. Secrets are
write-only: empty keeps what is stored. An external ID may also be removed: None keeps it, empty
text removes it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EnvironmentDetails:
    """`order` None means: last when created, unchanged when edited."""

    name: str
    description: str = ""
    octopus_id: str = ""
    production: bool = False
    guided_failure: bool = False
    order: int | None = None


@dataclass(frozen=True)
class AccountDetails:
    """`environments` are slugs; none means that all may use the account."""

    name: str
    kind: str = "access_key"
    access_key_id: str = ""
    secret_access_key: str = ""
    role_arn: str = ""
    external_id: str | None = None
    session_duration: int = 3600
    endpoint_url: str = ""
    environments: tuple[str, ...] = ()
    template_bucket: str = ""


@dataclass(frozen=True)
class TargetDetails:
    """`account` and `environments` are slugs; `cluster` is a name, or an ARN of the region."""

    name: str
    account: str
    region: str
    cluster: str
    environments: tuple[str, ...] = ()
    target_tags: tuple[str, ...] = ()
    disabled: bool = False


@dataclass(frozen=True)
class FeedDetails:
    """A Docker registry has `url` and what follows it, ECR has `account` (a slug) and `region`."""

    name: str
    kind: str = "docker"
    url: str = ""
    registry_path: str = ""
    username: str = ""
    password: str = ""
    account: str | None = None
    region: str = ""
