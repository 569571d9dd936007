"""Named experiments. Each preset is a function that returns one, with its paper and what is odd in its settings.

A preset's parameters are set like any other key:

- ``width`` scales the channel counts of convolutions: ``--set width=0.25``;
- ``length`` is that of sounds, in values;
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
from typing import Any, Literal

import msgspec

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.presets import (
    autoencoding,
    classes,
    convolutional,
    few_images,
    images,
    inference,
    keras_examples,
    many_outputs,
    mlp,
    paired,
    published_losses,
    remedies,
    residual,
    restoring,
    script_convolutions,
    semi_supervised,
    sounds,
    tables,
    translation,
    two_ways,
)
from gan_core.specs.registry import Registry

LARGEST_PARAMETER = 1e9
Group = Literal[
    "unconditional",
    "conditional",
    "translation",
    "inference",
    "autoencoding",
    "mode-collapse",
    "semi-supervised",
    "tables",
]


@dataclass(frozen=True)
class Preset:
    """A named experiment and where it comes from.

    paper: the first author and the year of its paper. group: what it is for, in a word. stands_for: the tutorial, the
    repository or the part of the paper whose settings it has.
    """

    make: Callable[..., Experiment]
    _: KW_ONLY
    paper: str = ""
    group: str = ""
    stands_for: str = ""

    @property
    def origin(self) -> dict[str, str]:
        """What is known of where it comes from, by what that is."""
        facts = {"group": self.group, "stands for": self.stands_for, "paper": self.paper}
        return {key: fact for key, fact in facts.items() if fact}

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


def _add(name: str, make: Callable[..., Experiment], paper: str, group: Group, stands_for: str) -> None:
    PRESETS.add(name, Preset(make, paper=paper, group=group, stands_for=stands_for))


_add("digits-mlp", mlp.digits_mlp, "Goodfellow 2014", "unconditional", "this library's smallest")
_add("mnist-mlp", mlp.mnist_mlp, "Goodfellow 2014", "unconditional", "a tutorial in PyTorch and Paddle (2025)")
_add("mnist-wgan", mlp.mnist_wgan, "Arjovsky 2017", "unconditional", "the paper's algorithm 1")
_add("mnist-wgan-gp", mlp.mnist_wgan_gp, "Gulrajani 2017", "unconditional", "the paper's algorithm 1")
_add("mixture-8", mlp.mixture_8, "Goodfellow 2014", "mode-collapse", "a tutorial on mode collapse")
_add("mnist-maxout", mlp.mnist_maxout, "Goodfellow 2014", "unconditional", "the authors' code of 2014")
_add("mnist-cgan", mlp.mnist_cgan, "Mirza 2014", "conditional", "the paper, with an embedding as tutorials have it")
_add("mnist-r1", mlp.mnist_r1, "Mescheder 2018", "unconditional", "the paper's penalty on the networks of mnist-mlp")
_add("mnist-dragan", mlp.mnist_dragan, "Kodali 2017", "unconditional", "the authors' penalty on mnist-mlp")
_add(
    "mnist-relativistic",
    mlp.mnist_relativistic,
    "Jolicoeur-Martineau 2018",
    "unconditional",
    "the paper's loss on the networks of mnist-mlp",
)
_add(
    "mnist-dcgan", convolutional.mnist_dcgan, "Radford 2016", "unconditional", "an overview of image generation (2025)"
)
_add(
    "mnist-wgan-gp-conv",
    convolutional.mnist_wgan_gp_conv,
    "Gulrajani 2017",
    "unconditional",
    "the paper, to go beside mnist-cond-wgan-gp",
)
_add(
    "mnist-cond-wgan-gp",
    convolutional.mnist_cond_wgan_gp,
    "Gulrajani 2017, Mirza 2014",
    "conditional",
    "day 41 of a course in PyTorch (2025)",
)
_add("mnist-sngan", convolutional.mnist_sngan, "Miyato 2018", "unconditional", "the paper's method on a small DCGAN")
_add("dcgan-64", images.dcgan_64, "Radford 2016", "unconditional", "the paper's networks")
_add("frog-dcgan", images.frog_dcgan, "Chollet 2017", "unconditional", "Deep Learning with Python, section 8.5")
_add("anime-dcgan-96", images.anime_dcgan_96, "Radford 2016", "unconditional", "a tutorial in PyTorch on anime faces")
_add(
    "diffaugment-dcgan", few_images.diffaugment_dcgan, "Zhao 2020", "unconditional", "the paper's policies on dcgan-64"
)
_add("gan-ada", few_images.gan_ada, "Karras 2020", "unconditional", "the paper's rule on small networks")
_add("cyclegan", translation.cyclegan, "Zhu 2017", "translation", "the authors' pytorch-CycleGAN-and-pix2pix")
_add("cyclegan-colour", translation.cyclegan_colour, "Zhu 2017", "translation", "the authors' networks, to colour")
_add("began", autoencoding.began, "Berthelot 2017", "autoencoding", "the paper's networks for 32×32")
_add("ebgan", autoencoding.ebgan, "Zhao 2017", "autoencoding", "the paper, with dense layers")
_add(
    "minibatch-discrimination",
    remedies.minibatch_discrimination,
    "Salimans 2016",
    "mode-collapse",
    "day 41 of a course in PyTorch (2025)",
)
_add("pacgan", remedies.pacgan, "Lin 2018", "mode-collapse", "the paper, on the networks of mixture-8")
_add("mnist-pacgan", remedies.mnist_pacgan, "Lin 2018", "mode-collapse", "the paper, on the networks of mnist-mlp")
_add("unrolled", remedies.unrolled, "Metz 2017", "mode-collapse", "the paper, on mixture-8")
_add("mnist-unrolled", remedies.mnist_unrolled, "Metz 2017", "mode-collapse", "the paper, on the networks of mnist-mlp")
_add("multi-generator", remedies.multi_generator, "Ghosh 2018", "mode-collapse", "the paper, on mixture-8")
_add(
    "mnist-multi-generator",
    remedies.mnist_multi_generator,
    "Ghosh 2018",
    "mode-collapse",
    "the paper, on the networks of mnist-mlp",
)
_add("mnist-lsgan", script_convolutions.mnist_lsgan, "Mao 2017", "unconditional", "PyTorch-GAN, lsgan.py")
_add("mnist-began", script_convolutions.mnist_began, "Berthelot 2017", "autoencoding", "PyTorch-GAN, began.py")
_add("mnist-bgan", published_losses.mnist_bgan, "Hjelm 2018", "unconditional", "PyTorch-GAN, bgan.py")
_add(
    "mnist-softmax-gan", published_losses.mnist_softmax_gan, "Lin 2017", "unconditional", "PyTorch-GAN, softmax_gan.py"
)
_add("mnist-wgan-div", published_losses.mnist_wgan_div, "Wu 2018", "unconditional", "PyTorch-GAN, wgan_div.py")
_add(
    "keras-dcgan", keras_examples.keras_dcgan, "Radford 2016", "unconditional", "keras.io, dcgan_overriding_train_step"
)
_add("keras-wgan-gp", keras_examples.keras_wgan_gp, "Gulrajani 2017", "unconditional", "keras.io, wgan_gp")
_add(
    "keras-conditional-gan",
    keras_examples.keras_conditional_gan,
    "Mirza 2014",
    "conditional",
    "keras.io, conditional_gan",
)
_add("cogan", script_convolutions.cogan, "Liu 2016", "unconditional", "PyTorch-GAN, cogan.py; the paper's task B")
_add("discogan", two_ways.discogan, "Kim 2017", "translation", "the authors' networks, the paper's losses")
_add("dualgan", two_ways.dualgan, "Yi 2017", "translation", "PyTorch-GAN, dualgan.py")
_add("mnist-acgan", classes.mnist_acgan, "Odena 2017", "conditional", "PyTorch-GAN, acgan.py")
_add("mnist-infogan", classes.mnist_infogan, "Chen 2016", "conditional", "the authors' code (openai/InfoGAN)")
_add(
    "mnist-infogan-script",
    classes.mnist_infogan_script,
    "Chen 2016",
    "conditional",
    "PyTorch-GAN, infogan.py",
)
_add(
    "mnist-semi-supervised",
    semi_supervised.mnist_semi_supervised,
    "Salimans 2016",
    "semi-supervised",
    "the authors' code (openai/improved-gan)",
)
_add(
    "cifar-sngan-resnet",
    residual.cifar_sngan_resnet,
    "Miyato 2018",
    "unconditional",
    "the authors' code (pfnet-research/sngan_projection)",
)
_add(
    "cifar-projection",
    residual.cifar_projection,
    "Miyato 2018",
    "conditional",
    "the authors' code (pfnet-research/sngan_projection)",
)
_add("cifar-sagan", residual.cifar_sagan, "Zhang 2019", "conditional", "the paper, at 32×32")
_add("mnist-bigan", inference.mnist_bigan, "Donahue 2017", "inference", "the authors' code (jeffdonahue/bigan)")
_add("pix2pix", paired.pix2pix, "Isola 2017", "translation", "the authors' code (phillipi/pix2pix)")
_add("pix2pix-colour", paired.pix2pix_colour, "Isola 2017", "translation", "the authors' networks, to colour")
_add("context-encoder", restoring.context_encoder, "Pathak 2016", "translation", "pathak22/context-encoder")
_add("srgan", restoring.srgan, "Ledig 2017", "translation", "the paper's networks, with a pixel loss")
_add("bicyclegan", many_outputs.bicyclegan, "Zhu 2017", "translation", "the authors' code (junyanz/BicycleGAN)")
_add("stargan", many_outputs.stargan, "Choi 2018", "translation", "the authors' code (yunjey/stargan)")
_add("wavegan", sounds.wavegan, "Donahue 2019", "unconditional", "the authors' code (chrisdonahue/wavegan)")
_add("ctgan", tables.ctgan, "Xu 2019", "tables", "the paper's networks and sizes")
_add("aae", inference.aae, "Makhzani 2015", "inference", "PyTorch-GAN, aae.py")


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


def check_parameters(name: str, keys: Iterable[str]) -> None:
    """Raise `SpecError` for a change of a preset that is neither a field of an experiment nor a parameter of it."""
    for key in keys:
        if "." not in key and key not in Experiment.__struct_fields__:
            near = nearest(key, (*PRESETS[name].parameters, *Experiment.__struct_fields__))
            meant = near if "did you mean" in near else ""  # the list of all follows
            raise SpecError(f"preset '{name}' has no parameter '{key}'{meant}; it {_takes(name)}")


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
    what = "sounds" if made.data.sample_kind == "sound" else "images"
    return msgspec.structs.replace(made, summary=f"{made.summary.partition(' on ')[0]} on the {what} in {folder}")
