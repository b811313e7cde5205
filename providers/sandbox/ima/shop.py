"""What IMA Studio sells at the moment: the catalogue, and what was changed about it since. The wire is in ``tree``."""

from collections.abc import Sequence
from dataclasses import replace

from providers.sandbox.ima import tree
from providers.sandbox.ima.leaf import Category, Leaf
from providers.sandbox.ima.offers import CATALOGUE


class Shop:
    """The shelves of one sandbox. A restart forgets what was changed, as it forgets ordered faults."""

    def __init__(self) -> None:
        self._dearer: dict[str, int] = {}
        self._gone: set[str] = set()
        self._trees: dict[tuple[Category, bool], Sequence[tree.Json]] = {}

    def reprice(self, version: str, by: int) -> None:
        """Let every combination of a model cost so many points more (or less), under the same attribute ids."""
        self._dearer[version] = self._dearer.get(version, 0) + by
        self._trees.clear()

    def withdraw(self, version: str) -> None:
        """Take a model out of every category."""
        self._gone.add(version)
        self._trees.clear()

    def leaf(self, category: Category, version: str) -> Leaf | None:
        """Return the leaf whose id (``model_version`` on the wire) is ``version``, if it is sold."""
        return next((found for found in self._leaves(category) if found.id == version), None)

    def products(self, category: Category, *, chinese: bool) -> Sequence[tree.Json]:
        """Return the product list of one category."""
        wanted = (category, chinese)
        if wanted not in self._trees:
            self._trees[wanted] = tree.tree(category, self._leaves(category), chinese=chinese)
        return self._trees[wanted]

    def _leaves(self, category: Category) -> tuple[Leaf, ...]:
        return tuple(self._priced(found) for found in CATALOGUE[category] if found.id not in self._gone)

    def _priced(self, leaf: Leaf) -> Leaf:
        more = self._dearer.get(leaf.id)
        if more is None:
            return leaf
        return replace(leaf, rules=tuple(replace(rule, points=rule.points + more) for rule in leaf.rules))
