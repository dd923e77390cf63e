"""Celery carries nudges: "work is due". What is due stands in the database."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecsportal.settings")

app = Celery("ecsportal")


def broker_settings() -> dict[str, Any]:
    """Celery's settings for the broker that the environment names, or the embedded one."""
    common: dict[str, Any] = {
        "task_ignore_result": True,
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "worker_redirect_stdouts": False,
        "worker_hijack_root_logger": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_timeout": 4,
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }
    if settings.CELERY_BROKER_URL != "embedded":
        return {
            **common,
            "broker_url": settings.CELERY_BROKER_URL,
            # A click waits for its nudge: one more try at once, not tries for seconds.
            "broker_transport_options": {
                "max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0,
            },
        }  # fmt: skip
    folder = settings.VAR_DIR / "broker"
    for name in ("queue", "control"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        **common,
        # Not broker_url: Celery prefers the environment's CELERY_BROKER_URL to that, and it may
        # say "embedded".
        "broker_read_url": "filesystem://",
        "broker_write_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
            # A poll each second would add half a second to every nudge.
            "polling_interval": 0.1,
        },
    }


app.conf.update(broker_settings())
