"""How long things take in the simulated ECS, in seconds: believable, and short enough to watch."""

PROVISIONING = 2.0
PULLING = 3.0
ACTIVATING = 1.0
PULL_FAILS = 2.0
"""From PENDING to a failed start (missing image, denied secret)."""
CRASHES = 2.0
"""From RUNNING to the end of a container that crashes; before it could count as healthy."""
HEALTHY = 3.0
"""From RUNNING to counting as healthy. AWS takes 40 s for tasks without a health check."""
UNHEALTHY = 6.0
"""From RUNNING to the verdict that the health check fails."""
ONE_OFF_ENDS = 5.0
"""From RUNNING to the end of a task that no service keeps: it has done its work."""
SLOW_PULLING = 20.0
SLOW_WORK = 120.0
"""Pulling, and the time until a one-off task ends, in the scenario `slow`."""
DEACTIVATING = 1.0
STOPPING = 2.0
DEPROVISIONING = 1.0
STOPPED_KEPT = 3600.0
PLACED_AGAIN = 15.0
"""From a task that could not be placed to the next try."""
LOOK = 1.0
"""From a change to the scheduler's next look at the service."""
BACKOFF = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""Waits before a failed task is replaced: the last for all later ones (one in 15 minutes)."""
