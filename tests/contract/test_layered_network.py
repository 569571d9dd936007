"""The half of a network that backends share: which layers are translated, and the way between layouts."""

import numpy as np
import pytest

from gan_core.contract.layered_network import back, built_layer
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.testing.numpy_ops import NUMPY
from gan_core.testing.subjects import of_layers


class _SmallerReLU(L.ReLU, frozen=True, kw_only=True):
    """What a user may derive from a layer that has a translation."""


def translated(*_: object) -> str:
    return "translated"


def composed(*_: object) -> str:
    return "composed"


def normalised(native: str, *_: object) -> str:
    return f"normalised {native}"


TRANSLATIONS = {L.ReLU: translated, L.Dense: translated}


def built(layer: L.Layer) -> str:
    (node,) = plan_network("net", of_layers(layer, shape=(3,))).nodes
    return built_layer(node, NUMPY, "net", TRANSLATIONS, composed, normalised)


@pytest.mark.parametrize(
    ("layer", "way"),
    [
        (L.ReLU(), "translated"),
        (L.Maxout(pieces=3), "composed"),
        (_SmallerReLU(), "composed"),
        (L.Dense(units=2), "translated"),
        (L.Dense(units=2, spectral_norm=True), "normalised translated"),
    ],
)
def test_a_layer_of_a_registered_type_is_translated_and_any_other_composed(layer, way):
    """A subclass may mean something else than its base."""
    assert built(layer) == way


@pytest.mark.parametrize("axes", [(0,), (1, 0), (2, 3, 1, 0), (0, 2, 1)])
def test_back_undoes_an_order_of_axes(axes):
    array = np.arange(120.0).reshape({1: (120,), 2: (10, 12), 3: (4, 5, 6), 4: (2, 3, 4, 5)}[len(axes)])

    assert np.array_equal(np.transpose(np.transpose(array, axes), back(axes)), array)
