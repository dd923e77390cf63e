from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ecsportal.projects.views import process, projects, revisions, steps

app_name = "projects"
_PROJECT = "projects/<slug:slug>"
_PROCESS = f"{_PROJECT}/process"
urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/", projects.list_projects, name="list"),
    path("projects/new/", projects.create, name="create"),
    path(f"{_PROJECT}/settings/", projects.settings, name="settings"),
    path(f"{_PROJECT}/delete/", projects.delete, name="delete"),
    path(f"{_PROCESS}/", process.show, name="process"),
    path(f"{_PROCESS}/add/", process.choose_step_type, name="add_step"),
    path(f"{_PROCESS}/order/", process.move_step, name="move_step"),
    path(f"{_PROCESS}/undo/", process.undo_delete, name="undo_delete"),
    path(f"{_PROCESS}/revisions/", revisions.list_revisions, name="revisions"),
    path(f"{_PROCESS}/revisions/<int:number>/", revisions.show, name="revision"),
    path(f"{_PROCESS}/revisions/<int:number>/restore/", revisions.restore, name="restore"),
    path(f"{_PROCESS}/<slug:step>/delete/", process.delete_step, name="delete_step"),
    path(f"{_PROCESS}/<slug:step>/disabled/", process.disable_step, name="disable_step"),
    path(f"{_PROCESS}/new/<slug:step_type>/", steps.new, name="new_step"),
    path(
        f"{_PROCESS}/new/<slug:step_type>/template/", steps.new_template, name="new_step_template"
    ),
    path(f"{_PROCESS}/<slug:step>/", steps.edit, name="step"),
    path(f"{_PROCESS}/<slug:step>/template/", steps.template, name="step_template"),
    path(f"{_PROCESS}/<slug:step>/export/", steps.export, name="step_export"),
]
