"""Each backend against the suite that any other distribution's backend can be held against."""

import pytest

from gan_core.contract.backend import Backend
from gan_core.testing import PARTS, check_backend

# TensorFlow compiles two programs a layer; these gradients are also asked one by one, of more cases, in `test_layers`
LONG = ("gradients of layers",)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", [pytest.param(one, marks=pytest.mark.slow) if one in LONG else one for one in PARTS])
def test_the_backend_keeps_every_promise_of_the_contract(backend64: Backend, part: str) -> None:
    assert check_backend(backend64, [part]) == []
