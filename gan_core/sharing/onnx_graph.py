"""A graph of ONNX operators on its way into a file: plain data, for which nothing of ONNX needs to be installed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gan_core.plans.plans import Node

FLOAT = np.dtype(np.float32)  # of every number in a file that is no count and no label
SMALL = 64  # numbers; so small a constant is kept once for all who need it


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One node of a graph: an operator of ONNX by its name, the names of what it reads, and of what it makes."""

    operator: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Any]


@dataclass
class Graph:
    """Operations in order, and the arrays that they read.

    place: what the names of new values begin with, as ``generator/conv_1``.
    """

    operations: list[Operation] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    place: str = ""
    _small: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation, and return the name of what it makes."""
        output = self._free(f"{self.place}/{operator}")
        self.operations.append(Operation(operator=operator, inputs=tuple(inputs), output=output, attributes=attributes))
        return output

    def array(self, value: np.ndarray, wish: str) -> str:
        """Keep an array, float32 or int64, and return its name: `wish` behind the place, if that is free."""
        name = self._free(f"{self.place}/{wish}")
        self.arrays[name] = np.ascontiguousarray(value)
        return name

    def number(self, value: float | Sequence[float] | np.ndarray) -> str:
        """Return the name of a constant of float32 numbers, of any shape."""
        return self._constant(np.asarray(value, FLOAT))

    def counts(self, value: int | Sequence[int]) -> str:
        """Return the name of a constant of whole numbers: a number, or a list of them."""
        return self._constant(np.asarray(value, np.int64))

    def _constant(self, value: np.ndarray) -> str:
        if value.size > SMALL:
            return self.array(value, "constant")
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self._small:
            self._small[key] = self._free("constants/number")
            self.arrays[self._small[key]] = value
        return self._small[key]

    def _free(self, wish: str) -> str:
        number = self._counts[wish] = self._counts.get(wish, 0) + 1
        return wish if number == 1 else f"{wish}_{number}"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a layer is written: the graph, the layer's node, what it reads, and its arrays by its own names for them.

    inputs: names of values in the graph. arrays: weights and buffers, float32, in canonical layout.
    """

    graph: Graph
    node: Node
    inputs: tuple[str, ...]
    arrays: dict[str, np.ndarray]

    def weight(self, key: str) -> str:
        """Return the name of one of the layer's arrays in the graph."""
        return self.graph.array(self.arrays[key], key)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation; see `Graph.add`."""
        return self.graph.add(operator, *inputs, **attributes)
