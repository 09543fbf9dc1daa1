"""Folding: which parts of a graph too large to be read are drawn as one box each.

A budget, not a refusal: whatever the graph, the picture fits, and what it hides it counts.
"""

import re
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Iterator
from typing import Literal

from .structure import NOWHERE, TOP, Group, Scopes, Structure, Tree

__all__ = ["Grouping", "fold"]

Grouping = Literal["module", "scope"]

_COMFORT = 4
"""A picture that had to be folded is opened until it fills this part of its budget ..."""

_GLANCE = 48
"""... or has this many boxes, which one still takes in at a glance."""

_LEVEL = 24
"""A group among others is folded until it has so many members, to leave room for theirs."""

_DESCRIBED = 3_000
"""So many nodes are described for a picture whose groups can be opened."""

_CHAIN = 3
"""The fewest operations that make a chain."""

_LISTED = 3
"""At most so many operations are named in the name of a chain."""

_NUMBER = re.compile(r"\d+")


def fold(graph: Structure, limit: int | None = 300, depth: int | None = None, grouping: Grouping | None = None) -> Tree:
    """Decide what is drawn as one box.

    A graph within its limit is left as it is, unless a depth or a grouping is asked for. A larger one is folded by
    scope and over time, then by repeats, by chains and at last by distance from the root, only as far as needed;
    then groups are opened from the outermost inwards, a generation at a time, while the picture stays readable.

    Args:
        graph: The graph as whole numbers.
        limit: The most boxes to draw; ``None`` for no limit.
        depth: Fold what is more than so many operations away from the root.
        grouping: ``"scope"`` draws a frame around each scope, ``"module"`` closes the innermost ones.

    >>> from viz.structure import Sort
    >>> leaf, exp = Sort("leaf", is_leaf=True, is_named=True), Sort("exp", is_elementwise=True)
    >>> chain = Structure([(), (0,), (1,), (2,), (3,), (4,)], [0] * 6, [0, 1, 1, 1, 1, 1], [leaf, exp], [-1] * 6)
    >>> [(group.reason, group.name, group.members) for group in fold(chain, 3).groups[1:]]
    [('chain', 'exp', [1, 2, 3, 4])]
    """
    tree = Tree(graph)
    beyond = [] if depth is None else _fold_beyond(tree, depth)
    is_crowded = limit is not None and tree.size(TOP) > limit
    levels = [TOP, *beyond] if is_crowded or grouping else beyond
    if levels:
        scopes = Scopes(graph)
        for group in levels:
            _fold_by_scope(tree, group, scopes)
        if not grouping:
            _dissolve_singles(tree)
        if limit is not None:
            comfort = min(limit, max(_GLANCE, limit // _COMFORT)) if is_crowded else limit
            _fold_levels(tree, levels, comfort, scopes, is_crowded=is_crowded)
            _fold_furthest(tree, limit)
            limit = limit if grouping else comfort
        _open(tree, limit, innermost=grouping != "module")
    _describe(tree, None if limit is None else _DESCRIBED)
    return tree


# Which groups there are


def _fold_beyond(tree: Tree, depth: int) -> list[int]:
    """Fold everything that is further from the root than so many operations; return the group, if there is one."""
    near = {tree.graph.root}
    rim = [tree.graph.root]
    for _ in range(depth):
        rim = list(dict.fromkeys(x for node in rim for x in tree.graph.operands[node] if x not in near))
        if not rim:
            break
        near.update(rim)
    return _fold_rest(tree, near)


def _fold_furthest(tree: Tree, limit: int) -> None:
    """Fold what is furthest from the root, so that no more than ``limit`` boxes are left."""
    if tree.size(TOP) <= limit:
        return
    member = tree.members_finder(TOP)
    operands: dict[int | None, dict[int | None, None]] = defaultdict(dict)
    for node, sources in enumerate(tree.graph.operands):
        operands[member(node)].update(dict.fromkeys(map(member, sources)))
    room = limit - 1  # one box is for the rest
    kept: set[int] = set()
    queue = deque([member(tree.graph.root)])
    seen = set(queue)
    while queue:
        unit = queue.popleft()
        assert unit is not None  # at the top nothing is outside
        room -= 1 if unit < 0 else 1 + tree.graph.constants[unit]
        if room < 0:
            break
        kept.add(unit)
        fresh = [source for source in operands[unit] if source not in seen]
        seen.update(fresh)
        queue.extend(fresh)
    _fold_rest(tree, kept)


def _fold_rest(tree: Tree, kept: set[int]) -> list[int]:
    rest = [unit for unit in tree.groups[TOP].members if unit not in kept]
    if not rest:
        return []
    tree.gather(TOP, [Group("depth", "", TOP, rest)])
    return [len(tree.groups) - 1]


def _fold_by_scope(tree: Tree, group: int, scopes: Scopes) -> None:
    """Make a group of each scope that has nodes inside ``group``; the calls of one path share one."""
    if not scopes.names:
        return
    units, tree.groups[group].members = tree.groups[group].members, []
    numbers: dict[int, int] = {NOWHERE: group}
    first: dict[int, int] = {}  # the first operation in each group, which says where the group stands
    for unit in units:
        if unit < 0:
            tree.groups[group].members.append(unit)
            continue
        home = tree.home[unit] = _number_of(tree, scopes.place[unit], scopes, numbers)
        tree.groups[home].members.append(unit)
        while not tree.graph.sort(unit).is_leaf and home != group and home not in first:
            first[home] = unit
            home = tree.groups[home].parent
    for number in numbers.values():
        tree.groups[number].members.sort(key=lambda unit: unit if unit >= 0 else first.get(~unit, tree.graph.root))


def _number_of(tree: Tree, path: int, scopes: Scopes, numbers: dict[int, int]) -> int:
    """Return the group of a path, made where there is none yet, after those of the paths around it."""
    missing = []
    while path not in numbers:
        missing.append(path)
        path = scopes.parents[path]
    around = numbers[path]
    for inner in reversed(missing):
        steps = scopes.steps.get(inner, 0)
        times = steps or scopes.calls[inner]
        number = numbers[inner] = len(tree.groups)
        tree.groups[around].members.append(~number)
        name = scopes.names[inner]
        if name.isdigit() and around != TOP:  # the place in a list, which alone says little
            name = f"{tree.groups[around].name}.{name}"
        tree.groups.append(Group("time" if steps else "scope", name, around, times=times))
        around = number
    return around


def _dissolve_singles(tree: Tree) -> None:
    """Undo groups of one node; the name of its operation says as much."""
    singles: dict[int, int] = {}
    for number in range(len(tree.groups) - 1, NOWHERE, -1):  # the inner after the outer, so inwards first
        group = tree.groups[number]
        if any(unit in singles for unit in group.members):
            group.members = [singles.get(unit, unit) for unit in group.members]
            for node in group.nodes():
                tree.home[node] = number
        if group.reason == "scope" and len(group.members) == 1 and group.members[0] >= 0:
            singles[~number] = group.members[0]
            group.members = []


# How the members of one group are folded


def _fold_levels(tree: Tree, levels: list[int], limit: int, scopes: Scopes, *, is_crowded: bool) -> None:
    """Fold the members of each of these groups, and of all the scopes inside them.

    What several calls have at the same place is folded wherever the graph is too large, so that a scope looks as it is
    written; the rest only in a group of more than ``limit`` members, or of fewer where there are scopes.
    """
    queue = list(levels)
    for group in queue:  # grows while it is walked
        queue.extend(number for number in tree.groups[group].groups() if number not in levels)
    if len(queue) > len(levels):
        limit = min(limit, _LEVEL)
    for group in queue:
        if is_crowded:
            tree.gather(group, list(_calls(tree, group, scopes)))
        for find in (_siblings, _repeats, _chains):
            if tree.size(group) > limit:
                tree.gather(group, list(find(tree, group)))


def _calls(tree: Tree, group: int, scopes: Scopes) -> Iterator[Group]:
    """Find what stands at the same place of several calls: the third sum of each of a hundred neurons."""
    seen: dict[tuple[int, int], int] = defaultdict(int)
    places: dict[tuple[int, int], list[int]] = defaultdict(list)
    for node in tree.groups[group].nodes():
        if scopes.is_own(node) and node != tree.graph.root:
            sort = tree.graph.sorts[node]
            key = scopes.entry[node], sort
            places[sort, seen[key]].append(node)
            seen[key] += 1
    yield from _repeated(tree, places.values())


def _siblings(tree: Tree, group: int) -> Iterator[Group]:
    """Find groups that differ in nothing but the number in their name."""
    families: dict[str, list[int]] = defaultdict(list)
    for inner in tree.groups[group].groups():
        if tree.groups[inner].reason in ("scope", "time"):
            families[_NUMBER.sub("#", tree.groups[inner].name)].append(inner)
    classes: dict[Hashable, int] = {}
    for family in families.values():
        alike: dict[Hashable, list[int]] = defaultdict(list)
        for inner in family if len(family) > 1 else ():
            alike[tree.groups[inner].times, _signature(tree, inner, classes)].append(inner)
        for found in alike.values():
            if len(found) > 1:
                first, last = tree.groups[found[0]].name, tree.groups[found[-1]].name
                name = f"{first}…{_NUMBER.findall(last)[-1]}"
                yield Group("repeat", name, group, [~inner for inner in found], times=len(found))


def _signature(tree: Tree, group: int, classes: dict[Hashable, int]) -> frozenset[tuple[int, int]]:
    """Return the same for two groups that compute the same; how often each step is made, whatever the order."""
    own: dict[int, int] = {}
    counts: dict[int, int] = defaultdict(int)
    for node in sorted(tree.within(group)):
        key = tree.graph.sorts[node], tuple(own.get(operand, NOWHERE) for operand in tree.graph.operands[node])
        own[node] = classes.setdefault(key, len(classes))
        counts[own[node]] += 1
    return frozenset(counts.items())


def _repeats(tree: Tree, group: int) -> Iterator[Group]:
    """Find nodes that compute the same from the same, up to the leaves and constants that each has of its own."""
    graph, sorts = tree.graph, tree.graph.sorts
    is_leaf = [kind.is_leaf for kind in graph.kinds]
    member = tree.members_finder(group)
    firsts: dict[Hashable, int] = {}
    like: dict[int, int] = {}  # the first node that computes what each does
    alike: dict[int, list[int]] = {}
    for node in tree.groups[group].nodes():
        if is_leaf[sorts[node]] or node == graph.root:
            continue
        key = [sorts[node]]
        for operand in graph.operands[node]:
            if operand in like:
                key.append(2 * like[operand] + 1)
            elif is_leaf[sorts[operand]] and _is_attached(tree, operand):
                key.append(2 * NOWHERE)
            else:
                unit = member(operand)
                key.append(2 * (NOWHERE if unit is None else unit))
        like[node] = first = firsts.setdefault(tuple(key), node)
        if first != node:
            alike.setdefault(first, [first]).append(node)
    yield from _repeated(tree, alike.values())


def _repeated(tree: Tree, places: Iterable[list[int]]) -> Iterator[Group]:
    for nodes in places:
        if len(nodes) > 1:
            sort = tree.graph.sort(nodes[0])
            yield Group("repeat", "leaves" if sort.is_leaf else sort.name, TOP, _with_leaves(tree, nodes), len(nodes))


def _chains(tree: Tree, group: int) -> Iterator[Group]:
    """Find elementwise operations of which each is used by the next alone."""
    graph, sorts = tree.graph, tree.graph.sorts
    is_link = [kind.is_elementwise for kind in graph.kinds]
    chains: dict[int, list[int]] = {}  # by last link
    for node in tree.groups[group].nodes():
        if not is_link[sorts[node]] or node == graph.root:
            continue
        longest: list[int] = []
        for operand in graph.operands[node]:
            if tree.uses[operand] == 1 and len(chains.get(operand, ())) > len(longest):
                longest = chains[operand]
        if longest:
            del chains[longest[-1]]
        longest.append(node)
        chains[node] = longest
    for links in chains.values():
        if len(links) >= _CHAIN:
            names = list(dict.fromkeys(graph.sort(link).name for link in links))
            name = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
            members = [x for x in _with_leaves(tree, links) if not graph.sort(x).is_named]
            yield Group("chain", name, group, members, times=len(links))


def _is_attached(tree: Tree, node: int) -> bool:
    """Tell whether a node is a leaf that goes where the one node goes that uses it, as a constant does."""
    user = tree.user[node]
    return tree.uses[node] == 1 and tree.graph.sort(node).is_leaf and tree.home[node] == tree.home[user]


def _with_leaves(tree: Tree, nodes: list[int]) -> list[int]:
    is_leaf, sorts = [kind.is_leaf for kind in tree.graph.kinds], tree.graph.sorts
    operands = (x for node in nodes for x in tree.graph.operands[node] if is_leaf[sorts[x]])
    return sorted({x for x in operands if _is_attached(tree, x)}.union(nodes))


# Which groups are open


def _open(tree: Tree, limit: int | None, *, innermost: bool) -> None:
    """Open scopes from the outermost inwards, all of one generation or none, as long as the picture fits."""
    shown = tree.size(TOP)
    generation = [TOP]
    while True:
        inside = [number for group in generation for number in tree.groups[group].groups()]
        generation = [number for number in inside if _is_openable(tree, number, innermost)]
        if not generation:
            return
        if limit is not None and shown + sum(map(tree.size, generation)) > limit:
            for number in generation:
                tree.gather(number, list(_siblings(tree, number)))
        shown += sum(map(tree.size, generation))
        if limit is not None and shown > limit:
            return
        for number in generation:
            tree.groups[number].is_open = True


def _is_openable(tree: Tree, number: int, innermost: bool) -> bool:
    group = tree.groups[number]
    return group.reason == "scope" and (
        innermost or any(tree.groups[inner].reason in ("scope", "time") for inner in group.groups())
    )


def _describe(tree: Tree, limit: int | None) -> None:
    """Mark the groups whose members are described: the open ones, and from the outermost inwards what else fits."""
    described = 0
    queue = deque([TOP])
    while queue:
        number = queue.popleft()
        group, size = tree.groups[number], tree.size(number)
        if number == TOP or group.is_open or limit is None or described + size <= limit:
            described += size
            group.is_described = True
            queue.extend(group.groups())
