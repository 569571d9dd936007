"""What the table of lessons says that a framework does by itself, the framework does."""

import inspect

import pytest

from gan_core.lessons.differences import all_rows

DEFAULTS = {row.name: row.defaults for row in all_rows() if row.defaults}


def own_defaults(name: str) -> dict[str, float]:
    """Return a framework's own defaults by the row that states them."""
    if name == "torch":
        import torch

        norm, layer_norm = torch.nn.BatchNorm2d(3), torch.nn.LayerNorm(3)
        adam, rms = inspect.signature(torch.optim.Adam), inspect.signature(torch.optim.RMSprop)
        found = (norm.momentum, norm.eps, layer_norm.eps, torch.nn.LeakyReLU().negative_slope)
        return named(*found, adam.parameters["eps"].default, rms.parameters["alpha"].default)
    if name == "paddle":
        import paddle

        norm, layer_norm = paddle.nn.BatchNorm2D(3), paddle.nn.LayerNorm(3)
        adam, rms = inspect.signature(paddle.optimizer.Adam), inspect.signature(paddle.optimizer.RMSProp)
        slope = inspect.signature(paddle.nn.LeakyReLU).parameters["negative_slope"].default
        found = (norm._momentum, norm._epsilon, layer_norm._epsilon, slope)
        return named(*found, adam.parameters["epsilon"].default, rms.parameters["rho"].default)
    import keras

    norm, layer_norm = keras.layers.BatchNormalization(), keras.layers.LayerNormalization()
    found = (norm.momentum, norm.epsilon, layer_norm.epsilon, keras.layers.LeakyReLU().negative_slope)
    return named(*found, keras.optimizers.Adam().epsilon, keras.optimizers.RMSprop().rho)


def named(momentum: float, epsilon: float, norm: float, slope: float, adam: float, decay: float) -> dict[str, float]:
    return {
        "batch-norm-momentum": momentum,
        "batch-norm-epsilon": epsilon,
        "norm-epsilon": norm,
        "leaky-relu-slope": slope,
        "adam-epsilon": adam,
        "rmsprop": decay,
    }


@pytest.mark.parametrize("row", DEFAULTS)
def test_the_defaults_of_the_table_are_the_frameworks(backend64, name: str, row: str) -> None:
    assert own_defaults(name)[row] == pytest.approx(DEFAULTS[row][name])
