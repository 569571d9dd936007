"""Named experiments. Each preset is a function that returns one, with its paper and what is odd in its settings.

A preset's parameters are set like any other key:

- ``width`` scales the channel counts of convolutions: ``--set width=0.25``;
- ``channels`` (1 for grey, 3 for colour) and ``size`` (pixels a side) are those of the images, data and networks alike;
- ``folder`` puts a folder of a user's own images in place of the preset's data: ``--set folder=cats --set channels=3``;
- ``classes`` are those of a conditional preset, whose folder holds a folder for each class:
  ``--set folder=letters --set classes=26``;
- others are a preset's own, a number or one of a few words, as ``start`` of `mnist-dcgan`.
"""

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any

import msgspec

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.presets import autoencoding, convolutional, images, mlp, remedies, translation
from gan_core.specs.registry import Registry

LARGEST_PARAMETER = 1e9


@dataclass(frozen=True)
class Preset:
    """A named experiment and where it comes from."""

    make: Callable[..., Experiment]
    _: KW_ONLY
    paper: str = ""

    @property
    def parameters(self) -> set[str]:
        """The names that `make` takes."""
        return set(self.signature)

    @property
    def signature(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of `make`, by name, with their defaults and annotations."""
        return inspect.signature(self.make, eval_str=True).parameters


PRESETS: Registry[Preset] = Registry("preset", Preset)
"""The presets by their names; one of a user's joins as `@PRESETS.register("name")` above a function that makes it."""

PRESETS.add("digits-mlp", Preset(mlp.digits_mlp, paper="Goodfellow 2014"))
PRESETS.add("mnist-mlp", Preset(mlp.mnist_mlp, paper="Goodfellow 2014"))
PRESETS.add("mnist-wgan", Preset(mlp.mnist_wgan, paper="Arjovsky 2017"))
PRESETS.add("mnist-wgan-gp", Preset(mlp.mnist_wgan_gp, paper="Gulrajani 2017"))
PRESETS.add("mixture-8", Preset(mlp.mixture_8, paper="Goodfellow 2014"))
PRESETS.add("mnist-maxout", Preset(mlp.mnist_maxout, paper="Goodfellow 2014"))
PRESETS.add("mnist-cgan", Preset(mlp.mnist_cgan, paper="Mirza 2014"))
PRESETS.add("mnist-r1", Preset(mlp.mnist_r1, paper="Mescheder 2018"))
PRESETS.add("mnist-dragan", Preset(mlp.mnist_dragan, paper="Kodali 2017"))
PRESETS.add("mnist-relativistic", Preset(mlp.mnist_relativistic, paper="Jolicoeur-Martineau 2018"))
PRESETS.add("mnist-dcgan", Preset(convolutional.mnist_dcgan, paper="Radford 2016"))
PRESETS.add("mnist-wgan-gp-conv", Preset(convolutional.mnist_wgan_gp_conv, paper="Gulrajani 2017"))
PRESETS.add("mnist-cond-wgan-gp", Preset(convolutional.mnist_cond_wgan_gp, paper="Gulrajani 2017, Mirza 2014"))
PRESETS.add("mnist-sngan", Preset(convolutional.mnist_sngan, paper="Miyato 2018"))
PRESETS.add("dcgan-64", Preset(images.dcgan_64, paper="Radford 2016"))
PRESETS.add("frog-dcgan", Preset(images.frog_dcgan, paper="Chollet 2017"))
PRESETS.add("anime-dcgan-96", Preset(images.anime_dcgan_96, paper="Radford 2016"))
PRESETS.add("cyclegan", Preset(translation.cyclegan, paper="Zhu 2017"))
PRESETS.add("cyclegan-colour", Preset(translation.cyclegan_colour, paper="Zhu 2017"))
PRESETS.add("began", Preset(autoencoding.began, paper="Berthelot 2017"))
PRESETS.add("ebgan", Preset(autoencoding.ebgan, paper="Zhao 2017"))
PRESETS.add("minibatch-discrimination", Preset(remedies.minibatch_discrimination, paper="Salimans 2016"))
PRESETS.add("pacgan", Preset(remedies.pacgan, paper="Lin 2018"))
PRESETS.add("mnist-pacgan", Preset(remedies.mnist_pacgan, paper="Lin 2018"))
PRESETS.add("unrolled", Preset(remedies.unrolled, paper="Metz 2017"))
PRESETS.add("mnist-unrolled", Preset(remedies.mnist_unrolled, paper="Metz 2017"))
PRESETS.add("multi-generator", Preset(remedies.multi_generator, paper="Ghosh 2018"))
PRESETS.add("mnist-multi-generator", Preset(remedies.mnist_multi_generator, paper="Ghosh 2018"))


def preset(name: str, **parameters: Any) -> Experiment:
    """Return the experiment of a preset, made with parameters.

    Raises `UsageError` with the nearest name for an unknown one, and for a parameter of the wrong kind.
    """
    if name not in PRESETS:
        raise UsageError(f"{PRESETS.unknown(name)}; `gan list` shows all")
    entry = PRESETS[name]
    checked = {key: _checked(name, entry, key, value) for key, value in parameters.items()}
    try:
        made = entry.make(**checked)
    except SpecError as error:
        shown = ", ".join(f"{key}={value}" for key, value in parameters.items())
        raise SpecError(f"preset '{name}' with {shown}: {error}" if shown else str(error)) from None
    return _on_folder(made, checked["folder"]) if "folder" in checked else made


def parameters_hint(name: str, keys: Iterable[str]) -> str:
    """Return what to add to an error about a preset's changes: its parameters, if a key may be meant for one."""
    strange = {key for key in keys if "." not in key} - {*Experiment.__struct_fields__}
    return f"; preset '{name}' {_takes(name)}" if strange else ""


def _takes(name: str) -> str:
    """A preset's parameters with their defaults, in words."""
    shown = ", ".join(f"{key}={_choices(one) or one.default}" for key, one in PRESETS[name].signature.items())
    return f"takes {shown}" if shown else "takes no parameters"


def _choices(parameter: inspect.Parameter) -> str:
    """What a parameter may be, in words; "" for a number."""
    if words := _words(parameter):
        return "|".join(words)
    return str(parameter.default or "FOLDER") if isinstance(parameter.default, str) else ""


def _words(parameter: inspect.Parameter) -> tuple[str, ...]:
    """The words that a parameter may be, the default first; () for one that is a number or a folder."""
    if typing.get_origin(parameter.annotation) is not typing.Literal:
        return ()
    words = typing.get_args(parameter.annotation)
    return (parameter.default, *(word for word in words if word != parameter.default))


def _checked(name: str, entry: Preset, key: str, value: Any) -> Any:
    if key not in entry.parameters:
        raise UsageError(f"preset '{name}' has no parameter '{key}'; it {_takes(name)}")
    default = entry.signature[key].default
    if words := _words(entry.signature[key]):
        if value not in words:
            raise UsageError(f"preset '{name}': {key} {value!r} is none of its words{nearest(str(value), words)}")
        return value
    if isinstance(default, str):
        if isinstance(value, bool | float) or not str(value):
            raise UsageError(f"preset '{name}': {key} {value!r} is no folder's name")
        return str(value)  # a folder may be called 2024
    if value == default and not isinstance(value, bool):
        return value  # 0 stands for none where it is the default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < LARGEST_PARAMETER:
        raise UsageError(f"preset '{name}': {key} {value!r} is not a positive number")
    if isinstance(default, int) and not isinstance(value, int):
        raise UsageError(f"preset '{name}': {key} {value!r} is not a whole number")
    return value


def _on_folder(made: Experiment, folder: str) -> Experiment:
    """The experiment with a summary that names the folder in place of the preset's own data."""
    return msgspec.structs.replace(made, summary=f"{made.summary.partition(' on ')[0]} on the images in {folder}")
