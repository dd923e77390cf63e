"""What must hold for environments, accounts, targets and feeds: pure checks, one sentence each.

The limits are AWS's (API references of STS, IAM, ECS and S3) where AWS has one.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from ecsportal.infrastructure.details import (
    AccountDetails,
    EnvironmentDetails,
    FeedDetails,
    TargetDetails,
)
from ecsportal.problems import FieldError

REQUIRED = "required"
SESSION_SECONDS = (900, 43_200)
NAME_LENGTH = 100
TAG_LENGTH = 60
TAG_RULE = f"1 to {TAG_LENGTH} characters, no comma."
DOCKER_HUB_HOSTS = ("registry-1.docker.io", "index.docker.io", "hub.docker.com", "docker.io")

_DOCKER_FIELDS = ("url", "username", "password")
_ECR_FIELDS = ("account", "region")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")
_REGION = re.compile(r"[a-z]{2,5}(-[a-z]+)+-\d{1,2}")
_CLUSTER = re.compile(r"[A-Za-z0-9_-]{1,255}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OCTOPUS_ID = re.compile(r"[A-Za-z0-9-]{1,60}")
_REGISTRY_PATH = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?(/[a-z0-9._-]+)*")
_KEY_ID = re.compile(r"[\w-]{1,128}")


def environment_breaches(details: EnvironmentDetails) -> list[FieldError]:
    """The broken rules of an environment, in the order of its fields."""
    found = _name(details.name)
    if details.octopus_id and not _OCTOPUS_ID.fullmatch(details.octopus_id):
        found.append(
            FieldError(
                "octopus_id", 'Letters, digits and "-" only, as in Environments-3; 60 at most.'
            )
        )
    if details.order is not None and not 0 <= details.order <= 1_000_000:
        found.append(FieldError("order", "A whole number from 0 to 1,000,000."))
    return found


def account_breaches(details: AccountDetails, *, has_secret: bool) -> list[FieldError]:
    """The broken rules of an account; `has_secret` tells that a secret key is stored already."""
    found = _name(details.name)
    if details.kind == "access_key":
        found += _key_pair(details, has_secret=has_secret)
    elif details.kind == "worker":
        found += [
            FieldError(field, "Only an account of the kind access_key has one.")
            for field in ("access_key_id", "secret_access_key")
            if getattr(details, field)
        ]
    else:
        found.append(
            FieldError(
                "kind", f'An account signs in by access_key or worker, not "{details.kind}".'
            )
        )
    found += _role(details)
    if details.endpoint_url:
        found += _url("endpoint_url", details.endpoint_url)
    if details.template_bucket and not _BUCKET.fullmatch(details.template_bucket):
        found.append(
            FieldError(
                "template_bucket",
                'A bucket has 3 to 63 lower-case letters, digits, "-" and "." in its name.',
            )
        )
    return found


def target_breaches(details: TargetDetails) -> list[FieldError]:
    """The broken rules of a target, as far as they need no look at other objects."""
    found = _name(details.name) + _region(details.region)
    if not details.account:
        found.append(FieldError("account", "Choose the AWS account of the cluster.", REQUIRED))
    if not details.cluster:
        found.append(FieldError("cluster", "Enter the cluster's name.", REQUIRED))
    else:
        found += _cluster(details.cluster, details.region)
    if not details.environments:
        found.append(FieldError("environments", "Choose one environment at least.", REQUIRED))
    if not details.target_tags:
        found.append(
            FieldError("target_tags", "Enter one tag at least: steps find targets by it.", REQUIRED)
        )
    for position, tag in enumerate(details.target_tags):
        if not is_tag(tag):
            found.append(FieldError(f"target_tags[{position}]", TAG_RULE))
    return found


def is_tag(tag: str) -> bool:
    """True for what may be a target tag."""
    return len(tag) <= TAG_LENGTH and tag.isprintable() and "," not in tag and bool(tag.strip())


def feed_breaches(details: FeedDetails, *, has_password: bool) -> list[FieldError]:
    """The broken rules of a feed; `has_password` tells that one is stored already."""
    found = _name(details.name)
    if details.kind == "docker":
        return found + _docker_feed(details, has_password=has_password)
    if details.kind == "ecr":
        return found + _ecr_feed(details)
    if details.kind == "ecr_public":
        return found + _only_for_others(details, *_DOCKER_FIELDS, *_ECR_FIELDS)
    return [
        *found,
        FieldError("kind", f'A feed is docker, ecr or ecr_public, not "{details.kind}".'),
    ]


def cluster_name(cluster: str) -> str:
    """The name of a cluster that is given by its name or its ARN."""
    return cluster.rpartition(":cluster/")[2]


def registry_root(url: str) -> str:
    """A registry's address without what its API adds: `https://registry-1.docker.io`."""
    return url.rstrip("/").removesuffix("/v2")


def registry_host(url: str) -> str:
    """The host that images of this registry are pulled from, as image names spell it."""
    host = urlsplit(url).netloc
    return "docker.io" if host in DOCKER_HUB_HOSTS else host


def origin(url: str) -> str:
    """Scheme and host of an address: where a password would be sent."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _name(name: str) -> list[FieldError]:
    if not name.strip():
        return [FieldError("name", "Enter a name.", REQUIRED)]
    if len(name) > NAME_LENGTH or not name.isprintable():
        return [FieldError("name", f"A name is one line of {NAME_LENGTH} characters at most.")]
    return []


def _key_pair(details: AccountDetails, *, has_secret: bool) -> list[FieldError]:
    found = []
    if not details.access_key_id:
        found.append(FieldError("access_key_id", "Enter the access key's id.", REQUIRED))
    elif not _KEY_ID.fullmatch(details.access_key_id):
        found.append(
            FieldError(
                "access_key_id", "Letters, digits, such as AKIAIOSFODNN7EXAMPLE; 128 at most."
            )
        )
    secret = details.secret_access_key
    if not secret and not has_secret:
        found.append(FieldError("secret_access_key", "Enter the secret access key.", REQUIRED))
    elif secret and re.search(r"\s", secret):
        found.append(FieldError("secret_access_key", "A secret key has no spaces in it."))
    return found


def _role(details: AccountDetails) -> list[FieldError]:
    found = []
    if details.role_arn and not _ROLE_ARN.fullmatch(details.role_arn):
        found.append(
            FieldError("role_arn", "A role's ARN looks like arn:aws:iam::123456789012:role/Deploy.")
        )
    if details.external_id and not _EXTERNAL_ID.fullmatch(details.external_id):
        found.append(
            FieldError("external_id", "2 to 1,224 letters, digits and any of + = , . @ : / - _.")
        )
    if details.external_id and not details.role_arn:
        found.append(FieldError("external_id", "It goes with a role: enter the role's ARN."))
    low, high = SESSION_SECONDS
    if not low <= details.session_duration <= high:
        found.append(FieldError("session_duration", f"{low} to {high} seconds (12 hours)."))
    return found


def _region(region: str) -> list[FieldError]:
    if not region:
        return [FieldError("region", "Enter the region, such as eu-west-1.", REQUIRED)]
    if not _REGION.fullmatch(region):
        return [FieldError("region", "A region looks like eu-west-1.")]
    return []


def _cluster(cluster: str, region: str) -> list[FieldError]:
    if cluster.startswith("arn:"):
        parts = cluster.split(":")
        if len(parts) != 6 or parts[2] != "ecs" or not parts[5].startswith("cluster/"):
            return [FieldError("cluster", "That is the ARN of something else than an ECS cluster.")]
        if parts[3] != region:
            return [FieldError("cluster", f"That cluster is in {parts[3]}, not in {region}.")]
    if not _CLUSTER.fullmatch(cluster_name(cluster)):
        return [FieldError("cluster", 'Letters, digits, "-" and "_" only, 255 at most.')]
    return []


def _url(field: str, url: str) -> list[FieldError]:
    parts = _split(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return [FieldError(field, "An address looks like https://host or https://host:port.")]
    if parts.username or parts.password:
        return [FieldError(field, "No name and password in the address.")]
    if parts.query or parts.fragment:
        return [FieldError(field, 'Only the address, without what follows "?" or "#".')]
    return []


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None where it has a port or a bracket that none can have."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if url.isprintable() and " " not in url else None


def literal_address(url: str) -> str | None:
    """The IP address that an address names outright, `localhost` included; else None."""
    parts = _split(url)
    host = (parts.hostname or "") if parts else ""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _docker_feed(details: FeedDetails, *, has_password: bool) -> list[FieldError]:
    found = []
    if not details.url:
        found.append(FieldError("url", "Enter the registry's address.", REQUIRED))
    else:
        found += _url("url", details.url)
    path = details.registry_path
    if path and not _REGISTRY_PATH.fullmatch(path):
        found.append(
            FieldError(
                "registry_path", "A host, and a path where needed: docker.io or host:5000/team."
            )
        )
    if details.username and not details.password and not has_password:
        found.append(FieldError("password", "A name needs its password or token.", REQUIRED))
    if details.password and not details.username:
        found.append(FieldError("username", "A password needs its name.", REQUIRED))
    return found + _only_for_others(details, *_ECR_FIELDS)


def _ecr_feed(details: FeedDetails) -> list[FieldError]:
    found = []
    if not details.account:
        found.append(
            FieldError("account", "Choose the AWS account that the registry belongs to.", REQUIRED)
        )
    found += _region(details.region)
    return found + _only_for_others(details, *_DOCKER_FIELDS)


def _only_for_others(details: FeedDetails, *fields: str) -> list[FieldError]:
    return [
        FieldError(field, f"A feed of the kind {details.kind} has none.")
        for field in fields
        if getattr(details, field)
    ]
