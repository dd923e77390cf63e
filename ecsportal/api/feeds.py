"""`/feeds`: where images and their tags come from. Passwords are write-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.api.bodies import Body, created, expected_revision, no_content, set_revision
from ecsportal.api.paging import Page, Paging, paginate
from ecsportal.infrastructure import feeds
from ecsportal.infrastructure.details import FeedDetails
from ecsportal.infrastructure.models import Feed
from ecsportal.infrastructure.queries import feed_for, feeds_for
from ecsportal.people.permissions import Permission
from ecsportal.problems import FieldError, ValidationProblem

router = Router(tags=["feeds"])


class FeedIn(Body):
    name: str
    kind: str = "docker"
    url: str = ""
    registry_path: str = ""
    username: str = ""
    password: str | None = None
    """Null, empty or left out keeps what is stored."""
    account: str | None = None
    region: str = ""

    def details(self) -> FeedDetails:
        """As the services take it."""
        return FeedDetails(
            name=self.name,
            kind=self.kind,
            url=self.url,
            registry_path=self.registry_path,
            username=self.username,
            password=self.password or "",
            account=self.account,
            region=self.region,
        )


class NewFeed(FeedIn):
    slug: str = ""


class FeedOut(Schema):
    slug: str
    name: str
    kind: str
    url: str
    registry_path: str
    username: str
    password_set: bool
    account: str | None
    region: str
    revision: int
    created_at: datetime
    updated_at: datetime


class RepositoryIn(Body):
    repository: str = ""


class FeedTestOut(Schema):
    ok: bool
    message: str


class TagQuery(Paging):
    repository: str = ""


class RepositoryQuery(Schema):
    search: str = ""


class TagOut(Schema):
    tag: str
    digest: str | None
    pushed_at: datetime | None
    platforms: list[str]


class TagPage(Page[TagOut]):
    read_at: datetime
    """When the feed said so."""
    stale_reason: str | None
    """Why the list is an older one; null where it isn't."""


@router.get("/feeds", response=Page[FeedOut])
@needs(Permission.FEED_VIEW)
def list_feeds(request: ApiRequest, paging: Query[Paging]) -> dict[str, Any]:
    """The feeds by name."""
    return paginate(request, feeds_for(request.user), paging, present, order=("name", "pk"))


@router.post("/feeds", response={201: FeedOut})
@needs(Permission.FEED_EDIT)
def create_feed(request: ApiRequest, body: NewFeed) -> Status[FeedOut]:
    """Add a feed."""
    row = feeds.create_feed(body.details(), by=request.user, slug=body.slug)
    set_revision(request, row.revision)
    return created(request, f"/feeds/{row.slug}", present(row))


@router.get("/feeds/{slug}", response=FeedOut)
@needs(Permission.FEED_VIEW)
def get_feed(request: ApiRequest, slug: str) -> FeedOut:
    """One feed."""
    row = feed_for(request.user, slug)
    set_revision(request, row.revision)
    return present(row)


@router.put("/feeds/{slug}", response=FeedOut)
@needs(Permission.FEED_EDIT)
def replace_feed(request: ApiRequest, slug: str, body: FeedIn) -> FeedOut:
    """Replace a feed; its slug stays, and so does a password that is left out."""
    row = feed_for(request.user, slug)
    feeds.update_feed(row, body.details(), by=request.user, revision=expected_revision(request))
    set_revision(request, row.revision)
    return present(row)


@router.delete("/feeds/{slug}", response={204: None})
@needs(Permission.FEED_EDIT)
def delete_feed(request: ApiRequest, slug: str) -> Status[None]:
    """Delete a feed that nothing uses."""
    feeds.delete_feed(feed_for(request.user, slug), by=request.user)
    return no_content()


@router.post("/feeds/{slug}/test", response=FeedTestOut)
@needs(Permission.FEED_EDIT)
def test_feed(request: ApiRequest, slug: str, body: RepositoryIn) -> FeedTestOut:
    """Ask the registry, for a repository if one is named; 502 with the reason where it fails."""
    found = feeds.check_feed(feed_for(request.user, slug), body.repository)
    return FeedTestOut(ok=True, message=found)


@router.get("/feeds/{slug}/tags", response=TagPage)
@needs(Permission.FEED_VIEW)
def list_tags(request: ApiRequest, slug: str, query: Query[TagQuery]) -> TagPage:
    """The tags of a repository, newest version first; up to a minute old."""
    if not query.repository.strip():
        raise ValidationProblem(
            [FieldError("repository", "Name the repository: ?repository=shop/web.", "required")]
        )
    listed = feeds.tags_of(feed_for(request.user, slug), query.repository)
    start = _position(query.cursor)
    end = start + query.limit
    return TagPage(
        items=[
            TagOut(
                tag=tag.tag,
                digest=tag.digest,
                pushed_at=tag.pushed_at,
                platforms=list(tag.platforms),
            )
            for tag in listed.tags[start:end]
        ],
        next=_following(request, end) if end < len(listed.tags) else None,
        read_at=listed.read_at,
        stale_reason=listed.refusal.detail if listed.refusal else None,
    )


@router.get("/feeds/{slug}/repositories", response=Page[str])
@needs(Permission.FEED_VIEW)
def list_repositories(
    request: ApiRequest, slug: str, query: Query[RepositoryQuery]
) -> dict[str, Any]:
    """Up to 100 repositories that contain `search`; none where the registry can't list them."""
    names = feeds.list_repositories(feed_for(request.user, slug), query.search)
    return {"items": names, "next": None}


def present(row: Feed) -> FeedOut:
    """A feed as the API shows it, without its password."""
    return FeedOut(
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        url=row.url,
        registry_path=row.registry_path,
        username=row.username,
        password_set=bool(row.password),
        account=row.account.slug if row.account else None,
        region=row.region,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _position(cursor: str) -> int:
    """Tags aren't rows: their cursor is a place in the list that the cache holds."""
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
        message = "This cursor isn't one of ours. Start without one."
        raise ValidationProblem([FieldError("cursor", message, "cursor")])
    return int(cursor or 0)


def _following(request: ApiRequest, position: int) -> str:
    query = request.GET.copy()
    query["cursor"] = str(position)
    return f"{request.path}?{query.urlencode()}"
