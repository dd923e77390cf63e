"""Nodes and variables to text: SPEC sections 6 and 8 to 12.

What needs the value of a variable that is itself a template waits for it as a generator
(`trampoline`); what does not, a variable with plain text, is done in place.
"""

from collections.abc import Iterator, Mapping, Sequence

from ecsportal.octostache.calculating import calculate
from ecsportal.octostache.characters import fold, to_lower, trim
from ecsportal.octostache.errors import CollectionError, FilterError
from ecsportal.octostache.limits import Budget
from ecsportal.octostache.nodes import (
    Block,
    Calculation,
    Call,
    Conditional,
    Expression,
    Filter,
    Filtered,
    Loop,
    Node,
    Symbol,
    Template,
    write,
    write_bare,
)
from ecsportal.octostache.resolution import Missing, Resolver
from ecsportal.octostache.scopes import SPECIAL, Scope, Turn
from ecsportal.octostache.trampoline import Work, run
from ecsportal.octostache.tree import Tree

_NO_FILTERS: Mapping[str, Filter] = {}
_WRITTEN_AT_ONCE = 8  # characters of a normal form that take as long as a part of a template
_FALSE_WORDS = ("no", "false")


def is_truthy(text: str | None) -> bool:
    """False for None, "", "0", and "no" and "false" in any case with any blanks around."""
    return bool(text) and text != "0" and to_lower(trim(text or "")) not in _FALSE_WORDS


class Evaluator:
    """One evaluation; `missing` tells afterwards which tokens found nothing."""

    def __init__(self, tree: Tree, custom: Mapping[str, Filter] = _NO_FILTERS) -> None:
        self.missing = Missing()
        self._budget = Budget()
        self._scope = Scope(tree.root)
        self._custom = custom
        self._null = False
        self._resolver = Resolver(self._nested, tree, self.missing, self._budget)

    def evaluate(self, template: Template) -> str | None:
        """The text, or None where a `null` filter of the template itself says so."""
        text = run(self._render(template.nodes, self._scope, nested=False, custom=self._custom))
        return None if self._null else text

    def _nested(self, nodes: Sequence[Node], scope: Scope) -> Work[str]:
        return self._render(nodes, scope, nested=True, custom=_NO_FILTERS)

    def _render(
        self, nodes: Sequence[Node], scope: Scope, *, nested: bool, custom: Mapping[str, Filter]
    ) -> Work[str]:
        """The text of `nodes`. `nested`: in a value or an argument, where `null` has no power.

        A chosen branch is gone through in place, the rest of the nodes around it waits in `outer`.
        """
        output: list[str] = []
        shadowed = scope.shadowed
        outer: list[Iterator[Node]] = []
        self._budget.take_parts(len(nodes) + 1)
        rest = iter(nodes)
        while True:
            for node in rest:
                if isinstance(node, str):
                    output.append(node)
                    continue
                if isinstance(node, Conditional):
                    branch = self._branch_at_once(node, shadowed)
                    if branch is None:
                        branch = yield self._branch(node, scope, custom)
                    if branch:
                        self._budget.take_parts(len(branch))
                        outer.append(rest)
                        rest = iter(branch)
                        break
                    continue
                text = self._text_at_once(node, shadowed)
                if text is None:
                    text = yield self._text(node, scope, nested=nested, custom=custom)
                output.append(text)
            else:
                if not outer:
                    break
                rest = outer.pop()
        self._budget.take_characters(sum(map(len, output)))
        return "".join(output)

    def _text_at_once(self, node: Block, shadowed: frozenset[str]) -> str | None:
        """The text where nothing has to be evaluated for it; None to go the long way."""
        if isinstance(node, Symbol):
            return self._resolver.at_once(node, shadowed)
        return self._chain_at_once(node, shadowed) if isinstance(node, Filtered) else None

    def _text(
        self, node: Block, scope: Scope, *, nested: bool, custom: Mapping[str, Filter]
    ) -> Work[str]:
        """The text of anything but a condition; what is unresolved stays as it is."""
        text: str | None = None
        if isinstance(node, Symbol):
            text = yield self._resolver.value(node, scope)
        elif isinstance(node, Loop):
            text = yield self._loop(node, scope, nested=nested)
        elif isinstance(node, Calculation):
            text = yield calculate(node, self._resolver, scope)
        elif isinstance(node, Filtered):
            if node.makes_null:
                self._null = self._null or not nested
                return write(node)
            text = yield self._chain(node, scope, custom)
        return self._unresolved(node) if text is None else text

    def _unresolved(self, node: Block) -> str:
        token = write(node)
        self._budget.take_characters(len(token))
        self._budget.take_parts(len(token) // _WRITTEN_AT_ONCE)
        self.missing.report(token)
        return token

    # Filters

    def _chain_at_once(self, chain: Filtered, shadowed: frozenset[str]) -> str | None:
        """The text of a chain that needs nothing evaluated; None to go the long way."""
        if not chain.plain or chain.symbol is None:
            return None  # `plain` rules out `null` too, which is no function
        text = self._resolver.at_once(chain.symbol, shadowed)
        if text is None:
            return None
        for call in chain.calls:
            text = self._apply(call, text, call.literals or (), chain)
        return text

    def _chain(
        self, chain: Filtered, scope: Scope, custom: Mapping[str, Filter]
    ) -> Work[str | None]:
        text: str | None = None
        if chain.symbol is not None:
            text = yield self._resolver.value(chain.symbol, scope)
        for call in chain.calls:
            arguments = call.literals
            if arguments is None:
                values: list[str] = []
                for argument in call.arguments:
                    values.append((yield self._nested((argument,), scope)))
                arguments = tuple(values)
            result = self._apply(call, text, arguments, chain)
            if result is None and custom:
                own = custom.get(fold(call.name))
                result = own(text, arguments, self._budget) if own is not None else None
            text = result
        return text

    def _apply(
        self, call: Call, text: str | None, arguments: Sequence[str], chain: Filtered
    ) -> str | None:
        if call.function is None:
            return None
        self._budget.take_parts(1)
        self._budget.take_reading(len(text or ""))
        try:
            result = call.function(text, arguments, self._budget)
        except FilterError as error:
            where = self._resolver.place(chain.position)
            raise FilterError(f"{error} It stands in {write(chain)!r}, {where}.") from None
        return result

    # Conditions

    def _branch_at_once(
        self, block: Conditional, shadowed: frozenset[str]
    ) -> tuple[Node, ...] | None:
        """The branch to take where only plain variables and literals decide; else None."""
        text = self._resolver.at_once(block.quick, shadowed) if block.quick is not None else None
        if text is None:
            return None
        self._budget.take_reading(len(text))
        if not block.operator:
            return block.then if is_truthy(text) else block.otherwise
        return block.then if (text == block.right) == (block.operator == "==") else block.otherwise

    def _branch(
        self, block: Conditional, scope: Scope, custom: Mapping[str, Filter]
    ) -> Work[tuple[Node, ...]]:
        left = yield self._side(block.left, scope, custom)
        right = yield self._side(block.right, scope, custom)
        if left is None or right is None:
            for side, text in ((block.left, left), (block.right, right)):
                if text is None and isinstance(side, Filtered):
                    self.missing.report(write_bare(side))
            return (write(block),)
        equal = block.operator == "=="
        holds = (left == right) == equal if block.operator else is_truthy(left)
        return block.then if holds else block.otherwise

    def _side(
        self, side: Expression | str, scope: Scope, custom: Mapping[str, Filter]
    ) -> Work[str | None]:
        """A side's text; empty for an unresolved path, None for a chain that yields nothing."""
        if isinstance(side, str):
            return side
        text: str | None
        if isinstance(side, Symbol):
            text = yield self._resolver.value(side, scope)
            return text or ""
        text = yield self._chain(side, scope, custom)
        return text

    # Loops

    def _loop(self, block: Loop, scope: Scope, *, nested: bool) -> Work[str]:
        count, items = yield self._resolver.items(block.collection, scope)
        if count and block.folded == SPECIAL:
            raise CollectionError(
                f"{block.name!r} cannot be the name of an item: the loop itself provides "
                "'Octopus.Template.Each'."
            )
        shadowed = scope.shadowed | {block.folded, SPECIAL}
        output: list[str] = []
        for index, item in enumerate(items):
            last = index == count - 1
            turn = Turn(scope, shadowed, block.folded, item, index=index, last=last)
            text = yield self._render(block.body, turn, nested=nested, custom=_NO_FILTERS)
            output.append(text)
        self._budget.take_characters(sum(map(len, output)))
        return "".join(output)
