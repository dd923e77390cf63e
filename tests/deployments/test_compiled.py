"""SELECTs that are compiled once give what Django gives, each time with other values."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F, QuerySet
from django.db.models.lookups import In

from ecsportal.deployments.compiled import AT_ONCE, Compiled, Given, keep_related
from ecsportal.deployments.models import Deployment, State
from tests import builders

pytestmark = pytest.mark.django_db


def select_whole(pk: Given) -> QuerySet[Deployment]:
    whole = Deployment.objects.select_related("project", "created_by", "release__channel")
    return whole.annotate(of_project=F("project_id")).filter(pk=pk)


def select_states(*ids: Given) -> QuerySet[Deployment, Any]:
    return Deployment.objects.filter(In(F("pk"), ids)).order_by("pk").values_list("pk", "state")


def deployment(**fields: Any) -> Deployment:
    release = builders.release(builders.project())
    return builders.deployment(release, builders.environment(), **fields)


def test_an_instance_is_what_django_reads(django_assert_num_queries: Any) -> None:
    compiled: Compiled[Deployment] = Compiled(select_whole)
    question = {"id": 1, "text": "Go on?"}
    for stored in (deployment(question=question), deployment(state=State.FAILED)):
        with django_assert_num_queries(1):
            (read,) = compiled.rows(stored.pk)
            assert read.project.name == stored.project.name
            assert read.release.channel.slug == stored.release.channel.slug
            assert read.created_by is None
        usual = Deployment.objects.get(pk=stored.pk)
        names = [field.attname for field in Deployment._meta.concrete_fields]
        assert [getattr(read, n) for n in names] == [getattr(usual, n) for n in names]
        assert vars(read)["of_project"] == stored.project_id


def test_an_instance_can_be_stored_again() -> None:
    compiled: Compiled[Deployment] = Compiled(select_whole)
    (read,) = compiled.rows(deployment().pk)
    read.comment = "read and written"
    read.save()
    assert Deployment.objects.get(pk=read.pk).comment == "read and written"


def test_values_come_for_more_ids_and_for_fewer() -> None:
    compiled: Compiled[tuple[int, str]] = Compiled(select_states)
    ids = [deployment(state=state).pk for state in (State.FAILED, State.SUCCEEDED)]
    both = [tuple(row) for row in compiled.rows(*ids)]
    assert both == [(ids[0], "failed"), (ids[1], "succeeded")]
    assert [tuple(row) for row in compiled.rows(ids[1])] == [(ids[1], "succeeded")]


def test_the_first_row_is_none_where_nothing_is() -> None:
    compiled: Compiled[Deployment] = Compiled(select_whole)
    stored = deployment()
    assert compiled.first(stored.pk) == stored
    assert compiled.first(stored.pk + 1) is None


def test_kept_rows_are_not_read_again(django_assert_num_queries: Any) -> None:
    stored = deployment()
    keep_related(stored.project, "deployments", [stored])
    with django_assert_num_queries(0):
        assert list(stored.project.deployments.all()) == [stored]


def test_any_number_of_values_is_asked_some_at_once(django_assert_num_queries: Any) -> None:
    compiled: Compiled[Any] = Compiled(select_states)
    stored = deployment()
    many = [*range(stored.pk + 1, stored.pk + AT_ONCE + 1), stored.pk]
    with django_assert_num_queries(2):
        assert compiled.rows_of_many(many) == [[stored.pk, stored.state]]
    with django_assert_num_queries(0):
        assert compiled.rows_of_many([]) == []
