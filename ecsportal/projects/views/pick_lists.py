"""The menus of the step editor: what the accounts of a step's targets have.

Nothing depends on them: a refusal is a sentence in the fragment, and the field can be typed.
"""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ecsportal.infrastructure.pick_lists import PICK_KINDS, PickList, pick_lists
from ecsportal.infrastructure.queries import targets_with_tags
from ecsportal.people.access import UserRequest, refuse_unless, requires
from ecsportal.people.permissions import Permission
from ecsportal.projects.forms import PickForm, split_tags
from ecsportal.projects.queries import get_project_for

SHOWN = 60
"""Offers of one account that the menu shows; typing finds the others."""


@require_GET
@requires(Permission.PROCESS_EDIT)
def show(request: UserRequest, slug: str, kind: str) -> HttpResponse:
    """The options of one menu: `?target_tags=web,api`, filtered by `?search=`."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    form = PickForm(request.GET)
    if kind not in PICK_KINDS or not form.is_valid():
        raise Http404(f"There is no list of {kind}.")
    asked = form.cleaned_data
    tags = split_tags(asked["target_tags"])
    targets = targets_with_tags(request.user, tags)
    lists = pick_lists(targets, kind, within=asked["within"], anew=asked["anew"])
    found = [_found(each, asked["search"].strip().lower()) for each in lists]
    context = {
        "noun": PICK_KINDS[kind],
        "tags": tags,
        "search": asked["search"].strip(),
        "lists": [(each, each.offers[:SHOWN], max(0, len(each.offers) - SHOWN)) for each in found],
        "count": sum(len(each.offers) for each in found),
    }
    return render(request, "projects/_pick_lists.html", context)


def _found(listed: PickList, search: str) -> PickList:
    """The offers in which every word that was typed stands somewhere."""
    words = search.split()
    kept = [
        offer
        for offer in listed.offers
        if all(word in " ".join((offer.value, offer.name, *offer.facts)).lower() for word in words)
    ]
    return replace(listed, offers=tuple(kept))
