"""Each backend against the suite that any other distribution's backend can be held against."""

import pytest

from gan_core.contract.backend import Backend
from gan_core.testing import PARTS, check_backend


@pytest.mark.timeout(1800)  # TensorFlow compiles two programs a layer
@pytest.mark.parametrize("part", PARTS)
def test_the_backend_keeps_every_promise_of_the_contract(backend64: Backend, part: str) -> None:
    assert check_backend(backend64, [part]) == []
