from __future__ import annotations

from django.urls import path

from ecsportal.deployments.views import (
    dashboard,
    deploy,
    detail,
    health,
    jump,
    log,
    overview,
    tasks,
)

app_name = "deployments"
urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("dashboard/attention/", dashboard.attention, name="attention"),
    path("dashboard/cells/<slug:slug>/<slug:environment>/", dashboard.cell, name="cell"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("jump/", jump.jump, name="jump"),
    path("projects/<slug:slug>/", overview.overview, name="overview"),
    path("projects/<slug:slug>/deployments/", tasks.of_project, name="of_project"),
    path("deployments/<int:deployment_id>/", detail.detail, name="detail"),
    path("deployments/<int:deployment_id>/tail/", detail.tail, name="tail"),
    path("deployments/<int:deployment_id>/lines/", log.lines, name="lines"),
    path("deployments/<int:deployment_id>/search/", log.search, name="log_search"),
    path("deployments/<int:deployment_id>/log.txt", log.raw, name="raw_log"),
    path("deployments/<int:deployment_id>/cancel/", detail.cancel, name="cancel"),
    path("deployments/<int:deployment_id>/retry/", detail.retry, name="retry"),
    path("deployments/<int:deployment_id>/answer/", detail.answer, name="answer"),
    path("deployments/<int:deployment_id>/assign/", detail.assign, name="assign"),
    path(
        "projects/<slug:slug>/releases/<str:version>/deploy/<slug:environment>/",
        deploy.deploy,
        name="deploy",
    ),
    path(
        "remote/projects/<slug:slug>/releases/<str:version>/deploy/<slug:environment>/foreseen/",
        deploy.foreseen,
        name="foreseen",
    ),
    path(
        "remote/projects/<slug:slug>/releases/<str:version>/moved-tags/",
        deploy.moved,
        name="moved_tags",
    ),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.prometheus, name="metrics"),
]
