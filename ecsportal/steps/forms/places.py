"""Where a problem is shown: the field, list or panel of its path, and what is folded around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ecsportal.steps.contract import JsonDict
from ecsportal.steps.forms.documents import idname, look_up, problem_path
from ecsportal.steps.forms.parts import Extra, Field, Group, Part, Rows, Section


@dataclass(frozen=True)
class Place:
    """`id` is the HTML id to go to, `words` are the way there; `inside` are the ids of the foldable
    things around it. `within` is what of a panel is meant where none of its fields shows it.
    """

    name: str
    id: str
    words: str
    inside: tuple[str, ...]
    within: str = ""


@dataclass(frozen=True)
class _Way:
    """How far the search has come: whose parts are looked through, and what is around them."""

    prefix: str
    words: tuple[str, ...]
    inside: tuple[str, ...]


def group_id(holder: str, group: Group) -> str:
    """The HTML id of a group in the row of that name, or in the document itself."""
    return f"group-{idname(holder)}-{group.slug}" if holder else f"group-{group.slug}"


def find_place(sections: Iterable[Section], document: JsonDict, path: str) -> Place | None:
    """The place of the problem at that path; None where no section shows it."""
    name = path.replace("[", ".").replace("]", "")
    for section in sections:
        way = _Way("", (section.title,), (section.slug,))
        place = _find(section.parts, document, name, way)
        if place:
            return place
    return None


def _find(parts: Sequence[Part], document: JsonDict, name: str, way: _Way) -> Place | None:
    for part in _likeliest_first(parts, name.removeprefix(way.prefix)):
        place = _in_part(part, document, name, way)
        if place:
            return place
    return None


def _likeliest_first(parts: Sequence[Part], name: str) -> Iterator[Part]:
    """The parts of that very path before those whose path only starts with it."""
    yield from (part for part in parts if not isinstance(part, Field))
    fields = [part for part in parts if isinstance(part, Field)]
    yield from sorted(fields, key=lambda field: field.path != name)


def _in_part(part: Part, document: JsonDict, name: str, way: _Way) -> Place | None:
    holder = way.prefix.rstrip(".")
    if not isinstance(part, Field) and part.when is not None:
        row = look_up(document, holder) if holder else document
        if not isinstance(row, dict) or not part.when(row):
            return None
    if isinstance(part, Group):
        inside = (*way.inside, group_id(holder, part))
        inner = replace(way, words=(*way.words, part.title), inside=inside)
        return _find(part.parts, document, name, inner)
    own = f"{way.prefix}{part.path}"
    if isinstance(part, Field):
        meant = (own == name) or own.startswith(f"{name}.")
        if meant or (part.is_list and name.startswith(f"{own}.")):
            return _at(own, [*way.words, part.label], way)
        return None
    if own == name:
        return _at(own, [*way.words, part.label] if len(way.words) > 1 else way.words, way)
    if not name.startswith(f"{own}."):
        return None
    if isinstance(part, Extra):
        inner = replace(way, prefix=f"{own}.", words=(*way.words, part.label))
        is_there = isinstance(look_up(document, own), dict)
        found = _find(part.parts, document, name, inner) if is_there else None
        return found or _at(own, inner.words, way)
    return _in_row(part, document, own, name, way)


def _in_row(rows: Rows, document: JsonDict, own: str, name: str, way: _Way) -> Place | None:
    number, _, within = name[len(own) + 1 :].partition(".")
    items: Any = look_up(document, own)
    if not number.isdecimal() or not isinstance(items, list) or int(number) >= len(items):
        return _at(own, way.words, way)
    row = f"{own}.{number}"
    words = (*way.words, rows.title_of(items[int(number)], int(number)))
    is_panel = rows.look == "panel"
    inside = (*way.inside, f"row-{idname(row)}") if is_panel else way.inside
    inner = _Way(f"{row}.", words, inside)
    found = _find(rows.parts, document, name, inner) if within else None
    if found:
        return found
    if is_panel:
        said = problem_path(within) if within else ""
        way_there = " · ".join([*words, said] if said else words)
        return Place(row, f"head-{idname(row)}", way_there, inside, said)
    # A row in one line has no head of its own: its first field tells what concerns the row.
    first = next(part for part in rows.parts if isinstance(part, Field))
    return _at(f"{row}.{first.path}", [*words, first.label], way)


def _at(name: str, words: Sequence[str], way: _Way) -> Place:
    return Place(name, f"f-{idname(name)}", " · ".join(words), way.inside)
