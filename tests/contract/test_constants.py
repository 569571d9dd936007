"""Constants of formulas: brought over once for each unit, and never mistaken for one another."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gan_core.contract.constants import Constants
from gan_core.contract.eager_unit import EagerUnit
from gan_core.operations import tables


class Device:
    """Brings arrays to itself, and remembers how many."""

    def __init__(self) -> None:
        self.brought = 0
        self.constants = Constants(self.bring)

    def bring(self, value: np.ndarray) -> Any:
        self.brought += 1
        return value

    def unit(self, function: Callable[[Constants], Any]) -> EagerUnit:
        def run(_: Mapping[str, Any]) -> dict[str, Any]:
            return {"y": function(self.constants)}

        return EagerUnit(run, self.constants)


def test_a_unit_brings_a_constant_once() -> None:
    device = Device()
    unit = device.unit(lambda constants: constants(np.eye(3)))
    results = [unit({})["y"] for _ in range(3)]
    assert device.brought == 1
    assert all(result is results[0] for result in results)


def test_a_table_of_the_library_is_known_by_itself() -> None:
    device = Device()
    unit = device.unit(lambda constants: constants(tables.others(300)))  # too large to be compared
    unit({})
    unit({})
    assert device.brought == 1


def test_arrays_of_equal_bytes_and_other_shapes_are_other_constants() -> None:
    device = Device()
    unit = device.unit(lambda constants: [constants(np.zeros((2, 3))), constants(np.zeros((3, 2)))])
    assert [array.shape for array in unit({})["y"]] == [(2, 3), (3, 2)]


def test_a_constant_that_is_written_afterwards_stays_what_it_was() -> None:
    device, value = Device(), np.zeros(3)
    unit = device.unit(lambda constants: constants(value))
    first = unit({})["y"]
    value += 1
    assert first.tolist() == [0, 0, 0]
    assert unit({})["y"].tolist() == [1, 1, 1]


def test_numbers_that_are_new_at_each_run_are_not_collected() -> None:
    device, numbers = Device(), iter(range(1000))
    unit = device.unit(lambda constants: constants(np.asarray(float(next(numbers)))))
    assert [unit({})["y"] for _ in range(1000)] == list(range(1000))
    assert len(unit._kept) < 1000


def test_outside_a_unit_each_constant_is_a_new_array() -> None:
    device = Device()
    device.constants(np.eye(3))
    device.constants(np.eye(3))
    assert device.brought == 2


def test_inputs_are_brought_at_each_run() -> None:
    device = Device()
    unit = EagerUnit(lambda given: given, device.constants)  # type: ignore[arg-type]
    unit({"x": np.ones(2)})
    unit({"x": np.ones(2)})
    assert device.brought == 2
