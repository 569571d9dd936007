"""Every word that an experiment file or an option may hold, by kind, with what its docstring says."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gan_core.cli.field_types import FAMILIES, field_paths

if TYPE_CHECKING:  # a list of other words is to come without the experiments being read
    from gan_core.presets import Preset


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of an experiment file or an option.

    text: what the word is for, in a sentence or a page. spec: the spec whose word it is, or None. facts: further lines.
    """

    kind: str
    name: str
    text: str
    spec: type | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first sentence of the text."""
        first = " ".join(self.text.split("\n\n")[0].split())
        return re.split(r"(?<!\bal)(?<!\beq)\.\s", first)[0].rstrip(".")


def family_words(kind: str) -> list[Word]:
    """Return the members of an open family, with those that a user's modules have added."""
    module, name = FAMILIES[kind]
    variants: dict[str, type] = getattr(import_module(module), name).variants
    words = [Word(kind=kind, name=word, text=inspect.getdoc(of) or "", spec=of) for word, of in variants.items()]
    return [word for word in words if not word.text.startswith("Base of")]  # those are for users' classes


def preset_words() -> list[Word]:
    """Return the presets, without building the experiment of any."""
    from gan_core.presets import PRESETS

    return [_preset_word("presets", name, entry) for name, entry in PRESETS.items()]


def recipe_words() -> list[Word]:
    """Return the recipes, each with what it changes."""
    from gan_core.presets import RECIPES

    return [_preset_word("recipes", name, entry) for name, entry in RECIPES.items()]


def _preset_word(kind: str, name: str, entry: "Preset") -> Word:
    from gan_core.presets.reached import reached

    parameters = {"parameters": ", ".join(sorted(entry.parameters)) or "none of its own"}
    changes = {"changes": entry.changed} if entry.settings else {}
    found = reached().get(name)
    facts = entry.origin | parameters | changes | (found.facts if found else {})
    return Word(kind=kind, name=name, text=inspect.getdoc(entry.make) or "", facts=facts)


def loss_words() -> list[Word]:
    """Return the adversarial losses, both sides of each."""
    from gan_core.objectives.losses import LOSSES

    texts = {
        name: f"Discriminator: {_flat(loss.discriminator)}\n\nGenerator: {_flat(loss.generator)}"
        for name, loss in LOSSES.items()
    }
    return [Word(kind="losses", name=name, text=text) for name, text in texts.items()]


def metric_words() -> list[Word]:
    """Return the metrics, each with the words that mean it."""
    from gan_core import metrics
    from gan_core.evaluation.score_names import ALIASES
    from gan_core.evaluation.scores import METRICS

    functions = {
        "frechet": metrics.frechet_distance,
        "frechet-extrapolated": metrics.frechet_extrapolated,
        "frechet-to-reference": metrics.frechet_to_statistics,
        "memorisation": metrics.copied_share,
        "kernel": metrics.kernel_distance,
        "neighbours": metrics.neighbour_scores,
        "precision-recall-curve": metrics.precision_recall_curve,
        "two-sample": metrics.two_sample_test,
        "diversity": metrics.mean_pairwise_distance,
        "vendi": metrics.vendi_score,
        "ms-ssim": metrics.mean_similarity,
        "inception": metrics.inception_score,
        "classes": metrics.entropy_bits,
        "class-modes": metrics.class_coverage,
        "labels": metrics.label_agreement,
        "modes": metrics.mode_coverage,
        "path-length": metrics.perceptual_path_length,
    }
    words = []
    for name, metric in METRICS.items():
        aliases = ", ".join(alias for alias, metric_name in ALIASES.items() if metric_name == name)
        text = inspect.getdoc(functions.get(name, metric.work_out)) or ""
        facts = {"also called": aliases, "needs": ", ".join(metric.needs)}
        facts = {key: fact for key, fact in facts.items() if fact}
        words.append(Word(kind="metrics", name=name, text=text, facts=facts))
    return words


def field_words() -> list[Word]:
    """Return every key of an experiment file that does not depend on a word in it, by its path."""
    from gan_core.experiments.experiment import Experiment

    return [
        Word(
            kind="fields",
            name=path,
            text=inspect.getdoc(entry.owner) or "",
            facts={"type": entry.type, **({"default": entry.default} if entry.default else {})},
        )
        for path, entry in field_paths(Experiment, "")
    ]


def check_words() -> list[Word]:
    """Return the checks of an experiment, with whether a finding is refused and what the check reads."""
    from gan_core.experiments.checks import CHECKS

    return [
        Word(
            kind="checks",
            name=name,
            text=check.sentence,
            facts={
                "finding": "error" if check.error else "note",
                "reads": "the experiment and its data" if check.of_data else "the experiment",
            },
        )
        for name, check in CHECKS.items()
    ]


def feature_words() -> list[Word]:
    """Return the extractors that ``features`` names."""
    texts = {
        "auto": "The one that suits the data: the classifier for MNIST, coordinates for points, pixels for the digits.",
        "classifier": "A convolutional classifier of MNIST, trained once on a backend and kept; it knows classes.",
        "coordinates": "The points themselves.",
        "inception": "The network and the resize of published FID; its file of weights is found or downloaded.",
        "inception-clean": "The same network with the antialiased resize of clean-fid.",
        "inception-pytorch-fid": "The same network with the resize of pytorch-fid.",
        "pixels": "The values of the images; it sees no further than single ones.",
        "FILE.onnx": "Any extractor in an ONNX file, or its address with a checksum, https://.../FILE.onnx#sha256=HEX; "
        "FILE.onnx#resize=bicubic#size=224 states what its metadata do not.",
        "FILE.onnx#dinov2": "A DINOv2: its class token, with the resize, mean and deviation of Stein et al. 2023.",
    }
    return [Word(kind="features", name=name, text=text) for name, text in texts.items()]


def backend_words() -> list[Word]:
    """Return the backends, and whether their frameworks are installed."""
    from gan_core.cli.doctor import available

    return [
        Word(kind="backends", name=name, text="installed" if present else f"missing: pip install 'gan-core[{name}]'")
        for name, present in available().items()
    ]


def logger_words() -> list[Word]:
    """Return the loggers that ``logging.to`` names, and those that installed packages bring."""
    from gan_core.loggers.table import LOGGERS, installed_loggers

    words = [
        Word(
            kind="loggers",
            name=name,
            text=inspect.getdoc(entry.make) or "",
            facts={"needs": f"pip install 'gan-core[{entry.extra}]'"} if entry.extra else {},
        )
        for name, entry in LOGGERS.items()
    ]
    brought = {name: point.value for name, point in installed_loggers().items() if name not in LOGGERS}
    return words + [
        Word(kind="loggers", name=name, text=f"Of an installed package: {of}") for name, of in brought.items()
    ]


def model_words() -> list[Word]:
    """Return the models of the laboratory, `gan modes`."""
    from gan_core.laboratory.models import MODELS

    return [
        Word(kind="models", name=name, text=inspect.getdoc(model.make) or "", facts={"paper": model.paper})
        for name, model in MODELS.items()
    ]


KINDS: dict[str, Callable[[], list[Word]]] = {
    "presets": preset_words,
    "recipes": recipe_words,
    **{kind: (lambda kind=kind: family_words(kind)) for kind in FAMILIES},  # type: ignore[misc]
    "losses": loss_words,
    "metrics": metric_words,
    "features": feature_words,
    "fields": field_words,
    "checks": check_words,
    "loggers": logger_words,
    "models": model_words,
    "backends": backend_words,
}


def all_words() -> Iterator[Word]:
    """Yield the words of all kinds."""
    for words in KINDS.values():
        yield from words()


def _flat(function: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(function) or "").split())
