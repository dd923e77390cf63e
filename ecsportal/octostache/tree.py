"""Variables as a tree: `Task[web].Image` is the child `Image` of the item `web` of `Task`."""

from collections.abc import Iterable, Iterator

from ecsportal.octostache.characters import fold
from ecsportal.octostache.errors import VariableNameError
from ecsportal.octostache.nodes import Step
from ecsportal.octostache.parser import variable_path

_NO_CHILDREN: "dict[str, TreeNode]" = {}


class TreeNode:
    """A value and what hangs below it; children are found by their folded names, in order.

    `text` is the value where it holds no expression, else None.
    """

    __slots__ = ("index", "indexed", "named", "text", "value")

    def __init__(self, value: str | None = None, *, index: str = "") -> None:
        self.index = index
        # A million items of a loop must not bring two million dictionaries.
        self.named: dict[str, TreeNode] = _NO_CHILDREN
        self.indexed: dict[str, TreeNode] = _NO_CHILDREN
        self.value = value
        self.text = None if value is None or "#{" in value else value

    def assign(self, value: str | None) -> None:
        """Set the value; null counts as the empty text."""
        self.value = value = "" if value is None else value
        self.text = None if "#{" in value else value

    def child(self, step: Step) -> "TreeNode | None":
        """The child a step names: for the index `*` the first of all items."""
        if not step.indexed:
            return self.named.get(step.folded)
        if step.text == "*" and self.indexed:
            return next(iter(self.indexed.values()))
        return self.indexed.get(step.folded)

    def grow(self, step: Step) -> "TreeNode":
        """The child a step of a variable's name means, made where it is missing."""
        children = self.indexed if step.indexed else self.named
        child = children.get(step.folded)
        if child is not None:
            return child
        if children is _NO_CHILDREN:
            children = {}
            if step.indexed:
                self.indexed = children
            else:
                self.named = children
        child = TreeNode(step.text, index=step.text) if step.indexed else TreeNode()
        children[step.folded] = child
        return child

    @property
    def index_names(self) -> Iterator[str]:
        """The names of the items, as they were first spelled."""
        return (child.index for child in self.indexed.values())

    def adopt(self, name: str, child: "TreeNode") -> None:
        """Hang a node below this one under a (folded) name."""
        if self.named is _NO_CHILDREN:
            self.named = {}
        self.named[name] = child


class Tree:
    """All variables. `flat` finds a node by its whole path (`nodes.path_key`) in one step."""

    __slots__ = ("_places", "_shared", "flat", "root")

    def __init__(self, entries: Iterable[tuple[str, str | None]]) -> None:
        self.root = TreeNode()
        self.flat: dict[str | None, TreeNode] = {}
        self._places: dict[str, TreeNode] = {}
        self._shared: set[int] = set()
        taken: set[int] = set()
        for name, value in entries:
            self._add(name, value, taken)

    def _add(self, name: str, value: str | None, taken: set[int]) -> None:
        path = variable_path(name)
        if path is None:
            return
        node = self.root
        for step, key in zip(path.steps, path.keys, strict=True):
            if step.symbol is not None:
                raise VariableNameError(
                    f"The variable {name!r} has an expression in its own name; rename it."
                )
            node = node.grow(step)
            if key is not None:
                self.flat[key] = node
        node.assign(value)
        self._places[fold(name)] = node
        if id(node) in taken:
            self._shared.add(id(node))
        taken.add(id(node))

    def change(self, folded: str, value: str | None) -> bool:
        """Give a known variable another value; False where that needs the tree built anew."""
        node = self._places.get(folded)
        if node is None or id(node) in self._shared:
            return False
        node.assign(value)
        return True
