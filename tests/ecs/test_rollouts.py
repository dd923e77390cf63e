"""Whether a service runs what was registered."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ecsportal.ecs.rollouts import Rollout, Service, Verdict, judge, ours, service_from

OLD = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:57"
NEW = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:58"


def rollout(task_definition: str = NEW, **more: object) -> Rollout:
    facts: dict[str, object] = {
        "id": "ecs-svc/2",
        "status": "PRIMARY",
        "task_definition": task_definition,
        "desired": 2,
        "running": 2,
        "pending": 0,
        "failed": 0,
        "state": "COMPLETED",
    }
    return Rollout(**{**facts, **more})  # type: ignore[arg-type]


def service(*rollouts: Rollout, **more: object) -> Service:
    facts: dict[str, object] = {
        "arn": "arn:svc",
        "name": "web",
        "cluster": "main",
        "status": "ACTIVE",
        "task_definition": rollouts[0].task_definition if rollouts else NEW,
        "desired": 2,
        "running": 2,
        "pending": 0,
        "rollouts": rollouts,
    }
    return Service(**{**facts, **more})  # type: ignore[arg-type]


def test_a_complete_primary_of_the_new_revision_is_settled() -> None:
    assert judge(service(rollout()), expected=NEW) is Verdict.SETTLED


def test_a_complete_primary_of_the_old_revision_is_a_rollback_not_a_success() -> None:
    found = service(
        rollout(OLD, id="ecs-svc/3"), rollout(NEW, status="ACTIVE", state="FAILED", failed=3)
    )
    assert judge(found, expected=NEW) is Verdict.ROLLED_BACK


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (None, Verdict.GONE),
        (service(rollout(), status="INACTIVE"), Verdict.GONE),
        (service(rollout(state="FAILED")), Verdict.FAILED),
        (service(rollout(state="IN_PROGRESS")), Verdict.ROLLING),
        (service(rollout(running=1)), Verdict.ROLLING),
        (service(rollout(desired=0, running=0)), Verdict.SETTLED),
        (service(rollout(state="")), Verdict.SETTLED),
        (service(rollout(state=""), rollout(OLD, status="ACTIVE")), Verdict.ROLLING),
        (service(), Verdict.SETTLED),
        (service(task_definition=OLD), Verdict.ROLLING),
    ],
)
def test_verdicts(found: Service | None, verdict: Verdict) -> None:
    assert judge(found, expected=NEW) is verdict


def test_when_only_tags_change_the_revision_alone_counts() -> None:
    assert judge(service(rollout(running=1)), expected=NEW, tags_only=True) is Verdict.SETTLED
    assert judge(service(rollout(OLD)), expected=NEW, tags_only=True) is Verdict.ROLLED_BACK


def test_our_rollouts_are_those_that_were_not_there_before() -> None:
    found = service(
        rollout(OLD, id="ecs-svc/3"),
        rollout(NEW, id="ecs-svc/2", status="ACTIVE"),
        rollout(OLD, id="ecs-svc/1", status="ACTIVE"),
    )
    assert [r.id for r in ours(found, before={"ecs-svc/1"}, expected=NEW)] == ["ecs-svc/2"]
    assert [r.id for r in ours(found, before={"ecs-svc/1"})] == ["ecs-svc/3", "ecs-svc/2"]


def test_an_answer_of_ecs_is_read_primary_first_and_events_without_prefix() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    found = service_from(
        {
            "serviceArn": "arn:aws:ecs:eu-west-1:1:service/main/web",
            "serviceName": "web",
            "clusterArn": "arn:aws:ecs:eu-west-1:1:cluster/main",
            "status": "ACTIVE",
            "deployments": [
                {"id": "a", "status": "ACTIVE", "taskDefinition": OLD},
                {"id": "b", "status": "PRIMARY", "taskDefinition": NEW, "failedTasks": 2},
            ],
            "events": [
                {"id": "e", "createdAt": at, "message": "(service web) has reached a steady state."}
            ],
        }
    )
    assert found.cluster == "main"
    assert [(r.id, r.revision, r.failed) for r in found.rollouts] == [
        ("b", "web:58", 2),
        ("a", "web:57", 0),
    ]
    assert found.events[0].text == "has reached a steady state."
