"""What the bars and tabs show: only pages that exist and that the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from ecsportal.people.permissions import Permission


@dataclass(frozen=True)
class Entry:
    """A link of the top bar or of a tab row."""

    label: str
    url: str
    current: bool


@dataclass(frozen=True)
class _Page:
    label: str
    name: str
    permission: Permission
    prefixes: tuple[str, ...] = ()


_TOP = (
    _Page("Dashboard", "deployments:dashboard", Permission.PROJECT_VIEW, ("=/",)),
    _Page(
        "Projects",
        "projects:list",
        Permission.PROJECT_VIEW,
        ("/projects/", "/remote/projects/", "/libraries/", "/deployments/"),
    ),
    _Page(
        "Infrastructure",
        "infrastructure:environments",
        Permission.ENVIRONMENT_VIEW,
        ("/infrastructure/", "/remote/accounts/", "/remote/targets/", "/remote/feeds/"),
    ),
    _Page("Tasks", "deployments:tasks", Permission.TASK_VIEW, ("/tasks/",)),
    _Page("Audit", "audit:list", Permission.EVENT_VIEW, ("/audit/",)),
    _Page("Settings", "people:profile", Permission.OWN_ACCOUNT, ("/settings/",)),
)
_PROJECT = (
    ("overview", _Page("Overview", "deployments:overview", Permission.PROJECT_VIEW)),
    ("process", _Page("Process", "projects:process", Permission.PROCESS_VIEW)),
    ("variables", _Page("Variables", "projects:variables", Permission.VARIABLE_VIEW)),
    ("releases", _Page("Releases", "releases:list", Permission.RELEASE_VIEW)),
    ("deployments", _Page("Deployments", "deployments:of_project", Permission.DEPLOYMENT_VIEW)),
    ("settings", _Page("Settings", "projects:settings", Permission.PROJECT_VIEW)),
)
_SECTIONS = {
    "infrastructure": (
        (
            "environments",
            _Page("Environments", "infrastructure:environments", Permission.ENVIRONMENT_VIEW),
        ),
        (
            "targets",
            _Page("Deployment targets", "infrastructure:targets", Permission.MACHINE_VIEW),
        ),
        ("accounts", _Page("AWS accounts", "infrastructure:accounts", Permission.ACCOUNT_VIEW)),
        ("feeds", _Page("Feeds", "infrastructure:feeds", Permission.FEED_VIEW)),
    ),
    "settings": (
        ("profile", _Page("Profile", "people:profile", Permission.OWN_ACCOUNT)),
        ("api_keys", _Page("API keys", "people:api_keys", Permission.OWN_ACCOUNT)),
        ("people", _Page("People", "people:list", Permission.USER_VIEW)),
    ),
}


def entries(can: Mapping[str, bool], path: str) -> list[Entry]:
    """The top bar; the entry whose pages the reader is on is the current one."""
    shown = [(page, _url(page, can)) for page in _TOP]
    return [Entry(page.label, url, _covers(page, path)) for page, url in shown if url]


def project_tabs(slug: str, can: Mapping[str, bool], current: str) -> list[Entry]:
    """The tabs of one project."""
    shown = [(key, page.label, _url(page, can, slug)) for key, page in _PROJECT]
    return [Entry(label, url, key == current) for key, label, url in shown if url]


def section_tabs(section: str, can: Mapping[str, bool], current: str) -> list[Entry]:
    """The tabs of Infrastructure or Settings."""
    shown = [(key, page.label, _url(page, can)) for key, page in _SECTIONS[section]]
    return [Entry(label, url, key == current) for key, label, url in shown if url]


def _url(page: _Page, can: Mapping[str, bool], *args: str) -> str:
    """The page's address; nothing where it doesn't exist or isn't for this reader."""
    if not can.get(page.permission):
        return ""
    try:
        return reverse(page.name, args=args)
    except NoReverseMatch:
        return ""


def _covers(page: _Page, path: str) -> bool:
    return any(
        path == prefix[1:] if prefix.startswith("=") else path.startswith(prefix)
        for prefix in page.prefixes
    )
