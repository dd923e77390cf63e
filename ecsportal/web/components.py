"""The small components of ux.md section 4 as safe HTML; the template tags only pass on to these."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ecsportal.web.moments import (
    clock_words,
    day_words,
    exact_words,
    moment_words,
    planned_words,
)

KINDS = frozenset(
    [
        "ok",
        "failed",
        "warning",
        "running",
        "waiting",
        "queued",
        "pending",
        "cancelled",
        "skipped",
        "rolledback",
        "drift",
    ]
)
"""The eleven kinds of status: each has its own colour and its own shape."""

STATES: dict[str, tuple[str, str]] = {
    "queued": ("queued", "Queued"),
    "pending": ("pending", "Not started"),
    "executing": ("running", "Executing"),
    "waiting": ("waiting", "Waiting"),
    "cancelling": ("running", "Cancelling"),
    "succeeded": ("ok", "Succeeded"),
    "accepted": ("pending", "Accepted"),
    "failed": ("failed", "Failed"),
    "timed_out": ("failed", "Timed out"),
    "cancelled": ("cancelled", "Cancelled"),
    "skipped": ("skipped", "Skipped"),
    "healthy": ("ok", "Healthy"),
    "unhealthy": ("warning", "Unhealthy"),
    "unreachable": ("failed", "Unreachable"),
    "unknown": ("pending", "Not checked"),
}
"""Kind and word for the states of deployments, steps, targets and health; `accepted` is how a step
shows that succeeded without waiting, while its outcome is open."""

MOST_PIPS = 8


@lru_cache(maxsize=512)
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite; decoration only, so a word stands beside it."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        static("icons.svg"),
        name,
    )


def status(kind: str, word: str, *, size: str = "", css: str = "") -> SafeString:
    """Colour, shape and word; `size` is `lg` (heads) or `pill` (inside running text)."""
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of status.")
    classes = f"p-status p-is-{kind}"
    classes += f" p-status--{size}" if size else ""
    classes += f" {css}" if css else ""
    return format_html('<span class="{}">{}{}</span>', classes, icon(f"s-{kind}"), word)


def state_status(
    state: str, *, warnings: bool = False, word: str = "", size: str = ""
) -> SafeString:
    """The status of a state as the models keep it; `word` replaces the usual one."""
    kind, usual = STATES[state]
    if warnings and kind == "ok":
        kind, usual = "warning", f"{usual} with warnings"
    return status(kind, word or usual, size=size)


def when(at: datetime | None, style: str, now: datetime) -> SafeString:
    """A `<time>`: `relative` (it ticks), `day`, `clock`, `planned`."""
    if at is None:
        return mark_safe("")
    words = {
        "relative": lambda: moment_words(at, now),
        "day": lambda: day_words(at, now),
        "clock": lambda: clock_words(at),
        "planned": lambda: planned_words(at, now),
    }[style]()
    told = format_html(
        '<time class="p-3rd" datetime="{}" title="{}"{}>{}</time>',
        at.isoformat(timespec="seconds"),
        exact_words(at),
        mark_safe(" data-relative") if style == "relative" else "",
        words,
    )
    if style == "planned" and timedelta() < at - now < timedelta(days=1):
        return format_html("{}, {}", told, when(at, "relative", now))
    return told


def copy_button(text: str, label: str) -> SafeString:
    """A button that copies `text`; `label` says what it is ("Copy ARN")."""
    return format_html(
        '<button class="p-copy" type="button" data-copy="{}" aria-label="{}">{}</button>',
        text,
        label,
        icon("copy"),
    )


def version(text: str, href: str = "") -> SafeString:
    """A version, as a link where `href` is given."""
    if href:
        return format_html('<a class="p-ver" href="{}">{}</a>', href, text)
    return format_html('<span class="p-ver">{}</span>', text)


def short_digest(value: str) -> str:
    """`@9f2c47…d1` of `sha256:9f2c47…`: six and two digits."""
    digits = value.rpartition(":")[2]
    return f"@{digits[:6]}…{digits[-2:]}" if digits else ""


def digest(value: str) -> SafeString:
    """A digest, shortened, with a button that copies it whole; nothing where it isn't known."""
    if not value:
        return mark_safe("")
    return format_html(
        '<span class="p-digest" title="{}">{}</span>{}',
        value,
        short_digest(value),
        copy_button(value, "Copy digest"),
    )


def arn(value: str, *, what: str = "ARN", one_line: bool = False) -> SafeString:
    """An ARN or another long name: wraps anywhere, or cut on one line (tables); copied whole."""
    if not value:
        return mark_safe("")
    return format_html(
        '<span class="p-arn{}"><span title="{}">{}</span>{}</span>',
        " p-arn--1" if one_line else "",
        value,
        value,
        copy_button(value, f"Copy {what}"),
    )


def pips(*, up: int = 0, starting: int = 0, dead: int = 0, wanted: int = 0) -> SafeString:
    """A pip per task up to eight, above that "9 of 12"; always beside a number or a name."""
    marks = ["up"] * up + ["start"] * starting + ["dead"] * dead
    marks += [""] * max(0, wanted - len(marks))
    if len(marks) > MOST_PIPS:
        return format_html("<span>{} of {}</span>", up, max(wanted, up))
    parts = format_html_join("", "<i{}></i>", ((_class(mark),) for mark in marks))
    return format_html('<span class="p-pips" aria-hidden="true">{}</span>', parts)


def fact_tag(text: str, *, kind: str = "", icon_name: str = "") -> SafeString:
    """A fact in at most two words, never an action."""
    return format_html(
        '<span class="p-tag{}">{}{}</span>',
        f" p-is-{kind}" if kind else "",
        icon(icon_name) if icon_name else "",
        text,
    )


def _class(name: str) -> SafeString:
    return format_html(' class="{}"', name) if name else mark_safe("")
