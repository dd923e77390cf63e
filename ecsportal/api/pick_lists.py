"""`/projects/{slug}/pick-lists/{kind}`: what the accounts of a step's targets have."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404
from ninja import Query, Router, Schema

from ecsportal.api.auth import ApiRequest, needs
from ecsportal.infrastructure.pick_lists import PICK_KINDS, PickList, pick_lists
from ecsportal.infrastructure.queries import targets_with_tags
from ecsportal.people.access import refuse_unless
from ecsportal.people.permissions import Permission
from ecsportal.projects.forms import split_tags
from ecsportal.projects.queries import get_project_for

router = Router(tags=["process"])


class PickFilter(Schema):
    target_tags: str = ""
    """Comma separated, as the step has them."""
    within: str = ""
    """For access points: their file system."""


class OfferOut(Schema):
    value: str
    name: str
    facts: list[str]


class PickListOut(Schema):
    account: str
    region: str
    environments: list[str]
    offers: list[OfferOut]
    refusals: list[str]
    old_since: datetime | None
    """When the list was read, where AWS didn't tell a fresh one."""


@router.get("/projects/{slug}/pick-lists/{kind}", response=list[PickListOut])
@needs(Permission.PROCESS_EDIT)
def get_pick_lists(
    request: ApiRequest, slug: str, kind: str, filters: Query[PickFilter]
) -> list[PickListOut]:
    """One list for each account and region; what AWS refuses stands in `refusals`."""
    project = get_project_for(request.user, slug)
    refuse_unless(request.user, Permission.PROCESS_EDIT, project_id=project.pk, where=project.name)
    if kind not in PICK_KINDS:
        raise Http404(f"There is no list of {kind}, only of {', '.join(PICK_KINDS)}.")
    targets = targets_with_tags(request.user, split_tags(filters.target_tags))
    return [_present(each) for each in pick_lists(targets, kind, within=filters.within)]


def _present(listed: PickList) -> PickListOut:
    return PickListOut(
        account=listed.place.account,
        region=listed.place.region,
        environments=list(listed.place.environments),
        offers=[
            OfferOut(value=offer.value, name=offer.name, facts=list(offer.facts))
            for offer in listed.offers
        ],
        refusals=list(listed.refusals),
        old_since=listed.old_since,
    )
