"""Structure and Tree: a graph as whole numbers, and the tree of groups that its nodes are sorted into.

Neither knows a node of the engine or a picture, so a million nodes are sorted before a single one is described.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = ["NOWHERE", "TOP", "Group", "Reason", "Scopes", "Sort", "Structure", "Tree"]

Reason = Literal["", "scope", "repeat", "time", "chain", "depth"]

TOP = 0
"""The number of the group that holds everything and is never drawn."""

NOWHERE = -1
"""Stands for no scope, no path, no group."""


class Sort(NamedTuple):
    """What kind of node one is; nodes of one sort have one operation, with equal parameters and shapes."""

    name: str
    is_leaf: bool = False
    is_elementwise: bool = False
    is_named: bool = False


@dataclass(slots=True)
class Structure:
    """A graph as whole numbers: node ``i`` is the ``i``-th in topological order, the last one is the root.

    Attributes:
        operands: The operands of each node that are nodes themselves, in the order of the arguments.
        constants: How many other operands each node has; they are drawn, and go where it goes.
        sorts: The sort of each node, an index into ``kinds``.
        kinds: All sorts there are.
        scopes: The innermost scope entry each node was recorded in, or ``-1``.
        scope_names: The name of each scope entry.
        scope_parents: The entry around each entry, or ``-1``; it comes before it.

    >>> squared = Structure([(), (0, 0)], [0, 0], [0, 1], [Sort("leaf", is_leaf=True), Sort("multiply")], [-1, -1])
    >>> squared.root, squared.total, squared.sort(1).name
    (1, 2, 'multiply')
    """

    operands: list[tuple[int, ...]] = field(default_factory=list)
    constants: list[int] = field(default_factory=list)
    sorts: list[int] = field(default_factory=list)
    kinds: list[Sort] = field(default_factory=list)
    scopes: list[int] = field(default_factory=list)
    scope_names: list[str] = field(default_factory=list)
    scope_parents: list[int] = field(default_factory=list)

    @property
    def root(self) -> int:
        """The node the graph was read from."""
        return len(self.operands) - 1

    @property
    def total(self) -> int:
        """How many nodes there are, the constants among them."""
        return len(self.operands) + sum(self.constants)

    def sort(self, node: int) -> Sort:
        """Return what kind of node one is."""
        return self.kinds[self.sorts[node]]


@dataclass(slots=True)
class Group:
    """One box of a folded picture.

    Attributes:
        reason: Why it is one.
        name: What it is called.
        parent: The number of the group around it.
        members: What is directly inside: a node is its number, a group the complement ``~number`` of its own.
        times: How many calls, repeats, steps or links it folds.
        is_open: Whether it is drawn as a frame around its members.
        is_described: Whether its members are described at all.

    >>> group = Group("scope", "head", members=[3, ~2])
    >>> list(group.nodes()), list(group.groups())
    ([3], [2])
    """

    reason: Reason
    name: str
    parent: int = TOP
    members: list[int] = field(default_factory=list)
    times: int = 1
    is_open: bool = False
    is_described: bool = False

    def groups(self) -> Iterator[int]:
        """Yield the numbers of the groups directly inside."""
        return (~unit for unit in self.members if unit < 0)

    def nodes(self) -> Iterator[int]:
        """Yield the nodes directly inside."""
        return (unit for unit in self.members if unit >= 0)


class Tree:
    """The tree of groups; every node has exactly one place in it.

    Attributes:
        graph: What is sorted.
        groups: All groups; the first, :data:`TOP`, holds everything.
        home: The innermost group of each node.
        uses: How often each node is an operand.
        user: The last node that uses each.

    >>> tree = Tree(Structure([(), (0, 0)], [0, 0], [0, 1], [Sort("leaf", is_leaf=True), Sort("multiply")], [-1, -1]))
    >>> tree.gather(TOP, [Group("repeat", "leaves", members=[0])])
    >>> tree.groups[TOP].members, tree.home
    ([-2, 1], [1, 0])
    """

    def __init__(self, graph: Structure) -> None:
        count = len(graph.operands)
        self.graph = graph
        self.groups = [Group("", "", NOWHERE, list(range(count)), is_open=True, is_described=True)]
        self.home = [TOP] * count
        self.uses, self.user = [0] * count, [NOWHERE] * count
        for node, operands in enumerate(graph.operands):
            for operand in operands:
                self.uses[operand] += 1
                self.user[operand] = node

    def size(self, group: int) -> int:
        """Return how many boxes the members of a group are while each group among them is closed."""
        constants = self.graph.constants
        return sum(1 if unit < 0 else 1 + constants[unit] for unit in self.groups[group].members)

    def within(self, group: int) -> Iterator[int]:
        """Yield every node inside a group, however deep."""
        stack = [group]
        while stack:
            here = self.groups[stack.pop()]
            yield from here.nodes()
            stack.extend(here.groups())

    def members_finder(self, group: int) -> Callable[[int], int | None]:
        """Return a function that finds the member of ``group`` that a node is, or is in; ``None`` for one outside."""
        members: dict[int, int | None] = {}  # by home

        def climb(here: int) -> int | None:
            while here != TOP:
                if self.groups[here].parent == group:
                    return ~here
                here = self.groups[here].parent
            return None

        def member(node: int) -> int | None:
            home = self.home[node]
            if home == group:
                return node
            if home not in members:
                members[home] = climb(home)
            return members[home]

        return member

    def gather(self, group: int, bundles: Iterable[Group]) -> None:
        """Put new groups into a group, and those of its members that they name into them."""
        into: dict[int, int] = {}
        for bundle in bundles:
            number = len(self.groups)
            self.groups.append(bundle)
            bundle.parent = group
            for unit in bundle.members:
                into[unit] = ~number
                if unit < 0:
                    self.groups[~unit].parent = number
                else:
                    self.home[unit] = number
        if into:
            moved = (into.get(unit, unit) for unit in self.groups[group].members)
            self.groups[group].members = list(dict.fromkeys(moved))


class Scopes:
    """The scopes of a graph by path: the entries of one name inside entries of one path are calls of one path.

    A leaf is recorded nowhere; it belongs to the innermost path that holds all its uses. Those outside of every scope
    do not count: a weight stays in its neuron even when a penalty reads it.

    Attributes:
        paths: The path of each entry.
        names, parents: The last name of each path, and the path around it or ``-1``.
        calls: How many entries each path has.
        steps: For a path each of whose calls feeds the next, how many follow one another, else 0.
        entry: The entry that each node belongs to, or ``-1`` when its uses are in several.
        place: The path that each node belongs to, or ``-1``.

    >>> entries = {"scope_names": ["net", "cell", "cell"], "scope_parents": [-1, 0, 0]}
    >>> kinds = [Sort("leaf", is_leaf=True), Sort("exp")]
    >>> steps = Structure([(), (0,), (1,)], [0, 0, 0], [0, 1, 1], kinds, [-1, 1, 2], **entries)
    >>> scopes = Scopes(steps)
    >>> scopes.names, scopes.paths, scopes.steps
    (['net', 'cell'], [0, 1, 1], {1: 2})
    """

    def __init__(self, graph: Structure) -> None:
        self.graph = graph
        self.names: list[str] = []
        self.parents: list[int] = []
        self.paths = self._number_paths()
        self.calls = Counter(self.paths)
        self.entry = list(graph.scopes)
        self.place = [NOWHERE if entry < 0 else self.paths[entry] for entry in self.entry]
        self._settle_leaves()
        self.steps = self._find_loops()

    def is_own(self, node: int) -> bool:
        """Tell whether a node belongs to one call of its path alone."""
        entry = self.entry[node]
        return entry >= 0 and self.paths[entry] == self.place[node]

    def _number_paths(self) -> list[int]:
        numbers: dict[tuple[int, str], int] = {}
        paths: list[int] = []
        for name, parent in zip(self.graph.scope_names, self.graph.scope_parents, strict=True):
            around = NOWHERE if parent < 0 else paths[parent]
            if (around, name) not in numbers:
                numbers[around, name] = len(self.names)
                self.names.append(name)
                self.parents.append(around)
            paths.append(numbers[around, name])
        return paths

    def _settle_leaves(self) -> None:
        graph = self.graph
        entry_depths, path_depths = _depths(graph.scope_parents), _depths(self.parents)
        settled: set[int] = set()
        for node, operands in enumerate(graph.operands):
            if graph.scopes[node] == NOWHERE:
                continue
            for leaf in operands:
                if not graph.sort(leaf).is_leaf:
                    continue
                entry, place = self.entry[node], self.place[node]
                if leaf in settled:
                    entry = _meet(self.entry[leaf], entry, graph.scope_parents, entry_depths)
                    place = _meet(self.place[leaf], place, self.parents, path_depths)
                settled.add(leaf)
                self.entry[leaf], self.place[leaf] = entry, place

    def _find_loops(self) -> dict[int, int]:
        """Return the number of steps of each path each of whose calls, but the first, is fed by another."""
        parents = self.graph.scope_parents
        depths = _depths(parents)
        fed: dict[int, set[int]] = defaultdict(set)
        looked_at: set[tuple[int, int]] = set()
        for node, operands in enumerate(self.graph.operands):
            later = self.graph.scopes[node]
            for operand in operands:
                pair = self.graph.scopes[operand], later
                if pair[0] == later or NOWHERE in pair or pair in looked_at:
                    continue
                looked_at.add(pair)
                calls = _part(*pair, parents, depths)
                if calls and self.paths[calls[0]] == self.paths[calls[1]]:
                    fed[self.paths[later_call := calls[1]]].add(later_call)
        around: dict[int, Counter[int]] = defaultdict(Counter)
        for entry, path in enumerate(self.paths):
            around[path][parents[entry]] += 1
        return {
            path: max(around[path].values())
            for path, calls_fed in fed.items()
            if len(calls_fed) >= self.calls[path] - len(around[path])
        }


def _depths(parents: list[int]) -> list[int]:
    depths: list[int] = []
    for parent in parents:
        depths.append(0 if parent < 0 else depths[parent] + 1)
    return depths


def _part(a: int, b: int, parents: list[int], depths: list[int]) -> tuple[int, int] | None:
    """Return the ancestors of two entries just below where their ways part; ``None`` when one is in the other."""
    while depths[a] > depths[b]:
        a = parents[a]
    while depths[b] > depths[a]:
        b = parents[b]
    if a == b:
        return None
    while parents[a] != parents[b]:
        a, b = parents[a], parents[b]
    return a, b


def _meet(a: int, b: int, parents: list[int], depths: list[int]) -> int:
    """Return the innermost place that holds both."""
    while a != b and NOWHERE not in (a, b):
        if depths[a] >= depths[b]:
            a = parents[a]
        else:
            b = parents[b]
    return a if a == b else NOWHERE
