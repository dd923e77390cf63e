"""`Idempotency-Key`: a call that is sent again gets the first call's answer, and nothing is done.

The record is written before the work begins and never taken over: a call whose work was cut off
(the server died) is not repeated by itself, since half of it may have happened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ecsportal.people.models import ApiKey, IdempotencyRecord
from ecsportal.problems import Conflict, FieldError, ValidationProblem

KEPT = timedelta(hours=24)
STILL_RUNNING = timedelta(minutes=2)
"""After this a call without an answer counts as cut off; no call may take longer."""


def answered_once(
    request: HttpRequest, api_key: ApiKey, work: Callable[[], HttpResponse]
) -> HttpResponse:
    """Do the work, or give the answer that it got when it was done under the same name before."""
    name = request.headers.get("Idempotency-Key", "").strip()
    if not name or request.method in ("GET", "HEAD"):
        return work()
    if len(name) > 255:
        raise ValidationProblem(
            [FieldError("Idempotency-Key", "At most 255 characters.", "too_long")]
        )
    record, is_new = _claim(api_key, name, _fingerprint(request))
    if not is_new:
        return _earlier_answer(record, _fingerprint(request))
    try:
        response = work()
    except BaseException:
        record.delete()
        raise
    if response.status_code < 300:
        record.status = response.status_code
        record.location = response.headers.get("Location", "")
        record.body = response.content.decode()
        record.save()
    else:
        # Nothing was done: the caller may correct the call and send it under the same name.
        record.delete()
    return response


def _claim(api_key: ApiKey, name: str, fingerprint: str) -> tuple[IdempotencyRecord, bool]:
    records = IdempotencyRecord.objects.filter(api_key=api_key)
    records.filter(created_at__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():
            return (
                IdempotencyRecord.objects.create(
                    api_key=api_key, name=name, fingerprint=fingerprint
                ),
                True,
            )
    except IntegrityError as error:
        earlier = records.filter(name=name).first()
        if earlier is None:  # it was refused just now, so its name is free again
            raise _still_running() from error
        return earlier, False


def _earlier_answer(record: IdempotencyRecord, fingerprint: str) -> HttpResponse:
    if record.fingerprint != fingerprint:
        raise ValidationProblem(
            [
                FieldError(
                    "Idempotency-Key",
                    "This key was used for another call within 24 hours. Use a new one.",
                    "reused",
                )
            ],
            code="IDEMPOTENCY_KEY_REUSED",
        )
    if record.status is None:
        if timezone.now() - record.created_at < STILL_RUNNING:
            raise _still_running()
        raise Conflict(
            "The first call was cut off. Look whether it did its work; if not, send it with a "
            "new Idempotency-Key.",
            code="IDEMPOTENT_CALL_CUT_OFF",
        )
    response = HttpResponse(record.body, status=record.status, content_type="application/json")
    if record.status == 204:
        del response["Content-Type"]
    if record.location:
        response["Location"] = record.location
    response["Idempotency-Replayed"] = "true"
    return response


def _still_running() -> Conflict:
    return Conflict("The first call still runs. Ask again.", code="IDEMPOTENT_CALL_RUNNING")


def _fingerprint(request: HttpRequest) -> str:
    head = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(head + request.body).hexdigest()
