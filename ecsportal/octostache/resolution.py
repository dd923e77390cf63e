"""From a path to a value: SPEC sections 5 and 7, and the search for cycles (section 10)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from ecsportal.octostache import jsontext
from ecsportal.octostache.characters import fold
from ecsportal.octostache.errors import CyclicReferenceError, LimitExceededError
from ecsportal.octostache.limits import MAX_DEPTH, MAX_SAME_SYMBOL, Budget
from ecsportal.octostache.nodes import Node, Step, Symbol, write_bare
from ecsportal.octostache.parser import ParseError, parsed
from ecsportal.octostache.scopes import Scope
from ecsportal.octostache.trampoline import Work
from ecsportal.octostache.tree import Tree, TreeNode

Json = dict[str, Any] | list[Any]

_STEPS_PER_PART = 8
_CACHED_JSON = 8 * 1024 * 1024  # characters


class Missing:
    """Tokens that found nothing, distinct, in order of discovery; silent while `muted`."""

    __slots__ = ("muted", "tokens")

    def __init__(self) -> None:
        self.tokens: dict[str, None] = {}
        self.muted = 0

    def report(self, token: str) -> None:
        """Note a token, unless reports are muted."""
        if not self.muted:
            self.tokens[token] = None


class Resolver:
    """Finds values during one evaluation; `render` evaluates a value's own expressions."""

    def __init__(
        self,
        render: Callable[[Sequence[Node], Scope], Work[str]],
        tree: Tree,
        missing: Missing,
        budget: Budget,
    ) -> None:
        self._tree = tree
        self.missing = missing
        self.budget = budget
        self._render = render
        self._chain: list[Symbol] = []
        self._depths: dict[tuple[object, ...], int] = {}  # how often a symbol is in the chain
        self._preparing: set[int] = set()
        self._json: dict[str, Json | None] = {}
        self._json_size = 0

    def at_once(self, symbol: Symbol, shadowed: frozenset[str]) -> str | None:
        """The value of a variable, where neither it nor its indexes need to be evaluated.

        None where the long way has to be taken: nothing is said then about whether it exists.
        """
        if symbol.first in shadowed:
            return None
        found = self._tree.flat.get(symbol.key)
        if found is not None or not symbol.dynamic:
            return None if found is None else found.text
        self.budget.take_parts(len(symbol.steps) // _STEPS_PER_PART)
        node = self._tree.root
        for step in symbol.steps:
            inner = step.symbol
            if inner is None:
                child = node.child(step)
            else:
                index = self._tree.flat.get(inner.key)
                if index is None or index.text is None or inner.first in shadowed:
                    return None
                child = node.indexed.get(fold(index.text)) if index.text != "*" else None
            if child is None:
                return None
            node = child
        return node.text

    def value(self, symbol: Symbol, scope: Scope) -> Work[str | None]:
        """The evaluated text of a symbol, or None where it is unresolved."""
        return self._resolve(symbol, scope, items=False)

    def items(self, symbol: Symbol, scope: Scope) -> Work[tuple[int, Iterator[TreeNode]]]:
        """Number and nodes of what a loop goes over, in order (SPEC section 8)."""
        found = yield self._resolve(symbol, scope, items=True)
        if found is None:
            return 0, iter(())
        if isinstance(found, TreeNode):
            return len(found.indexed), iter(list(found.indexed.values()))
        self.budget.take_reading(len(found))
        container = self._read_json(found)
        if isinstance(container, list):
            return len(container), (TreeNode(jsontext.as_text(item)) for item in container)
        if isinstance(container, dict):
            return len(container), (_member_item(*pair) for pair in container.items())
        parts = found.split(",")
        return len(parts), map(TreeNode, parts)

    def place(self, position: int) -> str:
        """Where evaluation stands, for messages."""
        if not self._chain:
            return f"character {position + 1} of the text"
        return f"character {position + 1} of the value of {write_bare(self._chain[-1])!r}"

    def _resolve(self, symbol: Symbol, scope: Scope, *, items: bool) -> Work[Any]:
        """Text or None; with `items` also the node itself if it has items and no text."""
        entered: list[tuple[Scope, tuple[object, ...]]] = []
        own = identity = symbol.identity
        if own in scope.active:
            raise CyclicReferenceError(self._cycle(symbol))
        self._begin(symbol, own)
        scope.active.add(own)
        entered.append((scope, own))
        try:
            steps: Sequence[Step] = symbol.steps
            if symbol.dynamic:
                literal = yield self._substituted(steps, scope)
                if literal is None:
                    return None
                steps = literal
                identity = (symbol.position, *((step.indexed, step.folded) for step in steps))
            here: Scope | None = scope
            while here is not None:
                self.budget.take_parts(len(steps) // _STEPS_PER_PART)
                if here is not scope:
                    self.budget.take_parts(1)
                    self._enter(symbol, identity, here, entered)
                node = yield self._walk(steps, here)
                if node is not None:
                    return (yield self._text(node, here, items=items))
                here = here.parent
            return None
        finally:
            self._chain.pop()
            self._depths[own] -= 1
            for where, key in entered:
                where.active.discard(key)

    def _begin(self, symbol: Symbol, identity: tuple[object, ...]) -> None:
        """Note that a symbol is being resolved.

        A loop's turn is a scope of its own, in which no symbol is active yet. So a loop in the text
        of an item could go on for ever; the number of times is limited.
        """
        depth = self._depths.get(identity, 0) + 1
        if depth > MAX_SAME_SYMBOL:
            raise CyclicReferenceError(self._cycle(symbol))
        if len(self._chain) >= MAX_DEPTH:
            raise LimitExceededError(f"Values refer to values more than {MAX_DEPTH:,} times over.")
        self._depths[identity] = depth
        self._chain.append(symbol)

    def _enter(
        self,
        symbol: Symbol,
        identity: tuple[object, ...],
        scope: Scope,
        entered: list[tuple[Scope, tuple[object, ...]]],
    ) -> None:
        if identity in scope.active:
            raise CyclicReferenceError(self._cycle(symbol))
        scope.active.add(identity)
        entered.append((scope, identity))

    def _cycle(self, symbol: Symbol) -> str:
        self.budget.take_parts(len(self._chain))
        last = write_bare(symbol)
        names = [name for name, _ in groupby(map(write_bare, self._chain))]
        if last in names:
            names = names[names.index(last) :]
        if len(names) > 1 and names[-1] == last:
            names.pop()
        more = ["..."] if len(names) > _SHOWN_LINKS else []
        shown = " -> ".join([*names[:_SHOWN_LINKS], *more])
        return (
            f"The variable {last!r} needs its own value: {shown} -> {last} "
            f"({self.place(symbol.position)})."
        )

    def _substituted(self, steps: Sequence[Step], scope: Scope) -> Work[list[Step] | None]:
        """The steps with every `[#{symbol}]` replaced by its value; None if one has none."""
        literal: list[Step] = []
        for step in steps:
            if step.symbol is None:
                literal.append(step)
                continue
            index = yield self.value(step.symbol, scope)
            if index is None:
                return None
            literal.append(Step(index, indexed=True))
        return literal

    def _walk(self, steps: Sequence[Step], scope: Scope) -> Work[TreeNode | None]:
        node = scope.start(steps[0])
        if node is None:
            return None
        for step in steps[1:]:
            child = node.child(step)
            if child is None:
                if not node.value or not step.text:
                    return None
                if node.text is not None:
                    container = self._read_json(node.text)
                else:
                    container = yield self._prepared(node, scope)
                text = None if container is None else jsontext.member(container, step.text)
                if text is None:
                    return None
                self.budget.take_reading(len(text))
                child = TreeNode(text)
            node = child
        return node

    def _text(self, node: TreeNode, scope: Scope, *, items: bool) -> Work[Any]:
        if node.text is not None:
            return node.text
        if node.value is None:
            return node if items and node.indexed else None
        try:
            template = parsed(node.value)
        except ParseError:
            return node.value  # broken syntax in a value is text, and no error
        return (yield self._render(template.nodes, scope))

    def _prepared(self, node: TreeNode, scope: Scope) -> Work[Json | None]:
        """The JSON of a value with expressions in it, which are evaluated first.

        While that goes on the value may refer to itself, and then is taken as it stands.
        """
        value = node.value or ""
        if id(node) in self._preparing:
            return self._read_json(value)
        try:
            template = parsed(value)
        except ParseError:
            return self._read_json(value)
        self._preparing.add(id(node))
        self.missing.muted += 1
        try:
            text = yield self._render(template.nodes, scope)
        except CyclicReferenceError:
            text = value
        finally:
            self._preparing.discard(id(node))
            self.missing.muted -= 1
        return self._read_json(text)

    def _read_json(self, text: str) -> Json | None:
        if text not in self._json:
            self.budget.take_characters(len(text))
            self._json_size += len(text)
            if self._json_size > _CACHED_JSON:
                self._json.clear()
                self._json_size = len(text)
            self._json[text] = jsontext.read(text)
        return self._json[text]


_SHOWN_LINKS = 20


def _member_item(name: str, value: Any) -> TreeNode:
    node = TreeNode(name)
    node.adopt("KEY", TreeNode(name))
    node.adopt("VALUE", TreeNode(jsontext.as_text(value)))
    return node
