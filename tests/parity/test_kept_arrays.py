"""Arrays that stay on the device, read for a checkpoint: in any order of axes, and in memory of their own."""

import importlib
from typing import Any

import numpy as np
import pytest

from gan_core.contract.backend import Backend


@pytest.fixture
def arrays(backend64: Backend) -> Any:
    return importlib.import_module(f"gan_backends.{backend64.name}.kept_arrays").KeptArrays(backend64.ops)


@pytest.mark.parametrize("axes", [(), (0,), (0, 1), (1, 0), (3, 2, 0, 1)])
def test_read_turns_the_axes_and_lies_row_by_row(arrays: Any, axes: tuple[int, ...]) -> None:
    value = np.random.default_rng(0).normal(0, 1, (2, 3, 4, 5)[: len(axes)])
    found = arrays.read(arrays.create(value), axes)
    np.testing.assert_array_equal(found, np.transpose(value, axes))
    assert found.shape == np.transpose(value, axes).shape
    assert found.flags.c_contiguous


def test_what_was_read_stays_when_the_array_moves_on(arrays: Any, backend64: Backend) -> None:
    kept = arrays.create(np.zeros((2, 3)))
    before = arrays.read(kept, (0, 1))
    arrays.assign(kept, backend64.ops.constant(np.ones((2, 3))))
    np.testing.assert_array_equal(before, np.zeros((2, 3)))
