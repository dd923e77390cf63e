"""Fragments that forms load to suggest what AWS and the registries have; nothing depends on them.

A refusal is a sentence in the fragment with status 200: the field can always be typed.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ecsportal.infrastructure import feeds
from ecsportal.infrastructure.checks import list_cluster_names
from ecsportal.infrastructure.forms.feeds import RepositoryForm
from ecsportal.infrastructure.forms.targets import PlaceForm
from ecsportal.infrastructure.queries import account_for, feed_for
from ecsportal.people.access import UserRequest, requires
from ecsportal.people.permissions import Permission
from ecsportal.problems import RemoteFailed

SHOWN = 100


@require_GET
@requires(Permission.FEED_VIEW)
def tags(request: UserRequest, slug: str) -> HttpResponse:
    """The options of a tag picker: `?repository=`, filtered by `?search=`, chosen `?tag=`."""
    feed = feed_for(request.user, slug)
    asked = RepositoryForm(request.GET)
    if not asked.is_valid() or not asked.cleaned_data["repository"].strip():
        raise Http404("There is no repository without a name.")
    search, chosen = asked.cleaned_data["search"].strip(), asked.cleaned_data["tag"]
    context = {
        "feed": feed,
        "repository": asked.cleaned_data["repository"],
        "search": search,
        "chosen": chosen,
    }
    try:
        listed = feeds.tags_of(
            feed, asked.cleaned_data["repository"], anew=asked.cleaned_data["anew"]
        )
    except RemoteFailed as problem:
        return render(request, "infrastructure/_tag_options.html", {**context, "problem": problem})
    found = [tag for tag in listed.tags if search.lower() in tag.tag.lower()]
    context |= {
        "tags": found[:SHOWN],
        "latest": listed.tags[0].tag if listed.tags else "",
        "more": max(0, len(found) - SHOWN),
        "count": len(listed.tags),
        "read_at": listed.read_at,
        "refusal": listed.refusal,
    }
    return render(request, "infrastructure/_tag_options.html", context)


@require_GET
@requires(Permission.FEED_VIEW)
def repositories(request: UserRequest, slug: str) -> HttpResponse:
    """The options of a repository field's datalist: `?search=`."""
    feed = feed_for(request.user, slug)
    asked = RepositoryForm(request.GET)
    asked.is_valid()
    context = {"feed": feed}
    try:
        names = feeds.list_repositories(feed, asked.cleaned_data.get("search", ""))
    except RemoteFailed as problem:
        return render(request, "infrastructure/_options.html", {**context, "problem": problem})
    return render(request, "infrastructure/_options.html", {**context, "names": names})


@require_GET
@requires(Permission.MACHINE_EDIT)
def clusters(request: UserRequest) -> HttpResponse:
    """The options of the cluster field's datalist: `?account=&region=`; none until both are in."""
    asked = PlaceForm(request.GET)
    if not asked.is_valid():
        return render(request, "infrastructure/targets/_clusters.html", {})
    place = asked.cleaned_data
    try:
        names = list_cluster_names(account_for(request.user, place["account"]), place["region"])
    except RemoteFailed as problem:
        return render(request, "infrastructure/targets/_clusters.html", {"problem": problem})
    context = {"names": names, "region": place["region"], "read": True}
    return render(request, "infrastructure/targets/_clusters.html", context)
