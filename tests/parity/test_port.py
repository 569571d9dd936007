"""A user's own modules read back as networks: the same numbers, the settings, and refusals by name."""

import importlib
import os
from collections.abc import Iterator

import numpy as np
import pytest

import gan_core
from gan_core.contract.backend import Backend
from gan_core.contract.foreign_networks import ForeignNetwork
from gan_core.errors import SpecError, UsageError
from gan_core.porting.networks import backend_of, difference, read_input, read_with
from gan_core.porting.weight_files import load_weights
from gan_core.specs import layers as L
from port_cases import CASES, REFUSALS

LARGEST = 1e-12  # of values of about 1, in float64: a few roundings of sums of some hundred products


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name = metafunc.config.getoption("--backend") or os.environ.get("GAN_BACKEND") or "torch"
    for argument, table in (("case", CASES), ("refusal", REFUSALS)):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, list(table[name]()))


@pytest.fixture(autouse=True)
def in_float64(backend64: Backend) -> Iterator[None]:
    """Modules are made in float64."""
    framework = importlib.import_module(backend64.name)
    for dtype in ("float64", "float32"):
        if backend64.name == "keras":
            framework.config.set_floatx(dtype)
            framework.config.set_dtype_policy(dtype)
        else:
            framework.set_default_dtype(getattr(framework, dtype))
        if dtype == "float64":
            yield


def read(backend: Backend, case: str) -> ForeignNetwork:
    make, inputs = CASES[backend.name]()[case]
    return read_with(backend, make(), {name: read_input(text) for name, text in inputs.items()})


def with_numbers(foreign: ForeignNetwork) -> ForeignNetwork:
    """The same with no array at its usual start: running variances are 1 there, and biases 0."""
    random = np.random.default_rng(0)
    foreign.assign(
        {name: random.uniform(0.5, 1.5, np.shape(value)).astype("f8") if np.ndim(value) == 1 else value
         for name, value in foreign.read().items() if np.asarray(value).dtype.kind == "f"}
    )  # fmt: skip
    return foreign


def test_a_module_and_its_network_give_the_same(backend64: Backend, case: str):
    foreign = with_numbers(read(backend64, case))
    plan = foreign.plan("read")

    assert {array.name for array in foreign.arrays} == {*plan.weights, *plan.buffers}
    found = difference(backend64, plan, foreign)
    assert found.largest <= LARGEST * max(1, found.scale)
    assert found.scale > 1e-3


def test_arrays_go_back_as_they_came(backend64: Backend, case: str):
    foreign = with_numbers(read(backend64, case))
    before, values = foreign.read(), foreign.values()
    foreign.take({name: value * 2 for name, value in values.items()})
    foreign.take(values)

    for name, value in foreign.read().items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)


def test_what_has_no_counterpart_is_refused_by_name(backend64: Backend, refusal: str):
    make, inputs, words = REFUSALS[backend64.name]()[refusal]
    with pytest.raises(SpecError) as caught:
        read_with(backend64, make(), {name: read_input(text) for name, text in inputs.items()})

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_settings_of_a_batch_norm_are_read(backend64: Backend):
    layer = read(backend64, "batch-norm").network.layers[0]

    assert isinstance(layer, L.BatchNorm)
    rates = {"torch": (0.2, 0.8), "paddle": (0.2, 0.25), "keras": (0.2, 0.1)}  # 1 − momentum but in PyTorch
    assert (layer.running_update_rate, layer.epsilon) == pytest.approx(rates[backend64.name])
    assert layer.running_variance == ("unbiased" if backend64.name == "torch" else "biased")


def test_a_latent_image_of_one_pixel_is_a_latent(backend64: Backend):
    network = read(backend64, "latent-image").network

    (given,) = network.inputs.values()
    assert (given.kind, given.shape) == ("latent", (6,))
    assert network.layers[0] == L.Reshape(shape=(6, 1, 1))


def test_a_module_stays_as_it_was(backend64: Backend):
    make, inputs = CASES[backend64.name]()["dropout"]
    module = make()
    before = getattr(module, "training", None)
    read_with(backend64, module, {name: read_input(text) for name, text in inputs.items()})

    assert getattr(module, "training", None) == before


def test_the_framework_is_told_by_the_module(backend64: Backend):
    make, inputs = CASES[backend64.name]()["dense"]

    assert backend_of(make()) == backend64.name
    assert gan_core.network_from(make(), {name: int(text) for name, text in inputs.items()}).network.layers


def test_an_input_too_few_is_said_with_the_names(backend64: Backend):
    make, inputs = CASES[backend64.name]()["conditional"]
    first = next(iter(inputs), "0")
    with pytest.raises(SpecError, match="reads 2 inputs"):
        read_with(backend64, make(), {first: read_input("6")})


def test_an_object_of_no_framework_is_refused(backend64: Backend):
    with pytest.raises(UsageError, match=r"expected a .* network"):
        read_with(backend64, 3, {})
    with pytest.raises(UsageError, match="no network of a known framework"):
        backend_of(3)
    with pytest.raises(UsageError, match="is a class: expected an instance"):
        backend_of(backend64.module_type)


def test_a_spectral_norm_goes_on_with_its_vectors(backend64: Backend, tmp_path):
    """Which PyTorch alone has as a wrapper of layers: of the old kind, and of the new."""
    if backend64.name != "torch":
        pytest.skip("a wrapper of PyTorch's")
    torch = importlib.import_module("torch")
    nn = torch.nn
    for wrap in (nn.utils.spectral_norm, nn.utils.parametrizations.spectral_norm):
        module = nn.Sequential(
            wrap(nn.Conv2d(2, 4, 3)), wrap(nn.ConvTranspose2d(4, 3, 4, 2, 1)), nn.Flatten(), wrap(nn.Linear(432, 5))
        )
        with torch.no_grad():
            for _ in range(500):  # until its vectors have converged
                module(torch.zeros(1, 2, 8, 8))
        foreign = read_with(backend64, module, {"0": read_input("data:2,8,8")})
        found = difference(backend64, foreign.plan("read"), foreign)

        assert found.largest <= 1e-9 * found.scale  # as far as 500 steps of power iteration came
        assert [getattr(layer, "spectral_norm", None) for layer in foreign.network.layers] == [True, True, None, True]
        assert any("converged" in remark for remark in foreign.remarks)

        torch.save(module.state_dict(), tmp_path / "module.pth")
        foreign.assign({name: value * 0.5 for name, value in foreign.read().items()})
        load_weights(
            backend64, foreign.plan("read"), foreign, tmp_path / "module.pth", None, match=None, renamed={}, tell=print
        )
        assert difference(backend64, foreign.plan("read"), foreign).largest <= 1e-9 * found.scale
