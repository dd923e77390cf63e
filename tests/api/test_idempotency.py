from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from ecsportal.people.models import IdempotencyRecord, User
from tests.api.calls import post, problem
from tests.builders import api_client, user_with_role

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.api.sample_urls")]


@pytest.fixture
def client() -> Client:
    """A client with the key of somebody who may do everything."""
    return api_client(user_with_role())


def test_the_same_call_twice_under_one_name_is_done_once(client: Client) -> None:
    headers = {"Idempotency-Key": "abc"}

    first = post(client, {"name": "one"}, **headers)
    second = post(client, {"name": "one"}, **headers)

    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Location"] == first["Location"]
    assert second["Idempotency-Replayed"] == "true"
    assert User.objects.filter(first_name="thing").count() == 1


def test_another_body_under_the_same_name_is_422(client: Client) -> None:
    post(client, {"name": "one"}, **{"Idempotency-Key": "abc"})

    answer = post(client, {"name": "two"}, **{"Idempotency-Key": "abc"})

    assert problem(answer) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert User.objects.filter(first_name="thing").count() == 1


def test_names_belong_to_the_key_that_sent_them(client: Client) -> None:
    other = api_client(user_with_role())

    answers = [post(who, {"name": "one"}, **{"Idempotency-Key": "abc"}) for who in (client, other)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert User.objects.filter(first_name="thing").count() == 2


def test_a_name_is_free_again_after_a_day(client: Client) -> None:
    post(client, {"name": "one"}, **{"Idempotency-Key": "abc"})

    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        answer = post(client, {"name": "two"}, **{"Idempotency-Key": "abc"})

    assert answer.status_code == 201


def test_a_refused_call_leaves_its_name_free(client: Client) -> None:
    refused = post(client, {"nmae": "one"}, **{"Idempotency-Key": "abc"})
    conflict = post(client, {"name": "taken"}, **{"Idempotency-Key": "abc"})
    answer = post(client, {"name": "one"}, **{"Idempotency-Key": "abc"})

    assert [refused.status_code, conflict.status_code, answer.status_code] == [422, 409, 201]


def test_a_call_that_still_runs_or_was_cut_off_is_not_done_again(client: Client) -> None:
    post(client, {"name": "one"}, **{"Idempotency-Key": "abc"})
    IdempotencyRecord.objects.update(status=None)

    during = post(client, {"name": "one"}, **{"Idempotency-Key": "abc"})
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        later = post(client, {"name": "one"}, **{"Idempotency-Key": "abc"})

    assert problem(during) == (409, "IDEMPOTENT_CALL_RUNNING")
    assert problem(later) == (409, "IDEMPOTENT_CALL_CUT_OFF")
    assert User.objects.filter(first_name="thing").count() == 1


def test_a_deletion_is_answered_again_with_nothing(client: Client) -> None:
    answers = [
        client.delete("/api/v1/things/2", headers={"Idempotency-Key": "abc"}) for _ in range(2)
    ]

    assert [(answer.status_code, answer.content) for answer in answers] == [(204, b"")] * 2
