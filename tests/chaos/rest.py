"""What has to hold of the whole installation once nothing runs."""

from __future__ import annotations

from tests.chaos import checks, truth
from tests.chaos.installation import Installation

_UNFINISHED = """
    SELECT id, state, due_at, lease_until FROM deployments_deployment
    WHERE due_at IS NOT NULL OR lease_until > now()
    OR state NOT IN ('succeeded', 'failed', 'cancelled', 'timed_out')
"""
_UNREAD = "SELECT deployment_id, kind FROM deployments_inboxmessage WHERE taken_at IS NULL"
_RELEASES = """
    SELECT release.version FROM deployments_deployment deployment
    JOIN releases_release release ON release.id = deployment.release_id
"""
_QUEUED_TWICE = """
    SELECT comment, count(*) FROM deployments_deployment WHERE retry_of_id IS NULL
    GROUP BY comment HAVING count(*) > 1
"""
_SIDE_BY_SIDE = """
    SELECT a.id, b.id FROM deployments_deployment a JOIN deployments_deployment b
    ON a.project_id = b.project_id AND a.environment_id = b.environment_id AND a.id < b.id
    WHERE b.started_at < a.finished_at
"""


def problems(installation: Installation) -> list[str]:
    """All that doesn't hold, in sentences."""
    rows = installation.rows
    found = checks.at_rest(rows(_UNFINISHED), rows(_UNREAD))
    found += [f"{comment} was queued {count} times" for comment, count in rows(_QUEUED_TWICE)]
    found += [
        f"deployments {a} and {b} of one project and environment ran at the same time"
        for a, b in rows(_SIDE_BY_SIDE)
    ]
    found += checks.of_writes(installation.sandbox("GET", "/calls"))
    found += checks.of_stack_events(truth.stack_events(installation))
    registered = truth.registered_releases(installation)
    found += checks.of_definitions([version for (version,) in rows(_RELEASES)], registered)
    for worker in installation.workers:
        found += checks.of_printed(worker.name, worker.printed())
    return found
