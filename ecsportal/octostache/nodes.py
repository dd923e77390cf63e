"""What a parsed template is made of. Nodes are shared between evaluations and never change.

Plain text is a `str` with its escapes undone.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from ecsportal.octostache.characters import BLANKS, fold
from ecsportal.octostache.limits import Budget

Filter = Callable[[str | None, Sequence[str], Budget], str | None]
"""Left side (None: unresolved), arguments, budget -> text, or None where the filter fails."""


class Step:
    """One part of a path: a name, a literal index, or an index to be looked up (`symbol`)."""

    __slots__ = ("folded", "indexed", "symbol", "text")

    def __init__(self, text: str, *, indexed: bool, symbol: "Symbol | None" = None) -> None:
        self.text = text
        self.folded = fold(text)
        self.indexed = indexed
        self.symbol = symbol


def path_key(steps: Sequence[Step]) -> str | None:
    """The path as one text, equal for names that mean the same; None if it can't be one."""
    parts = []
    for step in steps:
        if step.symbol is not None or "\0" in step.folded or (step.indexed and step.text == "*"):
            return None
        parts.append(("[" if step.indexed else ".") + step.folded)
    return "\0".join(parts)


class Symbol:
    """A path to a variable, at one place of one template; among nodes it stands for `#{path}`.

    `key` is the path for a direct look-up (None: has to be walked), `first` its first name as
    compared, `identity` what makes it the same symbol when it is met again.
    """

    __slots__ = ("_digest", "dynamic", "first", "key", "position", "steps")

    def __init__(self, steps: tuple[Step, ...], position: int, key: str | None) -> None:
        self.steps = steps
        self.position = position
        self.key = key
        self.first = steps[0].folded
        self.dynamic = key is None and any(step.symbol is not None for step in steps)
        self._digest = _digest(steps) if key is None else key

    @property
    def identity(self) -> tuple[object, ...]:
        """Position and path."""
        return self.position, self._digest


def _digest(steps: Sequence[Step]) -> str:
    """A short text equal for equal steps; of a fixed length, however deep indexers nest."""
    parts = [
        f"{step.indexed:d}{step.symbol.identity if step.symbol is not None else step.folded!r}"
        for step in steps
    ]
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class Call:
    """One filter of a chain; `literals` are its arguments where none needs evaluating."""

    __slots__ = ("arguments", "function", "literals", "name")

    def __init__(self, name: str, arguments: "tuple[Node, ...]", function: Filter | None) -> None:
        self.name = name
        self.arguments = arguments
        self.function = function
        texts = tuple(argument for argument in arguments if isinstance(argument, str))
        self.literals = texts if len(texts) == len(arguments) else None


class Filtered:
    """`#{Symbol | Filter argument | Filter}`; without a left side `symbol` is None."""

    __slots__ = ("calls", "key", "makes_null", "plain", "position", "symbol")

    def __init__(self, symbol: Symbol | None, calls: tuple[Call, ...], position: int) -> None:
        self.symbol = symbol
        self.key = symbol.key if symbol is not None else None
        self.calls = calls
        self.position = position
        self.makes_null = calls[-1].name == "null"
        self.plain = all(call.literals is not None and call.function for call in calls)


class Conditional:
    """`#{if left operator right}then#{else}otherwise#{/if}`; `unless` has its branches swapped.

    `operator` is "", "==" or "!="; the right side is a text where it was a literal, or "" with no
    operator. `quick` is the left side where it is a path and nothing else has to be found.
    """

    __slots__ = ("left", "operator", "otherwise", "quick", "right", "then")

    def __init__(
        self,
        condition: "tuple[Expression, str, Expression | str]",
        then: "tuple[Node, ...]",
        otherwise: "tuple[Node, ...]",
    ) -> None:
        self.left, self.operator, self.right = condition
        plain = isinstance(self.left, Symbol) and isinstance(self.right, str)
        self.quick = self.left if plain and isinstance(self.left, Symbol) else None
        self.then = then
        self.otherwise = otherwise


class Loop:
    """`#{each name in collection}body#{/each}`."""

    __slots__ = ("body", "collection", "folded", "name")

    def __init__(self, name: str, collection: Symbol, body: "tuple[Node, ...]") -> None:
        self.name = name
        self.folded = fold(name)
        self.collection = collection
        self.body = body


class Calculation:
    """`#{calc ...}`: `program` in postfix order (operators are texts), `parts` as written."""

    __slots__ = ("parts", "program")

    def __init__(
        self,
        program: "tuple[float | str | Symbol, ...]",
        parts: "tuple[str | Symbol, ...]",
    ) -> None:
        self.program = program
        self.parts = parts


Block = Symbol | Filtered | Conditional | Loop | Calculation
Node = str | Block
Expression = Symbol | Filtered


class Template:
    """A parsed text. `nodes` may end in text copied as it stood (continuing after an error)."""

    __slots__ = ("nodes", "source")

    def __init__(self, source: str, nodes: tuple[Node, ...]) -> None:
        self.source = source
        self.nodes = nodes


class _Bare:
    """Marks an expression to be written without `#{` and `}`."""

    __slots__ = ("expression",)

    def __init__(self, expression: Expression) -> None:
        self.expression = expression


_Part = Node | _Bare


class _Verbatim(str):
    """Text that is already in normal form."""

    __slots__ = ()


def _symbol_parts(symbol: Symbol) -> list[_Part]:
    parts: list[_Part] = []
    for number, step in enumerate(symbol.steps):
        if step.symbol is not None:
            parts += [_Verbatim("["), step.symbol, _Verbatim("]")]
        elif step.indexed:
            parts.append(_Verbatim(f"[{step.text}]"))
        else:
            parts.append(_Verbatim(f".{step.text}" if number else step.text))
    return parts


def _chain_parts(chain: Filtered) -> list[_Part]:
    parts: list[_Part] = [_Bare(chain.symbol)] if chain.symbol is not None else []
    for call in chain.calls:
        parts.append(_Verbatim(f" | {call.name}"))
        for argument in call.arguments:
            if isinstance(argument, str):
                parts.append(_Verbatim(f' "{argument}"'))
            else:
                parts += [_Verbatim(" "), argument]
    return parts


def _conditional_parts(block: Conditional) -> list[_Part]:
    parts: list[_Part] = [_Verbatim("#{if "), _Bare(block.left)]
    if block.operator:
        parts.append(_Verbatim(f" {block.operator} "))
        if isinstance(block.right, str):
            parts.append(_Verbatim(f'"{block.right}" '))
        else:
            parts += [_Bare(block.right), _Verbatim(" ")]
    parts += [_Verbatim("}"), *block.then]
    if block.otherwise:
        parts += [_Verbatim("#{else}"), *block.otherwise]
    return [*parts, _Verbatim("#{/if}")]


def _parts(part: Block | _Bare) -> list[_Part]:
    if isinstance(part, _Bare):
        inner = part.expression
        return _symbol_parts(inner) if isinstance(inner, Symbol) else _chain_parts(inner)
    if isinstance(part, Symbol):
        return [_Verbatim("#{"), *_symbol_parts(part), _Verbatim("}")]
    if isinstance(part, Filtered):
        return [_Verbatim("#{"), *_chain_parts(part), _Verbatim("}")]
    if isinstance(part, Conditional):
        return _conditional_parts(part)
    if isinstance(part, Loop):
        head = _Verbatim(f"#{{each {part.name} in ")
        tail = _Verbatim("#{/each}")
        return [head, _Bare(part.collection), _Verbatim("}"), *part.body, tail]
    inside: list[_Part] = [_Verbatim(x) if isinstance(x, str) else _Bare(x) for x in part.parts]
    return [_Verbatim("#{"), *inside, _Verbatim("}")]


def write(part: Block) -> str:
    """The normal form (SPEC section 9)."""
    return _written(part)


def write_bare(part: Expression) -> str:
    """The normal form of an expression without `#{` and `}`."""
    return _written(_Bare(part))


def _written(part: _Part) -> str:
    todo = [part]
    done: list[str] = []
    while todo:
        item = todo.pop()
        if isinstance(item, _Verbatim):
            done.append(item)
        elif isinstance(item, str):
            done.append(item.replace("#{", "##{"))
        else:
            todo.extend(reversed(_parts(item)))
    return "".join(done)


def literal_index(text: str) -> str:
    """The key that a literal index stands for: blanks at its start do not count."""
    return text.lstrip(BLANKS)
