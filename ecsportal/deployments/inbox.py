"""What people asked meanwhile: the engine takes it up at the start of a turn.

A message and what it leads to are one transaction: a worker that is killed has done both or
neither.
"""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from ecsportal.deployments import guided_failure, queue
from ecsportal.deployments.leases import Lease
from ecsportal.deployments.models import (
    RUN_FINAL_STATES,
    Deployment,
    InboxMessage,
    Level,
    RunState,
    State,
    TargetRun,
)
from ecsportal.deployments.questions import ask_next
from ecsportal.deployments.tasklog import Line
from ecsportal.deployments.turn_rows import waiting_messages

Kind = InboxMessage.Kind


def take_inbox(lease: Lease, deployment: Deployment) -> bool:
    """Carry out the messages in their order; each once, also across crashes.

    True where there were any: what was read of steps and targets may have changed.
    """
    carry_out: dict[str, Callable[[Lease, Deployment, InboxMessage], None]] = {
        Kind.CANCEL: _cancel,
        Kind.ABANDON: _abandon,
        Kind.ANSWER: _answer,
        Kind.ASSIGN: _assign,
        Kind.SUPERSEDE: _supersede,
    }
    messages = waiting_messages(deployment)
    for message in messages:
        if deployment.is_final:
            break  # its end has told and taken what was left
        carry_out[message.kind](lease, deployment, message)
    return bool(messages)


def _cancel(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    who = message.created_by or "the portal"
    if deployment.state == State.QUEUED:
        line = Line(Level.WARNING, f"Cancelled by {who} before it started.")
        queue.end(lease, deployment, State.CANCELLED, line, by=message)
        return
    if deployment.state == State.CANCELLING:
        _put_away(lease, message)
        return
    now = timezone.now()
    line = Line(Level.WARNING, f"{who} cancelled this deployment.")
    with lease.commit([line], state=State.CANCELLING, question=None):
        _taken(message)
        runs = TargetRun.objects.filter(
            step_run__deployment=deployment, state__in=(RunState.EXECUTING, RunState.WAITING)
        )
        # A failure that somebody was to decide about is one; nothing is left to be undone.
        runs.filter(state=RunState.WAITING, error__isnull=False).update(
            state=RunState.FAILED, question=None, finished_at=now
        )
        # The others look at once: each is asked to cancel what it has begun.
        runs.update(due_at=now, question=None)
    deployment.state, deployment.question = State.CANCELLING, None


def _abandon(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    """End without waiting for what AWS still does, and say what that is."""
    if deployment.state != State.CANCELLING:
        _cancel(lease, deployment, message)
        return
    unfinished = TargetRun.objects.filter(step_run__deployment=deployment).exclude(
        state__in=(RunState.PENDING, *RUN_FINAL_STATES)
    )
    left = [
        Line(Level.WARNING, queue.left_running(run), run.step_run.slug, run.target_slug)
        for run in unfinished.select_related("step_run")
    ]
    who = message.created_by or "the portal"
    said = f"{who} stopped waiting for the cancel to end. What AWS has begun goes on there."
    line = Line(Level.WARNING, said)
    queue.end(lease, deployment, State.CANCELLED, line, by=message, before=left)


def _supersede(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    newer = Deployment.objects.select_related("release").get(pk=message.payload["by"])
    if deployment.state != State.QUEUED:
        _put_away(lease, message)  # it has begun meanwhile: the newer one waits for its end
        return
    words = f"Superseded by {newer.release.version}, deployment {newer.pk}, before it started."
    line = Line(Level.WARNING, words)
    queue.end(lease, deployment, State.CANCELLED, line, by=message, superseded_by=newer)


def _answer(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    asked = deployment.question
    payload = message.payload
    if not asked or asked["id"] != payload["question"]:
        _answered_too_late(lease, deployment, message)
        return
    note = f': "{payload["note"]}"' if payload.get("note") else ""
    said = f"{message.created_by} answered {_words(message)}{note}"
    with lease.commit([Line(Level.HIGHLIGHT, said, asked["step"], asked["target"])]):
        _taken(message)
        run = TargetRun.objects.select_related("step_run").get(pk=asked["run"])
        if asked.get("guided"):
            guided_failure.carry_out(deployment, run, payload["answer"])
        else:
            run.answer = {
                "answer": payload["answer"],
                "note": payload.get("note", ""),
                "by": str(message.created_by or ""),
            }
            run.state, run.question, run.due_at = RunState.EXECUTING, None, timezone.now()
            run.save(update_fields=["answer", "state", "question", "due_at"])
        ask_next(deployment)


def _answered_too_late(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    """Say that an answer came to nothing, and to whose; a double click says nothing new."""
    said = message.payload
    answers = deployment.inbox.filter(kind=Kind.ANSWER, pk__lt=message.pk).order_by("pk")
    earlier = [each for each in answers if each.payload["question"] == said["question"]]
    before = earlier[0] if earlier else None
    is_double = before is not None and (before.created_by_id, before.payload["answer"]) == (
        message.created_by_id,
        said["answer"],
    )
    if is_double:
        _put_away(lease, message)
        return
    why = "the question was closed already"
    if before is not None:
        why = f"{before.created_by} had answered {_words(before)} before"
    text = f"{message.created_by} answered {_words(message)}, but {why}: nothing follows from it."
    with lease.commit([Line(Level.WARNING, text)]):
        _taken(message)


def _words(message: InboxMessage) -> str:
    return str(message.payload["answer"]).replace("_", " ")


def _assign(lease: Lease, deployment: Deployment, message: InboxMessage) -> None:
    """Note who takes care of the question; whoever may can still answer it."""
    asked = deployment.question
    if not asked or asked["id"] != message.payload["question"]:
        _put_away(lease, message)
        return
    who = str(message.created_by or "")
    line = Line(Level.INFO, f"{who} takes care of it.", asked["step"], asked["target"])
    with lease.commit([line]):
        _taken(message)
        run = TargetRun.objects.get(pk=asked["run"])
        run.question = {**(run.question or {}), "assigned_to": who}
        run.save(update_fields=["question"])
        ask_next(deployment)


def _put_away(lease: Lease, message: InboxMessage) -> None:
    """Take a message that nothing follows from any more."""
    with lease.commit():
        _taken(message)


def _taken(message: InboxMessage) -> None:
    InboxMessage.objects.filter(pk=message.pk).update(taken_at=timezone.now())
