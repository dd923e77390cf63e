"""A whole process as one YAML document, to be read, edited as text and kept in Git; and back again.

Scalars are read as YAML 1.2's core schema has them: `yes`, `off` and `0123` are text, only `true`,
`false`, `null` and decimal numbers are more. Every place of the document remembers its line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from ecsportal.projects.schema_order import in_order
from ecsportal.projects.step_document import STEP_DEFAULTS, StepDocument, known_type
from ecsportal.steps.contract import JsonDict

MAX_BYTES = 2_000_000
MAX_ALIASES = 100
MAX_DEPTH = 60
MAX_VALUES = 200_000
"""Values after aliases are written out: what an alias stands for counts each time."""

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_PLAIN_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge")
}
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_READS_AS_OTHER = re.compile(
    r"|~|[-+.0-9].*|true|false|null|yes|no|on|off|y|n", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class TextError:
    """What is wrong at one place of the text; line and column count from 1, `path` may be empty."""

    line: int
    column: int
    path: str
    message: str
    code: str


class ProcessTextError(ValueError):
    """Text that is no process: every place and its message."""

    def __init__(self, errors: Sequence[TextError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(f"Line {e.line}: {e.message}" for e in self.errors))


@dataclass(frozen=True)
class ReadProcess:
    """The steps as the text has them, unchecked, and the line of each path (`steps[0].name`)."""

    steps: list[Any]
    lines: dict[str, int] = field(repr=False)

    def line_of(self, path: str) -> int:
        """The line of `path`; that of the nearest thing around it where it is absent."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self.lines.get("", 1)


def process_text(steps: Sequence[JsonDict], *, heading: str = "") -> str:
    """The steps as YAML; of the settings that every step has only what isn't the default.

    `heading` becomes a comment on top.
    """
    document = {"steps": [_without_defaults(step) for step in steps]}
    body: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16
    )
    comment = "".join(f"# {line}\n" for line in heading.splitlines())
    return comment + body


def read_process_text(text: str) -> ReadProcess:
    """The steps of the document and where each of their parts stands.

    Raises ProcessTextError for what is no YAML, has a key twice, unknown keys at its top, or grows
    beyond bounds by its aliases; the steps' own shapes are for `read_steps`.
    """
    if len(text.encode()) > MAX_BYTES:
        raise _error(1, 1, "", f"The text is longer than {MAX_BYTES:,} bytes.", "too_long")
    try:
        _check_events(text)
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise _error(line, column, "", f"This is no YAML: {error.problem}.", "yaml") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"This is no YAML: the character {_shown(error.character)} can't stand here."
        raise _error(line, 1, "", message, "yaml") from error
    if node is None:
        raise _error(1, 1, "", 'The text is empty; it needs the key "steps".', "missing")
    reader = _Reader()
    document = reader.value(node, "")
    return ReadProcess(_steps_of(document, reader.lines), reader.lines)


def _without_defaults(step: JsonDict) -> JsonDict:
    """The step's keys in the order of its documentation: a database may keep another one."""
    told = {
        key: step[key]
        for key in StepDocument.model_fields
        if key in step and (key not in STEP_DEFAULTS or step[key] != STEP_DEFAULTS[key])
    }
    kind = known_type(step["type"])
    if kind is not None and "inputs" in told:
        told["inputs"] = in_order(told["inputs"], kind.schema(step["version"]))
    return told


def _steps_of(document: Any, lines: dict[str, int]) -> list[Any]:
    if not isinstance(document, dict):
        message = 'The document is an object with the key "steps".'
        raise _error(lines.get("", 1), 1, "", message, "type")
    unknown = [key for key in document if key != "steps"]
    errors = [
        TextError(lines[key], 1, key, f'There is no key "{key}" here, only "steps".', "unknown")
        for key in unknown
    ]
    if errors:
        raise ProcessTextError(errors)
    if "steps" not in document:
        raise _error(1, 1, "", 'The key "steps" is missing.', "missing")
    steps = document["steps"]
    if steps is None:
        return []
    if not isinstance(steps, list):
        raise _error(lines["steps"], 1, "steps", "Steps are a list.", "type")
    return steps


def _check_events(text: str) -> None:
    """Refuse many aliases and great depth before anything is built: the composer recurses in C."""
    depth = aliases = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if aliases > MAX_ALIASES:
            raise _at(event, "", f"More than {MAX_ALIASES} aliases. Write the values out.", "alias")
        if depth > MAX_DEPTH:
            raise _at(event, "", f"Nested deeper than {MAX_DEPTH} levels.", "depth")


class _Reader:
    """Turns nodes into values and notes the line of each."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._count = 0
        self._open: set[int] = set()

    def value(self, node: yaml.Node, path: str) -> Any:
        """The node's value; raises ProcessTextError."""
        self._count += 1
        if self._count > MAX_VALUES:
            raise _at(node, path, f"More than {MAX_VALUES:,} values in all.", "too_many")
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise _at(node, path, f"There is no tag {node.tag} here.", "tag")
        if id(node) in self._open:
            raise _at(node, path, "An alias stands for something that it is part of.", "alias")
        self._open.add(id(node))
        value: Any = self._list(node, path) if isinstance(node, yaml.SequenceNode) else None
        if isinstance(node, yaml.MappingNode):
            value = self._object(node, path)
        self._open.discard(id(node))
        return value

    def _list(self, node: yaml.SequenceNode, path: str) -> list[Any]:
        return [self.value(item, f"{path}[{number}]") for number, item in enumerate(node.value)]

    def _object(self, node: yaml.MappingNode, path: str) -> JsonDict:
        result: JsonDict = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise _at(key_node, path, "A key has to be plain text.", "type")
            key = key_node.value
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise _at(key_node, path, "Merge keys (<<) aren't read. Write them out.", "merge")
            if key in result:
                raise _at(key_node, path, f'The key "{key}" is there twice.', "duplicate")
            inner = f"{path}.{key}" if path else key
            self.lines[inner] = key_node.start_mark.line + 1
            result[key] = self.value(value_node, inner)
        return result


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.tag not in _PLAIN_TAGS:
        raise _at(node, "", f"There is no tag {node.tag} here.", "tag")
    if node.style in ("'", '"', "|", ">"):
        return text
    if text.lower() in _WORDS and text == text.lower():
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _shown(character: int | str) -> str:
    """`U+0000`; the C reader gives numbers."""
    return f"U+{character if isinstance(character, int) else ord(character):04X}"


def _at(where: yaml.Node | yaml.Event, path: str, message: str, code: str) -> ProcessTextError:
    mark = where.start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    return _error(line, column, path, message, code)


def _error(line: int, column: int, path: str, message: str, code: str) -> ProcessTextError:
    return ProcessTextError([TextError(line, column, path, message, code)])


class _Dumper(yaml.CSafeDumper):
    """Blocks for texts of several lines; no anchors, which read badly in a difference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.Node:
    style = None
    if "\n" in text:
        style = "|"
    elif _READS_AS_OTHER.fullmatch(text):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
