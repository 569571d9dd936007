"""The models that the laboratory compares, by name: each a small function from a setting to an experiment."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import msgspec

from gan_core.experiments.experiment import Experiment
from gan_core.laboratory import averaged_models as averaged
from gan_core.laboratory import published_models as published
from gan_core.laboratory.model_parts import Setting
from gan_core.specs.registry import Registry


@dataclass(frozen=True)
class Model:
    """A model of the laboratory and where it comes from."""

    make: Callable[[Setting], Experiment]
    _: KW_ONLY
    paper: str = ""


MODELS: Registry[Model] = Registry("model", Model)
"""The models by their names, in the order of tables; one of a user's joins by ``@MODELS.register("name")``."""

MODELS.add("gan", Model(make=published.gan, paper="Goodfellow 2014"))
MODELS.add("wgan-gp", Model(make=published.wgan_gp, paper="Gulrajani 2017"))
MODELS.add("wgan-gp-weak", Model(make=published.wgan_gp_weak, paper="Gulrajani 2017"))
MODELS.add("conditional-wgan-gp", Model(make=published.conditional_wgan_gp, paper="Mirza 2014, Gulrajani 2017"))
MODELS.add(
    "conditional-wgan-gp-weak", Model(make=published.conditional_wgan_gp_weak, paper="Mirza 2014, Gulrajani 2017")
)
MODELS.add("minibatch-discrimination", Model(make=published.minibatch_discrimination, paper="Salimans 2016"))
MODELS.add("unrolled", Model(make=published.unrolled, paper="Metz 2017"))
MODELS.add("pacgan2", Model(make=published.pacgan2, paper="Lin 2018"))
MODELS.add("pacgan4", Model(make=published.pacgan4, paper="Lin 2018"))
MODELS.add("multi-generator", Model(make=published.multi_generator, paper="Ghosh 2018"))
MODELS.add("began", Model(make=published.began, paper="Berthelot 2017"))
MODELS.add("ebgan", Model(make=published.ebgan, paper="Zhao 2017"))
MODELS.add("r1", Model(make=published.r1, paper="Mescheder 2018"))
MODELS.add("dragan", Model(make=published.dragan, paper="Kodali 2017"))
MODELS.add("sngan", Model(make=published.sngan, paper="Miyato 2018"))
MODELS.add("r1-average", Model(make=averaged.r1_average, paper="Mescheder 2018, Yazıcı 2019"))
MODELS.add("bits-r1-average", Model(make=averaged.bits_r1_average, paper="Mescheder 2018, Gurumurthy 2017"))
MODELS.add("sharp-r1-average", Model(make=averaged.sharp_r1_average, paper="Mescheder 2018, Tancik 2020, He 2015"))
MODELS.add("conditional-r1-average", Model(make=averaged.conditional_r1_average, paper="Mirza 2014, Mescheder 2018"))
MODELS.add(
    "conditional-sharp-wgan-gp",
    Model(make=averaged.conditional_sharp_wgan_gp, paper="Mirza 2014, Gulrajani 2017, Tancik 2020"),
)


def model_experiment(name: str, setting: Setting, seed: int = 0) -> Experiment:
    """Return a model's experiment. Raises `UsageError` with the nearest name for an unknown model."""
    made = MODELS.find(name).make(setting)
    return msgspec.structs.replace(made, training=msgspec.structs.replace(made.training, seed=seed))
