"""The tensors of a user's module while it runs, and the network that they make.

`Trace` knows which `Value` each tensor is. A backend tells it of every call of a function on such a tensor, with what
came out; the entry of that name in a table says which layer of ours it is. A function without an entry is refused by
its name, with the line of the user's that calls it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_core.contract.feature_orders import Value
from gan_core.contract.foreign_networks import Reading
from gan_core.contract.user_places import refused


@dataclass(frozen=True, kw_only=True)
class Called:
    """A call of a function: its name, what it was given, and what it returned."""

    name: str
    given: Sequence[Any]
    named: Mapping[str, Any]
    result: Any

    def get(self, place: int, *names: str, default: Any = None) -> Any:
        """Return an argument by its place or one of its names."""
        if place < len(self.given):
            return self.given[place]
        return next((self.named[name] for name in names if name in self.named), default)

    def require(self, **wanted: Any) -> None:
        """Raise `SpecError` unless arguments given by name, where they are given, have these values."""
        for name, value in wanted.items():
            found = self.named.get(name, value)
            if found != value and not (found is None and value in (0, False)):
                raise refused(f"{self.name} with {name}={found}")


Follow = Callable[["Trace", Called], Value | Sequence[Value]]


class Trace:
    """The tensors of a module that is being run, and the network that they make.

    tensor: the framework's class of tensors. names: the user's name of each parameter and buffer, by its identity.
    functions: by name.
    """

    def __init__(
        self, reading: Reading, tensor: type, names: Mapping[int, str], functions: Mapping[str, Follow], samples: int
    ) -> None:
        self.reading, self.tensor, self.names, self.functions = reading, tensor, names, functions
        self.samples = samples
        self._values: dict[int, Value] = {}
        self._kept: list[Any] = []  # so that no other tensor gets the identity of one that is gone

    def keep(self, tensor: Any, value: Value) -> None:
        """Remember which value a tensor is."""
        self._values[id(tensor)] = value
        self._kept.append(tensor)

    def knows(self, tensor: Any) -> bool:
        """Return whether a tensor is one of the network's."""
        return id(tensor) in self._values

    def value(self, tensor: Any) -> Value:
        """Return the value that a tensor is. Raises `SpecError` for a constant, or a tensor of unknown origin."""
        if id(tensor) not in self._values:
            named = self.names.get(id(tensor))
            what = f"the parameter '{named}' as an array" if named else "an array that is neither input nor layer"
            raise refused(f"{what} (a constant, noise drawn on the way, or what no known layer made)")
        return self._values[id(tensor)]

    def array(self, tensor: Any) -> str:
        """Return the user's name for a weight. Raises `SpecError` for one that was worked out."""
        if id(tensor) not in self.names:
            raise refused("a weight that is worked out when it is used (weight norm, a hook)")
        return self.names[id(tensor)]

    def tensors(self, parts: Any) -> Iterator[Any]:
        """Yield the tensors among arguments or results, within lists and tables too."""
        if isinstance(parts, self.tensor):
            yield parts
        elif isinstance(parts, list | tuple):
            for part in parts:
                yield from self.tensors(part)
        elif isinstance(parts, Mapping):
            yield from self.tensors(list(parts.values()))

    def follow(self, called: Called) -> None:
        """Note what a call made of the network's tensors, if it made any. Raises `SpecError` for an unknown one."""
        reads = any(self.knows(tensor) for tensor in self.tensors([called.given, called.named]))
        results = list(self.tensors(called.result))
        if not reads or not results:
            return
        if called.name not in self.functions:
            raise refused(f"the function {called.name}")
        made = self.functions[called.name](self, called)
        values = [made] if isinstance(made, Value) else list(made)
        for tensor, value in zip(results, values, strict=False):
            self.keep(tensor, value)

    def shape(self, tensor: Any) -> tuple[int, ...]:
        """Return a tensor's shape without the batch. Raises `SpecError` where the batch is not its first axis."""
        shape = tuple(int(size) for size in tensor.shape)
        if not shape or shape[0] != self.samples:
            raise refused(f"an array of shape {list(shape)}, whose first axis is not the batch of {self.samples}")
        return shape[1:]
