"""What people asked meanwhile: the engine takes it up at the start of a turn."""

from __future__ import annotations

from django.utils import timezone

from ecsportal.deployments import queue
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.masking import Masker
from ecsportal.deployments.models import (
    Deployment,
    InboxMessage,
    Level,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.questions import next_question
from ecsportal.deployments.tasklog import Line, store_lines


def take_inbox(lease: Lease, deployment: Deployment) -> None:
    """Carry out the messages in their order; each once, also across crashes."""
    for message in deployment.inbox.filter(taken_at=None).select_related("created_by"):
        if message.kind == InboxMessage.Kind.CANCEL:
            _cancel(lease, deployment, message)
        else:
            _answer(lease, deployment, message)


def _cancel(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    who = message.created_by or "the portal"
    if deployment.state == State.QUEUED:
        queue.end(
            lease,
            deployment,
            State.CANCELLED,
            Line(Level.WARNING, f"Cancelled by {who} before it started."),
        )
    elif not deployment.is_final and deployment.state != State.CANCELLING:
        now = timezone.now()
        with lease.commit():
            _taken(message)
            Deployment.objects.filter(pk=deployment.pk).update(
                state=State.CANCELLING, question=None
            )
            # The runs look at once: each is asked to cancel what it has begun.
            TargetRun.objects.filter(
                step_run__deployment=deployment, state__in=(RunState.EXECUTING, RunState.WAITING)
            ).update(due_at=now, question=None)
            line = Line(Level.WARNING, f"{who} cancelled this deployment.")
            store_lines(deployment.pk, [line], Masker([]))
        deployment.state, deployment.question = State.CANCELLING, None
    _taken(message)


def _answer(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    asked = deployment.question
    payload = message.payload
    if not asked or asked["id"] != payload["question"]:
        _taken(message)
        return
    note = f': "{payload["note"]}"' if payload.get("note") else ""
    with lease.commit():
        _taken(message)
        run = TargetRun.objects.get(pk=asked["run"])
        run.answer = {
            "answer": payload["answer"],
            "note": payload.get("note", ""),
            "by": str(message.created_by or ""),
        }
        run.state, run.question, run.due_at = RunState.EXECUTING, None, timezone.now()
        run.save(update_fields=["answer", "state", "question", "due_at"])
        line = Line(
            Level.HIGHLIGHT,
            f"{message.created_by} answered {payload['answer']}{note}",
            asked["step"],
            asked["target"],
        )
        store_lines(deployment.pk, [line], Masker([]))
        state, question = next_question(deployment)
        Deployment.objects.filter(pk=deployment.pk).update(state=state, question=question)
    deployment.state, deployment.question = state, question


def _taken(message: InboxMessage) -> None:
    InboxMessage.objects.filter(pk=message.pk).update(taken_at=timezone.now())
