"""The pages of environments, targets, accounts and feeds.

What asks AWS or a registry while somebody waits is under `remote/`: those run in their own pool.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from ecsportal.infrastructure.views import accounts, environments, feeds, suggestions, targets
from ecsportal.people.access import requires
from ecsportal.people.permissions import Permission

app_name = "infrastructure"

_home = requires(Permission.ENVIRONMENT_VIEW)(
    RedirectView.as_view(pattern_name="infrastructure:environments")
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("infrastructure/", _home, name="home"),
    path("infrastructure/environments/", environments.list_page, name="environments"),
    path("infrastructure/environments/new/", environments.create, name="environment_create"),
    path("infrastructure/environments/<slug:slug>/", environments.detail, name="environment"),
    path(
        "infrastructure/environments/<slug:slug>/delete/",
        environments.delete,
        name="environment_delete",
    ),
    path(
        "infrastructure/environments/<slug:slug>/move/",
        environments.move,
        name="environment_move",
    ),
    path("infrastructure/accounts/", accounts.list_page, name="accounts"),
    path("infrastructure/accounts/new/", accounts.create, name="account_create"),
    path("infrastructure/accounts/<slug:slug>/", accounts.detail, name="account"),
    path("infrastructure/accounts/<slug:slug>/delete/", accounts.delete, name="account_delete"),
    path(
        "remote/accounts/save-and-test/", accounts.create_and_test, name="account_create_and_test"
    ),
    path(
        "remote/accounts/<slug:slug>/save-and-test/",
        accounts.save_and_test,
        name="account_save_and_test",
    ),
    path("infrastructure/targets/", targets.list_page, name="targets"),
    path("infrastructure/targets/new/", targets.create, name="target_create"),
    path("infrastructure/targets/<slug:slug>/", targets.detail, name="target"),
    path("infrastructure/targets/<slug:slug>/delete/", targets.delete, name="target_delete"),
    path(
        "remote/targets/save-and-check/", targets.create_and_check, name="target_create_and_check"
    ),
    path(
        "remote/targets/<slug:slug>/save-and-check/",
        targets.save_and_check,
        name="target_save_and_check",
    ),
    path("remote/targets/check/", targets.check_all, name="targets_check"),
    path("remote/targets/<slug:slug>/check/", targets.check, name="target_check"),
    path("remote/clusters/", suggestions.clusters, name="clusters"),
    path("infrastructure/feeds/", feeds.list_page, name="feeds"),
    path("infrastructure/feeds/new/", feeds.create, name="feed_create"),
    path("infrastructure/feeds/<slug:slug>/", feeds.detail, name="feed"),
    path("infrastructure/feeds/<slug:slug>/delete/", feeds.delete, name="feed_delete"),
    path("remote/feeds/save-and-test/", feeds.create_and_test, name="feed_create_and_test"),
    path("remote/feeds/<slug:slug>/save-and-test/", feeds.save_and_test, name="feed_save_and_test"),
    path("remote/feeds/<slug:slug>/tags/", suggestions.tags, name="feed_tags"),
    path(
        "remote/feeds/<slug:slug>/repositories/", suggestions.repositories, name="feed_repositories"
    ),
]
