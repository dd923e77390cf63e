from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from ecsportal.projects.views import (
    libraries,
    octopus_import,
    pick_lists,
    process,
    process_text,
    projects,
    revisions,
    service_import,
    step_upgrade,
    steps,
    variable_preview,
    variables,
)

app_name = "projects"
_PROJECT = "projects/<slug:slug>"
_PROCESS = f"{_PROJECT}/process"
_VARIABLES = f"{_PROJECT}/variables"
_LIBRARY = "libraries/<slug:slug>"
urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/", projects.list_projects, name="list"),
    path("projects/new/", projects.create, name="create"),
    path(f"{_PROJECT}/settings/", projects.settings, name="settings"),
    path(f"{_PROJECT}/delete/", projects.delete, name="delete"),
    path(f"{_PROCESS}/", process.show, name="process"),
    path(f"{_PROCESS}.yaml", process_text.download, name="download_process"),
    path(f"{_PROCESS}/text/", process_text.edit, name="process_text"),
    path(f"{_PROCESS}/add/", process.choose_step_type, name="add_step"),
    path(f"remote/{_PROCESS}/add/service/", service_import.show, name="import_service"),
    path(f"{_PROCESS}/add/octopus/", octopus_import.paste, name="paste_octopus_step"),
    path(
        f"remote/{_PROCESS}/add/octopus/stacks/",
        octopus_import.stacks,
        name="stacks_of_octopus_step",
    ),
    path(f"{_PROCESS}/order/", process.move_step, name="move_step"),
    path(f"{_PROCESS}/undo/", process.undo_delete, name="undo_delete"),
    path(f"{_PROCESS}/revisions/", revisions.list_revisions, name="revisions"),
    path(f"{_PROCESS}/revisions/<int:number>/", revisions.show, name="revision"),
    path(f"{_PROCESS}/revisions/<int:number>/restore/", revisions.restore, name="restore"),
    path(f"{_PROCESS}/<slug:step>/delete/", process.delete_step, name="delete_step"),
    path(f"{_PROCESS}/<slug:step>/clone/", process.clone_step, name="clone_step"),
    path(f"{_PROCESS}/<slug:step>/copy/", process.copy_step, name="copy_step"),
    path(f"{_PROCESS}/<slug:step>/disabled/", process.disable_step, name="disable_step"),
    path(f"{_PROCESS}/new/<slug:step_type>/", steps.new, name="new_step"),
    path(
        f"{_PROCESS}/new/<slug:step_type>/template/", steps.new_template, name="new_step_template"
    ),
    path(f"{_PROCESS}/<slug:step>/", steps.edit, name="step"),
    path(f"{_PROCESS}/<slug:step>/template/", steps.template, name="step_template"),
    path(f"remote/{_PROCESS}/new/<slug:step_type>/check/", steps.new_check, name="check_new_step"),
    path(f"remote/{_PROCESS}/<slug:step>/check/", steps.check, name="check_step"),
    path(f"{_PROCESS}/<slug:step>/export/", steps.export, name="step_export"),
    path(f"{_PROCESS}/<slug:step>/upgrade/", step_upgrade.upgrade, name="step_upgrade"),
    path(f"remote/{_PROJECT}/picks/<slug:kind>/", pick_lists.show, name="pick_list"),
    path(f"{_VARIABLES}/", variables.show, name="variables"),
    path(f"{_VARIABLES}/new/", variables.add, name="add_variable"),
    path(f"{_VARIABLES}/paste/", variables.paste, name="paste_variables"),
    path(f"{_VARIABLES}/undo/", variables.undo, name="undo_variables"),
    path(f"{_VARIABLES}/history/", variables.history, name="variable_history"),
    path(
        f"{_VARIABLES}/history/<int:number>/restore/",
        variables.restore,
        name="restore_variables",
    ),
    path(f"{_VARIABLES}/preview/", variable_preview.show, name="variable_preview"),
    path(f"{_VARIABLES}/names/", variable_preview.complete, name="variable_names"),
    path(f"{_VARIABLES}/libraries/", libraries.of_project, name="variable_libraries"),
    path(f"{_VARIABLES}/<int:value_id>/", variables.edit, name="variable"),
    path(f"{_VARIABLES}/<int:value_id>/delete/", variables.delete, name="delete_variable"),
    path("libraries/", libraries.list_libraries, name="libraries"),
    path("libraries/new/", libraries.create, name="create_library"),
    path(f"{_LIBRARY}/", libraries.show, name="library"),
    path(f"{_LIBRARY}/settings/", libraries.settings, name="library_settings"),
    path(f"{_LIBRARY}/delete/", libraries.delete_set, name="delete_library"),
    path(f"{_LIBRARY}/values/new/", libraries.add, name="add_library_value"),
    path(f"{_LIBRARY}/values/paste/", libraries.paste, name="paste_library_values"),
    path(f"{_LIBRARY}/values/undo/", libraries.undo, name="undo_library_values"),
    path(f"{_LIBRARY}/values/history/", libraries.history, name="library_history"),
    path(
        f"{_LIBRARY}/values/history/<int:number>/restore/",
        libraries.restore,
        name="restore_library_values",
    ),
    path(f"{_LIBRARY}/values/<int:value_id>/", libraries.edit, name="library_value"),
    path(
        f"{_LIBRARY}/values/<int:value_id>/delete/", libraries.delete, name="delete_library_value"
    ),
]
