"""A small graph from left to right: who stands in which column, and in which order, so that few lines cross.

Circles are allowed: their members share a column. The steps are those of Sugiyama, Tagawa and Toda 1981, for a graph of
a dozen nodes.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

Edge = tuple[str, str]  # from, to
SWEEPS = 8  # over the columns, to the right and back


def columns_of(nodes: Sequence[str], edges: Sequence[Edge], last: Sequence[str]) -> dict[str, int]:
    """Return the column of each node: as many as lead to it, members of a circle together, `last` in the last one.

    What nothing leads to stands right before what it leads to first.
    """
    after = {node: {end for start, end in edges if start == node} for node in nodes}
    reach = {node: _reached(node, after) for node in nodes}
    circle = {node: min((other for other in reach[node] if node in reach[other]), default=node) for node in nodes}
    outer = {(circle[start], circle[end]) for start, end in edges if circle[start] != circle[end]}
    column = dict.fromkeys({*circle.values()}, 0)
    for _ in nodes:  # as often as the longest way may be long
        for start, end in outer:
            column[end] = max(column[end], column[start] + 1)
    found = {node: column[circle[node]] for node in nodes}
    end_column = max([*found.values(), *(found[node] + 1 for node in nodes if node not in last)])
    found |= dict.fromkeys(last, end_column)
    for node in nodes:
        if not any(end == node for _, end in edges) and after[node]:
            found[node] = min(found[end] for end in after[node]) - 1
    least = min(found.values())
    return {node: place - least for node, place in found.items()}


def _reached(node: str, after: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [node]
    while waiting:
        new = after[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def ways_of(edges: Sequence[Edge], column: Mapping[str, int]) -> dict[Edge, list[str]]:
    """Return for each edge the nodes on its way: its ends, and a place in each column that it passes."""
    return {
        (start, end): [start, *(f"{start}→{end}@{place}" for place in range(column[start] + 1, column[end])), end]
        for start, end in edges
    }


def ordered(column: Mapping[str, int], ways: Mapping[Edge, Sequence[str]]) -> list[list[str]]:
    """Return the nodes and places of each column from top to bottom, each near those that it leads to or from."""
    place = dict(column)
    for way in ways.values():
        place |= {name: column[way[0]] + index for index, name in enumerate(way) if name not in column}
    columns = [[name for name in place if place[name] == index] for index in range(1 + max(place.values()))]
    pairs = [pair for way in ways.values() for pair in pairwise(way)]
    for sweep in range(SWEEPS):
        rightwards = sweep % 2 == 0
        for index in range(len(columns)) if rightwards else reversed(range(len(columns))):
            beside = index - 1 if rightwards else index + 1
            if 0 <= beside < len(columns):
                rank = {
                    name: position / max(1, len(columns[beside]) - 1) for position, name in enumerate(columns[beside])
                }
                columns[index] = _by_neighbours(columns[index], rank, pairs)
    return columns


def _by_neighbours(names: Sequence[str], rank: Mapping[str, float], pairs: Sequence[Edge]) -> list[str]:
    def middle(name: str) -> float:
        beside = [rank[one] for pair in pairs if name in pair for one in pair if one in rank]
        return sum(beside) / len(beside) if beside else names.index(name) / max(1, len(names) - 1)

    return sorted(names, key=middle)
