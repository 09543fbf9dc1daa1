"""A layered drawing of boxes and links: plain numbers in, plain numbers out.

The links flow along the first coordinate, from a box to one further on; boxes of one rank share a column.
The steps are those of Sugiyama, Tagawa and Toda: turn the links that close a cycle, give each box a rank, let long
links pass through every column on the way, order each column so that few links cross, and move the boxes of a
column to where their neighbours are, as far as their order and their sizes allow.

``static/layout.js`` is the same program for the browser, and a test holds their numbers equal. Hence the plain lists
and the explicit loops: every sum is taken in the same order in both.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import floor
from typing import NamedTuple

__all__ = ["Arrangement", "Item", "Link", "arrange", "simplify"]

FIRST, INNER, LAST = -1, 0, 1
"""Where an item has to stand: in the first column, anywhere between, or in the last column."""

_GAP, _LANE = 14.0, 8.0
"""The space between two boxes of a column, and beside a link that passes between them."""

_CHANNEL = 26.0
"""The space between two columns; labels and steep links get more."""

_STEEP = 60.0
"""At most so much more for steep links."""

_DENSE = 2000
"""Among more items than this, a long link is one curve, not a way through every column between ..."""

_CROWDED = 5000
"""... and so it is where the ways would pass through this many places."""

_SWEEPS, _QUICK_SWEEPS = 8, 4
_ROUNDS, _QUICK_ROUNDS = 8, 3
_PARALLEL = 8.0
_LABEL_ROOM = 1.5

_STRAIGHT = {0: 1.0, 1: 2.0, 2: 8.0}
"""How strongly a piece of a link wants to be straight, by how many of its ends only pass through."""

_LOOSE = 1 / 64
"""How much of that is left at the ends of a link from an item that nothing leads to: it gives way, and the line of
results stays straight."""


@dataclass(slots=True)
class Item:
    """A box to place.

    Attributes:
        length: Its size along the flow.
        breadth: Its size across.
        inlet: The part of the breadth, in its middle, over which arriving links may spread.
        pin: :data:`FIRST`, :data:`INNER` or :data:`LAST`.
    """

    length: float
    breadth: float
    inlet: float = 0.0
    pin: int = INNER


@dataclass(slots=True)
class Link:
    """A line from one item to another.

    Attributes:
        source: The index of the item it leaves.
        target: The index of the item it arrives at.
        leaves: Where it leaves, as a distance across from the source's middle.
        arrives: Where it arrives, as a distance across from the target's middle.
        label_length: The size of its label along the flow.
        label_breadth: The size of its label across.
    """

    source: int
    target: int
    leaves: float = 0.0
    arrives: float = 0.0
    label_length: float = 0.0
    label_breadth: float = 0.0


@dataclass(slots=True)
class Arrangement:
    """Where everything stands: middles of items, and the points that each link passes.

    Attributes:
        along: The middle of each item along the flow.
        across: The middle of each item across the flow.
        paths: The points of each link. Between two of them it is straight, when both are equally far across; it turns
            round, when both are equally far along; else it swings over.
        labels: The middle of each link's label.
        turned: Whether each link runs against the flow.
        length: The size of the whole along the flow.
        breadth: The size of the whole across.
    """

    along: list[float]
    across: list[float]
    paths: list[list[tuple[float, float]]]
    labels: list[tuple[float, float]]
    turned: list[bool]
    length: float
    breadth: float


def arrange(items: list[Item], links: list[Link]) -> Arrangement:
    """Place items so that links flow forward, and nothing overlaps.

    >>> drawing = arrange([Item(30.0, 20.0), Item(30.0, 20.0), Item(30.0, 20.0)], [Link(0, 2), Link(1, 2)])
    >>> drawing.along, drawing.across
    ([15.0, 15.0, 73.0], [10.0, 44.0, 27.0])
    >>> drawing.paths[0]
    [(30.0, 10.0), (58.0, 27.0)]
    """
    if not items:
        return Arrangement([], [], [], [], [], 0.0, 0.0)
    grid = _Grid(items, links)
    _order_columns(grid)
    across = _place(grid)
    return _trace(grid, across)


class _Step(NamedTuple):
    """A piece of a link, as one of its ends sees it.

    Attributes:
        other: The vertex at the other end.
        shift: How far across from that vertex's middle the link wants this one's to be.
        weight: How strongly it wants that.
        there: Where between its neighbours the other end is: links at one large box differ by where they touch it.
        here: The same of this end.
    """

    other: int
    shift: float
    weight: float
    there: float
    here: float


@dataclass(slots=True)
class _Grid:
    """The columns, and what stands in them: the items, and a vertex wherever a link passes through.

    Vertices are numbered; the items come first and keep their numbers.
    """

    items: list[Item]
    links: list[Link]
    turned: list[bool] = field(default_factory=list)
    rank: list[int] = field(default_factory=list)
    breadth: list[float] = field(default_factory=list)
    trunks: dict[tuple[int, float, int], int] = field(default_factory=dict)
    chains: list[list[int]] = field(default_factory=list)
    beside: list[int] = field(default_factory=list)
    before: list[list[_Step]] = field(default_factory=list)
    after: list[list[_Step]] = field(default_factory=list)
    columns: list[list[int]] = field(default_factory=list)
    is_dense: bool = True

    def __post_init__(self) -> None:
        self._turn_cycles()
        self._rank()
        self.breadth = [item.breadth for item in self.items]
        self.beside = [-1] * len(self.items)
        passed = 0
        for number in range(len(self.links)):
            source, target = self.forward(number)
            passed += self.rank[target] - self.rank[source]
        self.is_dense = len(self.items) <= _DENSE and passed <= _CROWDED
        self.chains = [self._chain(number) for number in range(len(self.links))]
        self._make_room_for_labels()
        self._connect()

    def forward(self, number: int) -> tuple[int, int]:
        """Return the ends of a link in the order in which the columns see them."""
        link = self.links[number]
        return (link.target, link.source) if self.turned[number] else (link.source, link.target)

    def _turn_cycles(self) -> None:
        """Turn each link that leads back to where a walk came from."""
        leaving: list[list[int]] = [[] for _ in self.items]
        for number, link in enumerate(self.links):
            leaving[link.source].append(number)
        self.turned = [False] * len(self.links)
        seen, on_the_way = [False] * len(self.items), [False] * len(self.items)
        for start in range(len(self.items)):
            if seen[start]:
                continue
            seen[start] = on_the_way[start] = True
            walk, tried = [start], [0]
            while walk:
                here = walk[-1]
                if tried[-1] == len(leaving[here]):
                    walk.pop()
                    tried.pop()
                    on_the_way[here] = False
                    continue
                number = leaving[here][tried[-1]]
                tried[-1] += 1
                there = self.links[number].target
                if on_the_way[there]:
                    self.turned[number] = True
                elif not seen[there]:
                    seen[there] = on_the_way[there] = True
                    walk.append(there)
                    tried.append(0)

    def _rank(self) -> None:
        """Put each item in the last column that is before all it leads to."""
        leaving: list[list[int]] = [[] for _ in self.items]
        arriving: list[list[int]] = [[] for _ in self.items]
        for number, link in enumerate(self.links):
            if link.source != link.target:
                source, target = self.forward(number)
                leaving[source].append(target)
                arriving[target].append(source)
        lowest = 1 if any(item.pin == LAST for item in self.items) else 0
        to_go = [lowest if item.pin == INNER else 0 for item in self.items]
        for source in _upstream(leaving, arriving):
            for target in leaving[source]:
                to_go[source] = max(to_go[source], to_go[target] + 1)
        most = 0
        for number, item in enumerate(self.items):
            if item.pin != FIRST:
                most = max(most, to_go[number])
        if any(item.pin == FIRST for item in self.items):
            most += 1
        self.rank = [0 if item.pin == FIRST else most - to_go[number] for number, item in enumerate(self.items)]

    def _chain(self, number: int) -> list[int]:
        """Return the vertices that a link passes, its ends included, in the order of the columns.

        Links with one start share their way as far as they can, as one trunk with branches. A link against the flow
        leaves its source forwards and arrives at its target forwards all the same, so it turns twice and passes
        through their columns too.
        """
        first, last = self.forward(number)
        back = self.turned[number]
        chain = [first]
        if back:
            for rank in range(self.rank[first], self.rank[last] + 1):
                if self.is_dense or rank in (self.rank[first], self.rank[last]):
                    at = first if rank == self.rank[first] else last if rank == self.rank[last] else -1
                    chain.append(self._pass_through(rank, at))
        elif self.is_dense:
            for rank in range(self.rank[first] + 1, self.rank[last]):
                trunk = (first, self.links[number].leaves, rank)
                if trunk not in self.trunks:
                    self.trunks[trunk] = self._pass_through(rank, -1)
                chain.append(self.trunks[trunk])
        chain.append(last)
        return chain

    def _pass_through(self, rank: int, beside: int) -> int:
        self.rank.append(rank)
        self.breadth.append(0.0)
        self.beside.append(beside)
        return len(self.rank) - 1

    def _make_room_for_labels(self) -> None:
        """Keep the last vertices before targets so far apart that labels halfway do not meet."""
        room = [0.0] * len(self.rank)
        for number, link in enumerate(self.links):
            room[self.last_passed(number)] += _LABEL_ROOM * link.label_breadth
        for vertex, breadth in enumerate(room):
            self.breadth[vertex] = max(self.breadth[vertex], breadth)

    def last_passed(self, number: int) -> int:
        """Return the last vertex before a link's target."""
        return self.chains[number][1 if self.turned[number] else -2]

    def _connect(self) -> None:
        """Note the neighbours of each vertex, and put it in its column."""
        self.before = [[] for _ in self.rank]
        self.after = [[] for _ in self.rank]
        drawn: set[tuple[int, int]] = set()
        has_operands = [item.pin == FIRST for item in self.items]
        for link in self.links:
            has_operands[link.target] = True
        for number, chain in enumerate(self.chains):
            link = self.links[number]
            for source, target in pairwise(chain):
                passing = (source >= len(self.items)) + (target >= len(self.items))
                if self.rank[source] == self.rank[target] or (passing and (source, target) in drawn):
                    continue
                drawn.add((source, target))
                leaves = link.leaves if source == link.source else 0.0
                arrives = link.arrives if target == link.target else 0.0
                weight = _STRAIGHT[passing]
                if passing < 2 and not has_operands[link.source]:
                    weight *= _LOOSE
                start, end = self._share(source, leaves), self._share(target, arrives)
                self.before[target].append(_Step(source, leaves - arrives, weight, start, end))
                self.after[source].append(_Step(target, arrives - leaves, weight, end, start))
        self._fill_columns()

    def _share(self, vertex: int, distance: float) -> float:
        return distance / self.breadth[vertex] if distance != 0.0 else 0.0

    def _fill_columns(self) -> None:
        """Walk back from the ends, operands in their order: a tree has no crossings from the start."""
        count = 0
        for rank in self.rank:
            count = max(count, rank + 1)
        self.columns = [[] for _ in range(count)]
        companions: list[list[int]] = [[] for _ in self.rank]
        for vertex, item in enumerate(self.beside):
            if item >= 0:
                companions[item].append(vertex)
        seen = [False] * len(self.rank)
        for wanted in (True, False):
            for end in range(len(self.rank)):
                if seen[end] or (wanted and self.after[end]):
                    continue
                walk = [end]
                while walk:
                    vertex = walk.pop()
                    if seen[vertex]:
                        continue
                    seen[vertex] = True
                    self.columns[self.rank[vertex]].append(vertex)
                    for step in reversed(self.before[vertex]):
                        walk.append(step.other)
                    for companion in reversed(companions[vertex]):
                        walk.append(companion)


def _upstream(leaving: list[list[int]], arriving: list[list[int]]) -> list[int]:
    """Return the items so that each comes after everything it leads to."""
    waiting = [len(targets) for targets in leaving]
    order = [item for item, count in enumerate(waiting) if count == 0]
    for item in order:  # grows while it is walked
        for source in arriving[item]:
            waiting[source] -= 1
            if waiting[source] == 0:
                order.append(source)
    return order


def _order_columns(grid: _Grid) -> None:
    """Sweep forwards and backwards, each column following the last one; keep the order with the fewest crossings."""
    best, fewest = grid.columns, _crossings(grid) if grid.is_dense else 0
    for sweep in range(_SWEEPS if grid.is_dense else _QUICK_SWEEPS):
        if grid.is_dense and fewest == 0:
            break
        spots = _spots(grid)
        ranks = range(1, len(grid.columns)) if sweep % 2 == 0 else range(len(grid.columns) - 2, -1, -1)
        columns = list(grid.columns)
        for rank in ranks:
            columns[rank] = _follow(grid, columns[rank], spots, forwards=sweep % 2 == 0)
            for spot, vertex in enumerate(columns[rank]):
                spots[vertex] = float(spot)
        grid.columns = columns
        if grid.is_dense:
            count = _crossings(grid)
            if count < fewest:
                best, fewest = columns, count
        else:
            best = columns
    grid.columns = best


def _spots(grid: _Grid) -> list[float]:
    spots = [0.0] * len(grid.rank)
    for column in grid.columns:
        for spot, vertex in enumerate(column):
            spots[vertex] = float(spot)
    return spots


def _follow(grid: _Grid, column: list[int], spots: list[float], *, forwards: bool) -> list[int]:
    """Sort a column by the mean of the neighbours.

    What has no neighbours keeps its place, and what stands beside an item stays there.
    """
    neighbours = grid.before if forwards else grid.after
    free: list[tuple[float, int]] = []
    held: list[bool] = []
    standing = [vertex for vertex in column if grid.beside[vertex] < 0]
    for vertex in standing:
        steps = neighbours[vertex]
        total = 0.0
        for other, _, _, there, _ in steps:
            total += spots[other] + there
        held.append(not steps)
        if steps:
            free.append((total / len(steps), vertex))
    free.sort(key=lambda pair: pair[0])
    following = iter(free)
    order = [vertex if is_held else next(following)[1] for vertex, is_held in zip(standing, held, strict=True)]
    if len(order) == len(column):
        return order
    companions: dict[int, list[int]] = {}
    for vertex in column:
        if grid.beside[vertex] >= 0:
            companions.setdefault(grid.beside[vertex], []).append(vertex)
    return [one for vertex in order for one in (vertex, *companions.get(vertex, ()))]


def _crossings(grid: _Grid) -> int:
    """Count the pairs of neighbouring pieces that cross."""
    spots = _spots(grid)
    total = 0
    for column in grid.columns:
        ends: list[tuple[float, float]] = []
        for vertex in column:
            for target, _, _, there, here in grid.after[vertex]:
                ends.append((spots[vertex] + here, spots[target] + there))
        ends.sort()
        arrived: list[float] = []
        for _, arrives in ends:
            low, high = 0, len(arrived)
            while low < high:
                middle = (low + high) // 2
                if arrived[middle] > arrives:
                    high = middle
                else:
                    low = middle + 1
            total += len(arrived) - low
            arrived.insert(low, arrives)
    return total


def _place(grid: _Grid) -> list[float]:
    """Move the boxes of each column to the weighted mean of their neighbours, time and again, from both sides."""
    across = [0.0] * len(grid.rank)
    for column in grid.columns:
        _settle(grid, column, across, [0.0] * len(column), [1.0] * len(column))
    count = len(grid.columns)
    rounds = _ROUNDS if grid.is_dense else _QUICK_ROUNDS
    for turn in range(rounds):
        for rank in range(1, count):
            _pull(grid, rank, across, before=True, after=False)
        for rank in range(count - 2, -1, -1):
            _pull(grid, rank, across, before=turn == rounds - 1, after=True)
    least = 0.0
    for vertex, breadth in enumerate(grid.breadth):
        top = across[vertex] - breadth / 2
        if vertex == 0 or top < least:
            least = top
    return [_snap(middle - least) for middle in across]


def _snap(value: float) -> float:
    """Round to a quarter: the sums and differences of such numbers are exact, so points that should meet do.

    >>> _snap(1.3), _snap(-0.1)
    (1.25, 0.0)
    """
    return floor(value * 4 + 0.5) / 4


def _pull(grid: _Grid, rank: int, across: list[float], *, before: bool, after: bool) -> None:
    wishes: list[float] = []
    weights: list[float] = []
    for vertex in grid.columns[rank]:
        total = weight = 0.0
        if before:
            for other, shift, strength, _, _ in grid.before[vertex]:
                total += (across[other] + shift) * strength
                weight += strength
        if after:
            for other, shift, strength, _, _ in grid.after[vertex]:
                total += (across[other] + shift) * strength
                weight += strength
        item = grid.beside[vertex]
        if item >= 0:
            total += (across[item] + grid.breadth[item] / 2 + _LANE) * 2.0
            weight += 2.0
        wishes.append(total / weight if weight > 0.0 else across[vertex])
        weights.append(weight if weight > 0.0 else 0.1)
    _settle(grid, grid.columns[rank], across, wishes, weights)


def _settle(grid: _Grid, column: list[int], across: list[float], wishes: list[float], weights: list[float]) -> None:
    """Give every vertex of a column the place nearest to its wish, in order and without overlap.

    Taking the least distances off turns this into fitting a rising sequence, for which pooling the neighbours that
    are out of order gives the least squares.
    """
    offsets: list[float] = []
    sums: list[float] = []
    masses: list[float] = []
    counts: list[int] = []
    offset = 0.0
    for number, vertex in enumerate(column):
        if number > 0:
            previous = column[number - 1]
            offset += (grid.breadth[previous] + grid.breadth[vertex]) / 2
            offset += _LANE if grid.breadth[previous] == 0.0 or grid.breadth[vertex] == 0.0 else _GAP
        offsets.append(offset)
        sums.append((wishes[number] - offset) * weights[number])
        masses.append(weights[number])
        counts.append(1)
        while len(sums) > 1 and sums[-2] / masses[-2] > sums[-1] / masses[-1]:
            total, mass, count = sums.pop(), masses.pop(), counts.pop()
            sums[-1] += total
            masses[-1] += mass
            counts[-1] += count
    settled = 0
    for total, mass, count in zip(sums, masses, counts, strict=True):
        for vertex, offset in zip(column[settled : settled + count], offsets[settled : settled + count], strict=True):
            across[vertex] = total / mass + offset
        settled += count


def _trace(grid: _Grid, across: list[float]) -> Arrangement:
    """Set the columns one after the other, and draw every link through them."""
    leaves, arrives, lifts = _spread(grid, across)
    starts, ends = _columns(grid, across)
    along: list[float] = []
    for number, item in enumerate(grid.items):
        rank = grid.rank[number]
        late = not grid.before[number]  # operands stand near what they lead to
        along.append(ends[rank] - item.length / 2 if late else (starts[rank] + ends[rank]) / 2)
    paths: list[list[tuple[float, float]]] = []
    labels: list[tuple[float, float]] = []
    for number, link in enumerate(grid.links):
        source, target = link.source, link.target
        out = (along[source] + grid.items[source].length / 2, across[source] + leaves[number])
        into = (along[target] - grid.items[target].length / 2, across[target] + arrives[number])
        points = [out, (ends[grid.rank[source]], out[1])]
        inner = grid.chains[number][1:-1]
        for vertex in reversed(inner) if grid.turned[number] else inner:
            rank = grid.rank[vertex]
            sides = (ends[rank], starts[rank]) if grid.turned[number] else (starts[rank], ends[rank])
            points += [(side, across[vertex]) for side in sides]
        points += [(starts[grid.rank[target]], into[1]), into]
        start = -4 if grid.turned[number] else -3  # what turns round is told on its way back
        labels.append(_halfway(points[start], points[start + 1], lifts[number]))
        paths.append(simplify(points))
    breadth = 0.0
    for vertex, middle in enumerate(across):
        breadth = max(breadth, middle + grid.breadth[vertex] / 2)
    return Arrangement(along, across[: len(grid.items)], paths, labels, grid.turned, ends[-1], breadth)


def _halfway(start: tuple[float, float], end: tuple[float, float], lift: float) -> tuple[float, float]:
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + lift


def _spread(grid: _Grid, across: list[float]) -> tuple[list[float], list[float], list[float]]:
    """Tell apart the links that arrive at one item, and those with both ends in common.

    Returns:
        Where each link leaves, where it arrives, and how far its label is from its middle; all of them across.
    """
    leaves = [link.leaves for link in grid.links]
    arrives = [link.arrives for link in grid.links]
    lifts = [0.0] * len(grid.links)
    arriving: list[list[int]] = [[] for _ in grid.items]
    for number, link in enumerate(grid.links):
        if grid.items[link.target].inlet > 0.0:
            arriving[link.target].append(number)
    for target, numbers in enumerate(arriving):
        step = _snap(min(_PARALLEL, grid.items[target].inlet / max(1, len(numbers))))
        numbers.sort(key=lambda number: across[grid.last_passed(number)])
        for position, number in enumerate(numbers):
            arrives[number] += (position - (len(numbers) - 1) / 2) * step
        together: dict[int, list[int]] = {}
        for number in numbers:
            together.setdefault(grid.last_passed(number), []).append(number)
        for group in together.values():
            for position, number in enumerate(group):
                place = position - (len(group) - 1) / 2
                if grid.last_passed(number) == grid.links[number].source:
                    leaves[number] += place * step
                lifts[number] = place * max(0.0, grid.links[number].label_breadth - step)
    return leaves, arrives, lifts


def _columns(grid: _Grid, across: list[float]) -> tuple[list[float], list[float]]:
    """Return where each column starts and ends: as wide as its longest item, and away from the one before it."""
    count = len(grid.columns)
    lengths, gaps = [0.0] * count, [_CHANNEL] * count
    for number, item in enumerate(grid.items):
        lengths[grid.rank[number]] = max(lengths[grid.rank[number]], item.length)
    for link in grid.links:
        rank = grid.rank[link.target]
        gaps[rank] = max(gaps[rank], _CHANNEL + link.label_length)
    for vertex, steps in enumerate(grid.before):
        rank = grid.rank[vertex]
        for other, shift, _, _, _ in steps:
            rise = abs(across[other] + shift - across[vertex])
            gaps[rank] = max(gaps[rank], _CHANNEL + floor(min(_STEEP, rise / 8)))
    starts, ends = [0.0] * count, [0.0] * count
    for rank in range(count):
        starts[rank] = ends[rank - 1] + gaps[rank] if rank > 0 else 0.0
        ends[rank] = starts[rank] + lengths[rank]
    return starts, ends


def simplify(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out the points that stand still, and those in the middle of a straight piece.

    >>> simplify([(0.0, 1.0), (0.0, 1.0), (2.0, 1.0), (4.0, 1.0), (6.0, 3.0)])
    [(0.0, 1.0), (4.0, 1.0), (6.0, 3.0)]
    """
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and kept[-2][1] == kept[-1][1] == point[1]:
            kept.pop()
        kept.append(point)
    return kept
