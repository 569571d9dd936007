"""Two lists of layers (or of terms, or of penalties) laid side by side, so that one put in between is one insertion."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

GAP = 1.0  # a layer that has no partner
CHANGED = 0.3  # of one type, with other fields; the share of those comes on top, by half
MOST_PAIRS = 500 * 500  # of layers that are compared each with each; longer lists are paired by place

Pair = tuple[int | None, int | None]  # positions on the left and on the right; None: no partner


def align(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> list[Pair]:
    """Return who stands beside whom, in order: the cheapest alignment of two sequences (Needleman, Wunsch 1970).

    The items are tables with a ``type``; those of one type may be partners, and one that stands alone in the place of
    one of another type is its partner too. What they read (``inputs``) is left aside, since an insertion renumbers it.
    `difflib` would not do: it pairs equal items alone, so that of a network whose layers are all twice as wide none has
    a partner, or has it in the next block.

    >>> relu, small, large = {"type": "relu"}, {"type": "dense", "units": 8}, {"type": "dense", "units": 64}
    >>> align([small, relu], [large, relu])
    [(0, 0), (1, 1)]
    >>> align([small, relu], [small, relu, large, relu])
    [(0, 0), (1, 1), (None, 2), (None, 3)]
    >>> align([small, {"type": "tanh"}, relu], [small, {"type": "sigmoid"}, relu])
    [(0, 0), (1, 1), (2, 2)]
    """
    first = _count_equal(left, right)
    last = _count_equal(left[first:][::-1], right[first:][::-1])
    rows, columns = left[first : len(left) - last], right[first : len(right) - last]
    inner = _by_place(rows, columns) if len(rows) * len(columns) > MOST_PAIRS else _cheapest(rows, columns)
    shifted = [(None if i is None else i + first, None if j is None else j + first) for i, j in inner]
    ends = zip(range(len(left) - last, len(left)), range(len(right) - last, len(right)), strict=True)
    return [*_with_replaced([*((index, index) for index in range(first)), *shifted, *ends])]


def _with_replaced(pairs: Sequence[Pair]) -> Iterator[Pair]:
    """The pairs, with one item of the left and one of the right, alone between partners, as partners."""
    for matched, group in groupby(pairs, key=lambda pair: None not in pair):
        run = [*group]
        lone_left, lone_right = ([pair[side] for pair in run if pair[side] is not None] for side in (0, 1))
        yield from [(lone_left[0], lone_right[0])] if not matched and len(lone_left) == len(lone_right) == 1 else run


def _count_equal(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> int:
    """How many items are equal from the start."""
    pairs = zip(left, right, strict=False)
    return next((index for index, pair in enumerate(pairs) if _cost(*pair) > 0), min(len(left), len(right)))


def _by_place(left: Sequence[Any], right: Sequence[Any]) -> list[Pair]:
    longest = max(len(left), len(right))
    return [(i if i < len(left) else None, i if i < len(right) else None) for i in range(longest)]


def _cheapest(left: Sequence[dict[str, Any]], right: Sequence[dict[str, Any]]) -> list[Pair]:
    """The alignment, from the costs of what is left of both; of equally cheap ones that which pairs first."""
    pairing = [[_cost(one, other) for other in right] for one in left]
    rest = [[GAP * (len(left) - i + len(right) - j) for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i in reversed(range(len(left))):
        for j in reversed(range(len(right))):
            rest[i][j] = min(pairing[i][j] + rest[i + 1][j + 1], GAP + rest[i + 1][j], GAP + rest[i][j + 1])
    pairs: list[Pair] = []
    i = j = 0
    while i < len(left) or j < len(right):
        paired = pairing[i][j] + rest[i + 1][j + 1] if i < len(left) and j < len(right) else math.inf
        alone = GAP + rest[i + 1][j] if i < len(left) else math.inf
        if paired <= rest[i][j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif alone <= rest[i][j]:
            pairs.append((i, None))
            i += 1
        else:
            pairs.append((None, j))
            j += 1
    return pairs


def _cost(left: dict[str, Any], right: dict[str, Any]) -> float:
    """0 for equal items, less than a gap for those of one type, none that could be paid for others."""
    if left.get("type") != right.get("type"):
        return math.inf
    keys = ({*left, *right}) - {"type", "inputs"}
    changed = sum(left.get(key) != right.get(key) for key in keys)
    return CHANGED + 0.5 * changed / len(keys) if changed else 0.0
