"""Named experiments. Each preset is a function that returns one, with its paper and what is odd in its settings.

A preset's parameters (``width``, say) are set like any other key: ``--set width=0.25``.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.experiment import Experiment
from gan_core.presets import autoencoding, convolutional, images, mlp, remedies, translation


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A named experiment and where it comes from."""

    make: Callable[..., Experiment]
    paper: str

    @property
    def parameters(self) -> set[str]:
        """The names that `make` takes."""
        return set(inspect.signature(self.make).parameters)


PRESETS: dict[str, Preset] = {
    "digits-mlp": Preset(make=mlp.digits_mlp, paper="Goodfellow 2014"),
    "mnist-mlp": Preset(make=mlp.mnist_mlp, paper="Goodfellow 2014"),
    "mnist-wgan": Preset(make=mlp.mnist_wgan, paper="Arjovsky 2017"),
    "mnist-wgan-gp": Preset(make=mlp.mnist_wgan_gp, paper="Gulrajani 2017"),
    "mixture-8": Preset(make=mlp.mixture_8, paper="Goodfellow 2014"),
    "mnist-maxout": Preset(make=mlp.mnist_maxout, paper="Goodfellow 2014"),
    "mnist-cgan": Preset(make=mlp.mnist_cgan, paper="Mirza 2014"),
    "mnist-r1": Preset(make=mlp.mnist_r1, paper="Mescheder 2018"),
    "mnist-dragan": Preset(make=mlp.mnist_dragan, paper="Kodali 2017"),
    "mnist-relativistic": Preset(make=mlp.mnist_relativistic, paper="Jolicoeur-Martineau 2018"),
    "mnist-dcgan": Preset(make=convolutional.mnist_dcgan, paper="Radford 2016"),
    "mnist-wgan-gp-conv": Preset(make=convolutional.mnist_wgan_gp_conv, paper="Gulrajani 2017"),
    "mnist-cond-wgan-gp": Preset(make=convolutional.mnist_cond_wgan_gp, paper="Gulrajani 2017, Mirza 2014"),
    "mnist-sngan": Preset(make=convolutional.mnist_sngan, paper="Miyato 2018"),
    "dcgan-64": Preset(make=images.dcgan_64, paper="Radford 2016"),
    "frog-dcgan": Preset(make=images.frog_dcgan, paper="Chollet 2017"),
    "anime-dcgan-96": Preset(make=images.anime_dcgan_96, paper="Radford 2016"),
    "cyclegan": Preset(make=translation.cyclegan, paper="Zhu 2017"),
    "cyclegan-colour": Preset(make=translation.cyclegan_colour, paper="Zhu 2017"),
    "began": Preset(make=autoencoding.began, paper="Berthelot 2017"),
    "ebgan": Preset(make=autoencoding.ebgan, paper="Zhao 2017"),
    "minibatch-discrimination": Preset(make=remedies.minibatch_discrimination, paper="Salimans 2016"),
    "pacgan": Preset(make=remedies.pacgan, paper="Lin 2018"),
    "mnist-pacgan": Preset(make=remedies.mnist_pacgan, paper="Lin 2018"),
    "unrolled": Preset(make=remedies.unrolled, paper="Metz 2017"),
    "mnist-unrolled": Preset(make=remedies.mnist_unrolled, paper="Metz 2017"),
    "multi-generator": Preset(make=remedies.multi_generator, paper="Ghosh 2018"),
    "mnist-multi-generator": Preset(make=remedies.mnist_multi_generator, paper="Ghosh 2018"),
}


def preset(name: str, **parameters: Any) -> Experiment:
    """Return the experiment of a preset, made with parameters.

    Raises `UsageError` with the nearest name for an unknown one, and for a parameter of the wrong kind.
    """
    if name not in PRESETS:
        raise UsageError(f"unknown preset '{name[:100]}'{nearest(name[:100], PRESETS)}; `gan list` shows all")
    entry = PRESETS[name]
    _check_parameters(name, entry, parameters)
    try:
        return entry.make(**parameters)
    except SpecError as error:
        shown = ", ".join(f"{key}={value}" for key, value in parameters.items())
        raise SpecError(f"preset '{name}' with {shown}: {error}" if shown else str(error)) from None


def _check_parameters(name: str, entry: Preset, parameters: Mapping[str, Any]) -> None:
    for key, value in parameters.items():
        if key not in entry.parameters:
            raise UsageError(f"preset '{name}' has no parameter '{key}'{nearest(key, entry.parameters)}")
        default = inspect.signature(entry.make).parameters[key].default
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise UsageError(f"preset '{name}': {key} {value!r} is not a positive number")
        if isinstance(default, int) and not isinstance(value, int):
            raise UsageError(f"preset '{name}': {key} {value!r} is not a whole number")
