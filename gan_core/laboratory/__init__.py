"""The mode-collapse laboratory: models × numbers of modes × seeds, counted alike, beside the published figures."""

from gan_core.laboratory.model_parts import Setting
from gan_core.laboratory.models import MODELS, model_experiment
from gan_core.laboratory.protocols import PROTOCOLS, Protocol
from gan_core.laboratory.runner import Laboratory, run_laboratory
from gan_core.laboratory.trial import Trial

__all__ = [
    "MODELS",
    "PROTOCOLS",
    "Laboratory",
    "Protocol",
    "Setting",
    "Trial",
    "model_experiment",
    "run_laboratory",
]
