"""Filters that make a text safe inside HTML, XML, JSON, YAML, Java properties and URIs."""

import re
from urllib.parse import quote

from ecsportal.octostache import utf16
from ecsportal.octostache.filters.texts import without_arguments
from ecsportal.octostache.nodes import Filter

_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_HTML = _XML | {ord("/"): "&#x2F;"}
_JSON = str.maketrans({'"': '\\"', "\\": "\\\\", "\r": "\\r", "\n": "\\n", "\t": "\\t"})
_LINE_BREAKS = re.compile(r"[\r\n]+")
_NOT_PRINTABLE = re.compile("[^ -~]")
_PROPERTY_VALUE = str.maketrans({"\\": "\\\\", "\r": "\\r", "\n": "\\n", "\t": "\\t"})
_PROPERTY_KEY = _PROPERTY_VALUE | str.maketrans({" ": "\\ ", ":": "\\:", "=": "\\="})
_NOT_LATIN = re.compile("[\xff-\U0010ffff]")
_RESERVED = ":/?#[]@!$&'()*+,;="


def _code_units(match: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for unit in utf16.units(match.group()))


def _more_breaks(match: re.Match[str]) -> str:
    run = match.group()
    return ("\r\n" if run[0] == "\r" else "\n") + run


def _yaml_single(text: str) -> str:
    return _LINE_BREAKS.sub(_more_breaks, text.replace("'", "''"))


def _yaml_double(text: str) -> str:
    return _NOT_PRINTABLE.sub(_code_units, text.translate(_JSON))


def _properties_key(text: str) -> str:
    return _NOT_LATIN.sub(_code_units, text.translate(_PROPERTY_KEY))


def _properties_value(text: str) -> str:
    escaped = _NOT_LATIN.sub(_code_units, text.translate(_PROPERTY_VALUE))
    return "\\" + escaped if escaped.startswith(" ") else escaped


FILTERS: dict[str, Filter] = {
    "HtmlEscape": without_arguments(lambda text: text.translate(_HTML)),
    "XmlEscape": without_arguments(lambda text: text.translate(_XML)),
    "JsonEscape": without_arguments(lambda text: text.translate(_JSON)),
    "YamlSingleQuoteEscape": without_arguments(_yaml_single),
    "YamlDoubleQuoteEscape": without_arguments(_yaml_double),
    "PropertiesKeyEscape": without_arguments(_properties_key),
    "PropertiesValueEscape": without_arguments(_properties_value),
    "UriEscape": without_arguments(lambda text: quote(utf16.utf8(text), safe=_RESERVED)),
    "UriDataEscape": without_arguments(lambda text: quote(utf16.utf8(text), safe="")),
}
