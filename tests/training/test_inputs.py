"""The inputs of updates go into one dictionary and come back as they were."""

import numpy as np
import pytest

from gan_core.training.inputs import UpdateInputs, flattened, nested

KEY = np.array([3, 4])
UPDATES = {
    "plain": UpdateInputs(draws={"real": np.zeros(2)}, mask_key=KEY, settings={"learning_rate": 0.1}),
    "no mask": UpdateInputs(draws={"real": np.zeros(2)}, mask_key=None, settings={"learning_rate": 0.1}),
    "nothing drawn": UpdateInputs(draws={}, mask_key=None, settings={}),
    "names of members": UpdateInputs(
        draws={"mask_key": 1.0, "settings/learning_rate": 2.0, "settings": 3.0, "a/b/c": 4.0},
        mask_key=KEY,
        settings={"draws/real": 5.0, "0/draws/real": 6.0},
    ),
}


@pytest.mark.parametrize("name", UPDATES)
def test_inputs_come_back_as_they_were(name: str) -> None:
    """Whatever a user calls a draw or a setting, beside the inputs of other updates."""
    others = [UPDATES["plain"], UPDATES["nothing drawn"]]

    assert nested(flattened([others[0], UPDATES[name], others[1]]), 3) == [others[0], UPDATES[name], others[1]]


def test_arrays_and_numbers_keep_their_order() -> None:
    """Draws, mask key, settings, an update after the other: the order in which a compiled function reads them."""
    values = list(flattened([UPDATES["names of members"], UPDATES["plain"]]).values())

    assert values[:4] == [1.0, 2.0, 3.0, 4.0]
    assert values[4] is KEY
    assert values[5:7] == [5.0, 6.0]
    assert values[8] is KEY
    assert values[9] == 0.1
