"""Where names are looked up: the variables, and around them one scope per turn of a loop."""

from ecsportal.octostache.nodes import Step
from ecsportal.octostache.tree import TreeNode

SPECIAL = "OCTOPUS"
"""First name (folded) of what a loop provides: `Octopus.Template.Each.Index` and so on."""


class Scope:
    """Names with a meaning of their own. `shadowed` are all first names that hide variables.

    `active` are the symbols being resolved here (`Symbol.identity`): meeting one again is a cycle.
    """

    __slots__ = ("active", "parent", "root", "shadowed")

    def __init__(self, root: TreeNode) -> None:
        self.root = root
        self.parent: Scope | None = None
        self.shadowed: frozenset[str] = frozenset()
        self.active: set[tuple[object, ...]] = set()

    def start(self, step: Step) -> TreeNode | None:
        """The node of a path's first name."""
        return self.root.child(step)


class Turn(Scope):
    """One turn of a loop: the item under its (folded) name, and the place in the loop."""

    __slots__ = ("_index", "_item", "_last", "_name")

    def __init__(
        self, parent: Scope, shadowed: frozenset[str], name: str, item: TreeNode, *, index: int,
        last: bool,
    ) -> None:  # fmt: skip
        super().__init__(item)
        self.parent = parent
        self.shadowed = shadowed
        self._name = name
        self._item = item
        self._index = index
        self._last = last

    def start(self, step: Step) -> TreeNode | None:
        """The item, or what the loop says about this turn."""
        if step.folded == self._name:
            return self._item
        return _specials(self._index, last=self._last) if step.folded == SPECIAL else None


def _specials(index: int, *, last: bool) -> TreeNode:
    """The node `Octopus` inside a loop."""
    each = TreeNode()
    each.adopt("INDEX", TreeNode(str(index)))
    each.adopt("FIRST", TreeNode(str(index == 0)))
    each.adopt("LAST", TreeNode(str(last)))
    template = TreeNode()
    template.adopt("EACH", each)
    octopus = TreeNode()
    octopus.adopt("TEMPLATE", template)
    return octopus
