"""Feeds: where images come from, and what the portal asks them while somebody waits."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ecsportal.audit.record import record
from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS
from ecsportal.aws.errors import AwsError
from ecsportal.infrastructure.accounts import aws_credentials, check_account
from ecsportal.infrastructure.addresses import refused_address
from ecsportal.infrastructure.details import FeedDetails
from ecsportal.infrastructure.models import AwsAccount, Feed
from ecsportal.infrastructure.rules import feed_breaches, origin, registry_host, registry_root
from ecsportal.infrastructure.storing import (
    account_by_slug,
    refuse_breaches,
    remove,
    store_edit,
    store_new,
)
from ecsportal.infrastructure.tag_cache import TagList, read_cached, read_cached_names
from ecsportal.people.models import User
from ecsportal.problems import FieldError, Problem, RemoteFailed
from ecsportal.registries.docker import DockerRegistry
from ecsportal.registries.ecr import EcrRegistry
from ecsportal.registries.tags import FeedError, ImageTag

SECONDS = 12.0
"""How long one look into a registry may take in all, its pages and sign-in included."""

ECR_PUBLIC_URL = "https://public.ecr.aws"
_CONNECTION_COLUMNS = ("kind", "url", "username", "password", "account", "region")


class TagMissing(Problem):
    """The feed has no such tag: 422."""

    status = 422
    title = "No such tag"
    code = "FEED-TAG-MISSING"


@transaction.atomic
def create_feed(details: FeedDetails, *, by: User, slug: str = "") -> Feed:
    """Add a feed; its password is stored encrypted."""
    _refuse(details, stored=None)
    feed = Feed(**_columns(details, Feed()))
    store_new(feed, slug=slug)
    _record("feed.created", feed, by=by, after=facts(feed))
    return feed


@transaction.atomic
def update_feed(feed: Feed, details: FeedDetails, *, by: User, revision: int | None = None) -> Feed:
    """Replace what the feed is; a password that isn't given stays. StaleRevision as ever."""
    _refuse(details, stored=feed)
    before = facts(feed)
    columns = _columns(details, feed)
    if any(getattr(feed, name) != columns[name] for name in _CONNECTION_COLUMNS):
        columns |= {"tested_at": None, "test_message": "", "test_error": "", "test_error_field": ""}
    if store_edit(feed, columns, revision=revision):
        _record("feed.changed", feed, by=by, before=before, after=facts(feed))
    return feed


@transaction.atomic
def delete_feed(feed: Feed, *, by: User) -> None:
    """Delete it; InUse names the projects whose steps take images from it."""
    before = facts(feed)
    remove(feed)
    _record("feed.deleted", feed, by=by, before=before)


def list_tags(feed: Feed, repository: str) -> list[ImageTag]:
    """The repository's tags, newest version first; up to a minute old.

    Where the feed doesn't answer, those of the last day it was read; RemoteFailed without any.
    """
    return tags_of(feed, repository).tags


def tags_of(feed: Feed, repository: str, *, anew: bool = False) -> TagList:
    """The tags with their age, and why they are old if the feed didn't answer; see `list_tags`.

    `anew` asks the feed even where it was read within the last minute.
    """
    name = repository_name(feed, repository)
    return read_cached(feed, name, lambda: _ask(feed, lambda registry: registry.tags(name)), anew)


def list_repositories(feed: Feed, search: str = "") -> list[str]:
    """Up to 100 repositories whose names contain `search`; none where a feed can't list them."""
    return read_cached_names(
        feed, search, lambda: _ask(feed, lambda registry: registry.repositories(search))
    )


def find_digest(feed: Feed, repository: str, tag: str) -> str:
    """The digest that the tag points to now; TagMissing, or RemoteFailed without an answer."""
    name = repository_name(feed, repository)
    digest: str | None = _ask(feed, lambda registry: registry.digest(name, tag))
    if digest is None:
        raise TagMissing(
            f"Image {name}:{tag} doesn't exist in the feed {feed}. Push it, or choose another tag."
        )
    return digest


def image_name(feed: Feed, repository: str, tag: str) -> str:
    """What goes into a task definition: `docker.io/library/nginx:1.29`.

    The repository keeps its spelling. An ECR's host has the account's number: where no test has
    found it yet, this asks STS (RemoteFailed where that fails).
    """
    separator = "@" if tag.startswith("sha256:") else ":"
    return f"{image_host(feed)}/{repository_name(feed, repository)}{separator}{tag}"


def image_host(feed: Feed) -> str:
    """The host, and path where there is one, that ECS pulls this feed's images from."""
    if feed.registry_path:
        return feed.registry_path
    if feed.kind == Feed.Kind.ECR_PUBLIC:
        return registry_host(ECR_PUBLIC_URL)
    if feed.kind == Feed.Kind.DOCKER:
        return registry_host(feed.url)
    suffix = "amazonaws.com.cn" if feed.region.startswith("cn-") else "amazonaws.com"
    return f"{_account_id(feed)}.dkr.ecr.{feed.region}.{suffix}"


def repository_name(feed: Feed, repository: str) -> str:
    """The repository without the host, which people copy along with it."""
    name = repository.strip().strip("/")
    first, _, rest = name.partition("/")
    if feed.kind == Feed.Kind.ECR:
        return rest if ".dkr.ecr." in first else name
    url = ECR_PUBLIC_URL if feed.kind == Feed.Kind.ECR_PUBLIC else feed.url
    hosts = [feed.registry_path, registry_host(url)] if feed.registry_path else [registry_host(url)]
    return next((name.removeprefix(f"{h}/") for h in hosts if name.startswith(f"{h}/")), name)


def check_feed(feed: Feed, repository: str = "") -> str:
    """Ask the feed and say what was found; the result stays on the feed.

    RemoteFailed says why it doesn't work; `extra["field"]` names the field to look at.
    """
    name = repository_name(feed, repository)
    try:
        found: str = _ask(feed, lambda registry: registry.test(name))
    except RemoteFailed as error:
        _keep(feed, name, error=error.detail, field=str(error.extra.get("field", "")))
        raise
    _keep(feed, name, found=found)
    return found


def facts(feed: Feed) -> dict[str, Any]:
    """The feed as the audit trail compares it; the trail masks the password."""
    columns = ("name", "kind", "url", "registry_path", "username", "password", "region")
    kept: dict[str, Any] = {name: getattr(feed, name) for name in columns}
    return kept | {"account": feed.account.slug if feed.account else None}


def _ask(feed: Feed, question: Any) -> Any:
    """Put a question to the feed's registry; its refusals become RemoteFailed."""
    try:
        return question(_registry(feed))
    except FeedError as error:
        detail = f"{error.message} {error.advice}".strip()
        raise RemoteFailed(
            detail, code=error.code, field=_field_to_blame(error, feed), transient=error.transient
        ) from error
    except AwsError as error:
        detail = f"{error.message} {error.advice}".strip()
        raise RemoteFailed(detail, code=error.code, field="account") from error


def _registry(feed: Feed) -> DockerRegistry | EcrRegistry:
    if feed.kind == Feed.Kind.ECR:
        assert feed.account is not None  # a rule of feeds, held when they are stored
        credentials = aws_credentials(feed.account)
        client = sessions.client("ecr", credentials, feed.region, limits=TURN_LIMITS)
        return EcrRegistry(client, seconds=SECONDS)
    return DockerRegistry(
        ECR_PUBLIC_URL if feed.kind == Feed.Kind.ECR_PUBLIC else feed.url,
        username=feed.username,
        password=feed.password,
        remote_allow=tuple(settings.REMOTE_ALLOW),
        seconds=SECONDS,
    )


def _field_to_blame(error: FeedError, feed: Feed) -> str:
    if error.code == "FEED-NOT-FOUND":
        return "repository"
    if feed.kind == Feed.Kind.ECR:
        return "account"
    if error.code == "FEED-CREDENTIALS":
        return "password" if feed.username else "username"
    return "" if error.code == "FEED-LIMIT" else "url"


def _account_id(feed: Feed) -> str:
    account = feed.account
    assert account is not None  # as above
    return account.account_id or check_account(account).account_id


def _refuse(details: FeedDetails, *, stored: Feed | None) -> None:
    has_password = bool(stored and stored.password)
    breaches = [
        *feed_breaches(details, has_password=has_password),
        *refused_address("url", details.url),
    ]
    keeps = has_password and not details.password and bool(details.username)
    if stored and keeps and not breaches and origin(details.url) != origin(stored.url):
        # Who may edit a feed may not read its password, and so may not have it sent elsewhere.
        message = "The address has changed. Enter the password again for the new one."
        breaches.append(FieldError("password", message, "required"))
    refuse_breaches(breaches)


def _columns(details: FeedDetails, stored: Feed) -> dict[str, Any]:
    """The columns to write; a password that isn't given stays as it is stored."""
    account: AwsAccount | None = account_by_slug(details.account) if details.account else None
    password = details.password or stored.password
    return {
        "name": details.name.strip(),
        "kind": details.kind,
        "url": registry_root(details.url),
        "registry_path": details.registry_path,
        "username": details.username,
        "password": password if details.username else "",
        "account": account,
        "region": details.region,
    }


def _keep(
    feed: Feed, repository: str, *, found: str = "", error: str = "", field: str = ""
) -> None:
    """Store a test's result; not an edit, so neither revision nor audit trail tells of it."""
    result = {
        "tested_at": timezone.now(),
        "test_repository": repository[:300],
        "test_message": found,
        "test_error": error,
        "test_error_field": field,
    }
    for name, value in result.items():
        setattr(feed, name, value)
    feed.save(update_fields=list(result))


def _record(action: str, feed: Feed, *, by: User, **states: Any) -> None:
    record(
        action,
        by=by,
        subject_kind="feed",
        subject=feed.name,
        subject_url=reverse("infrastructure:feed", args=[feed.slug]),
        **states,
    )
