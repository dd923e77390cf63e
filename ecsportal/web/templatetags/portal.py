"""Tags and filters of the page components (ux.md section 4); built in, no `load` needed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from ecsportal.people.permissions import Permission
from ecsportal.web import components, navigation
from ecsportal.web.moments import duration_words

register = template.Library()

register.simple_tag(components.icon, name="icon")
register.simple_tag(components.status, name="status")
register.simple_tag(components.state_status, name="state")
register.simple_tag(components.version, name="version")
register.simple_tag(components.digest, name="digest")
register.simple_tag(components.arn, name="arn")
register.simple_tag(components.copy_button, name="copy_button")
register.simple_tag(components.pips, name="pips")


@register.simple_tag
def tag(text: str, kind: str = "", icon: str = "") -> SafeString:
    """`{% tag "Blocked" kind="failed" icon="lock" %}`"""
    return components.fact_tag(text, kind=kind, icon_name=icon)


@register.simple_tag
def when(at: datetime | None, style: str = "relative") -> SafeString:
    """`{% when deployment.created_at %}`; styles: relative, day, clock."""
    return components.when(at, style, timezone.now())


@register.filter
def duration(value: float | timedelta | None) -> str:
    """`{{ seconds|duration }}`: "1 min 5 s"; nothing for None."""
    if value is None:
        return ""
    return duration_words(value.total_seconds() if isinstance(value, timedelta) else value)


@register.simple_tag
def took(started: datetime | None, finished: datetime | None) -> str:
    """How long something took, or has taken so far; nothing before its start."""
    if started is None:
        return ""
    return duration_words(((finished or timezone.now()) - started).total_seconds())


@register.simple_tag
def url_or_none(name: str, *args: Any, **kwargs: Any) -> str:
    """The URL, or nothing where no such page exists."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_block_tag
def note(content: str, kind: str = "", icon: str = "", role: str = "") -> SafeString:
    """`{% note "warning" %}One sentence and one link.{% endnote %}`"""
    shape = icon or (f"s-{kind}" if kind in components.KINDS else "info-circle")
    return format_html(
        '<div class="p-note{}"{}>{}<span>{}</span></div>',
        f" p-is-{kind}" if kind else "",
        format_html(' role="{}"', role) if role else "",
        components.icon(shape),
        content,
    )


@register.simple_block_tag
def empty_state(content: str, title: str, text: str = "", icon: str = "package") -> SafeString:
    """What would be here, why it helps; the block holds the one button."""
    return format_html(
        '<div class="p-empty">{}<b class="p-strong">{}</b>{}{}</div>',
        components.icon(icon),
        title,
        format_html("<span>{}</span>", text) if text else "",
        content,
    )


@register.simple_block_tag(takes_context=True)
def dialog(
    context: Context, content: str, id: str, title: str, alert: bool = False, css: str = ""
) -> SafeString:
    """A dialog with a URL: `?dialog=<id>` opens it without script, `data-dialog="<id>"` with.

    The block holds `.p-body` and `.p-dialog-foot`. `alert` makes it a question (role alertdialog).
    """
    return render_to_string(
        "_components/_dialog.html",
        {
            "id": id,
            "title": title,
            "alert": alert,
            "css": css,
            "content": content,
            "open": _asked_for(context, "dialog") == id,
        },
    )


@register.simple_tag
def refused(permission: str, where: str = "", ask: str = "", does: str = "") -> SafeString:
    """Stands beside a disabled button: which permission is missing and whom to ask.

    In a button's place `does` names what needs it: "Editing the step".
    """
    place = f" in {where}" if where else ""
    whom = ask or "an administrator"
    return format_html(
        '<span class="p-2nd">{} {} the permission {}{}. Ask {}.</span>',
        components.icon("lock"),
        f"{does} needs" if does else "Needs",
        Permission(permission),
        place,
        whom,
    )


@register.simple_tag
def field(bound: BoundField, css: str = "", optional: bool = True) -> SafeString:
    """A form field with label, help and errors; `css` places it in `.p-fields` ("p-c6")."""
    if bound.is_hidden:
        return mark_safe(str(bound))
    return render_to_string(
        "_components/_field.html", {"field": bound, "css": css, "optional": optional}
    )


@register.simple_tag
def widget_attrs(widget: Mapping[str, Any], css: str = "") -> SafeString:
    """A widget's attributes with the kit's class merged in; errors mark it as invalid."""
    attrs = dict(widget["attrs"])
    classes = [css, str(attrs.pop("class", "") or "")]
    if attrs.get("aria-invalid") == "true":
        classes.append("is-invalid")
    joined = " ".join(part for part in classes if part)
    if joined:
        attrs = {"class": joined, **attrs}
    shown = ((name, value) for name, value in attrs.items() if value is not False)
    return format_html_join(
        "",
        " {}{}",
        ((n, "" if v is True else format_html('="{}"', v)) for n, v in shown),
    )


@register.inclusion_tag("_components/_nav.html", takes_context=True)
def main_nav(context: Context, css: str = "p-nav", label: str = "Main") -> dict[str, Any]:
    """The top-level entries that the reader may see and that exist."""
    path = getattr(context.get("request"), "path", "")
    return {
        "entries": navigation.entries(context.get("can") or {}, path),
        "css": css,
        "label": label,
    }


@register.inclusion_tag("_components/_tabs.html", takes_context=True)
def project_tabs(context: Context, project: Any, current: str) -> dict[str, Any]:
    """The tabs of a project's pages; `current` is overview, process, releases, ..."""
    tabs = navigation.project_tabs(project.slug, context.get("can") or {}, current)
    return {"tabs": tabs, "label": project.name}


@register.inclusion_tag("_components/_tabs.html", takes_context=True)
def section_tabs(context: Context, section: str, current: str) -> dict[str, Any]:
    """The tabs of `infrastructure` or `settings`."""
    tabs = navigation.section_tabs(section, context.get("can") or {}, current)
    return {"tabs": tabs, "label": section.capitalize()}


@register.inclusion_tag("_components/_pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], noun: str) -> dict[str, Any]:
    """The foot of a list's panel: newer, older, "11 of 4,318". Filters in the URL are kept."""
    return {"page": page, "noun": noun, "request": context.get("request")}


@register.filter
def thousands(number: int) -> str:
    """A count as it is read: 4,318."""
    return f"{number:,}"


@register.filter
def initials(user: Any) -> str:
    """Two letters for the account button."""
    words = str(user).replace(".", " ").replace("-", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _asked_for(context: Context, name: str) -> str:
    request = context.get("request")
    return str(request.GET.get(name, "")) if request is not None else ""
