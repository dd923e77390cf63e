"""Feeds: list, create, edit, test, delete."""

from __future__ import annotations

from contextlib import suppress

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ecsportal.infrastructure import feeds
from ecsportal.infrastructure.forms.feeds import FeedForm
from ecsportal.infrastructure.models import Feed
from ecsportal.infrastructure.queries import feed_for, feeds_for
from ecsportal.infrastructure.regions import REGIONS
from ecsportal.infrastructure.uses import uses_of
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import InUse, RemoteFailed

PER_PAGE = 50


@require_GET
@requires(Permission.FEED_VIEW)
def list_page(request: UserRequest) -> HttpResponse:
    """The feeds by name."""
    page = Paginator(feeds_for(request.user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "infrastructure/feeds/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(Permission.FEED_EDIT)
def create(request: UserRequest) -> HttpResponse:
    """The form of a new feed."""
    return _create(request, then_test=False)


@require_POST
@requires(Permission.FEED_EDIT)
def create_and_test(request: UserRequest) -> HttpResponse:
    """As `create`; then ask the registry, and show the feed with the answer."""
    return _create(request, then_test=True)


@require_http_methods(["GET", "POST"])
@requires(Permission.FEED_VIEW)
def detail(request: UserRequest, slug: str) -> HttpResponse:
    """One feed, to read or to edit, with what its last test found."""
    if request.method == "POST":
        return _edit(request, slug, then_test=False)
    row = feed_for(request.user, slug)
    form = FeedForm(initial=FeedForm.values(row), feed=row)
    if row.test_error:
        form.blame(row.test_error_field, row.test_error)
    return _detail_page(request, row, form)


@require_POST
@requires(Permission.FEED_EDIT)
def save_and_test(request: UserRequest, slug: str) -> HttpResponse:
    """Save, ask the registry, and show the feed again with the answer."""
    return _edit(request, slug, then_test=True)


@require_POST
@requires(Permission.FEED_EDIT)
def delete(request: UserRequest, slug: str) -> HttpResponse:
    """Delete it; where something uses it, the page says what."""
    row = feed_for(request.user, slug)
    try:
        feeds.delete_feed(row, by=request.user)
    except InUse as problem:
        messages.error(request, problem.detail)
        return redirect("infrastructure:feed", slug)
    messages.success(request, f"{row} deleted.")
    return redirect("infrastructure:feeds")


def _create(request: UserRequest, *, then_test: bool) -> HttpResponse:
    form = FeedForm(request.POST or None, initial={"kind": Feed.Kind.DOCKER})
    if request.method == "POST":
        made = form.save(lambda: feeds.create_feed(form.details(), by=request.user))
        if made:
            return _saved(request, made, form, f"{made} added.", then_test=then_test)
    context = {"form": form, "regions": REGIONS}
    return render(request, "infrastructure/feeds/create.html", context, status=form.status)


def _edit(request: UserRequest, slug: str, *, then_test: bool) -> HttpResponse:
    refuse_unless(request.user, Permission.FEED_EDIT)
    row = feed_for(request.user, slug)
    form = FeedForm(request.POST, feed=row)
    saved = form.save(
        lambda: feeds.update_feed(
            row, form.details(), by=request.user, revision=form.cleaned_data["revision"]
        ),
        newest=lambda: FeedForm.values(feed_for(request.user, slug)),
    )
    if saved:
        return _saved(request, saved, form, f"{saved} saved.", then_test=then_test)
    return _detail_page(request, feed_for(request.user, slug), form)


def _saved(
    request: UserRequest, row: Feed, form: FeedForm, message: str, *, then_test: bool
) -> HttpResponse:
    if not then_test:
        messages.success(request, message)
        return redirect("infrastructure:feed", row.slug)
    with suppress(RemoteFailed):  # kept on the feed, and shown by its page
        feeds.check_feed(row, form.cleaned_data["repository"])
    return redirect("infrastructure:feed", row.slug)


def _detail_page(request: UserRequest, row: Feed, form: FeedForm) -> HttpResponse:
    context = {"feed": row, "form": form, "uses": uses_of("feed", row), "regions": REGIONS}
    # htmx swaps no 409; to it, a second editor's refusal is a form with errors like any other.
    status = 422 if form.status == 409 and request.headers.get("HX-Request") else form.status
    return render(request, "infrastructure/feeds/detail.html", context, status=status)
