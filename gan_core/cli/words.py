"""Every word that an experiment file or an option may hold, by kind, with what its docstring says."""

import inspect
import json
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import msgspec

from gan_core.specs.spec import Family, Spec


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


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the spec `owner`: its type and range in words, and its default, "" where there is none."""

    owner: type
    name: str
    type: str
    default: str


FAMILIES = {  # kind → module and name of the family
    "layers": ("gan_core.specs.layers", "Layer"),
    "objectives": ("gan_core.objectives", "Objective"),
    "penalties": ("gan_core.objectives.penalties", "Penalty"),
    "terms": ("gan_core.objectives", "Term"),
    "optimizers": ("gan_core.specs.optimizers", "Optimizer"),
    "schedules": ("gan_core.specs.optimizers", "Schedule"),
    "initializers": ("gan_core.specs.initializers", "Initializer"),
    "data": ("gan_core.experiments.experiment", "Data"),
}


def family_words(kind: str) -> list[Word]:
    """Return the members of an open family, with those that a user's modules have added."""
    module, name = FAMILIES[kind]
    variants: dict[str, type] = getattr(import_module(module), name).variants
    words = [Word(kind=kind, name=word, text=inspect.getdoc(of) or "", spec=of) for word, of in variants.items()]
    return [word for word in words if not word.text.startswith("Base of")]  # those are for users' classes


def preset_words() -> list[Word]:
    """Return the presets, without building the experiment of any."""
    from gan_core.presets import PRESETS

    return [
        Word(
            kind="presets",
            name=name,
            text=inspect.getdoc(entry.make) or "",
            facts=entry.origin | {"parameters": ", ".join(sorted(entry.parameters)) or "none of its own"},
        )
        for name, entry in PRESETS.items()
    ]


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
        "memorisation": metrics.copied_share,
        "kernel": metrics.kernel_distance,
        "neighbours": metrics.neighbour_scores,
        "two-sample": metrics.two_sample_test,
        "diversity": metrics.mean_pairwise_distance,
        "ms-ssim": metrics.mean_similarity,
        "inception": metrics.inception_score,
        "classes": metrics.entropy_bits,
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
        for path, entry in _paths(Experiment, "")
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
        "inception": "Inception in an ONNX file that is found among the data, as the published FID has it.",
        "pixels": "The values of the images; it sees no further than single ones.",
        "FILE.onnx": "Any extractor in an ONNX file, or its address with a checksum, https://.../FILE.onnx#sha256=HEX.",
    }
    return [Word(kind="features", name=name, text=text) for name, text in texts.items()]


def backend_words() -> list[Word]:
    """Return the backends, and whether their frameworks are installed."""
    from gan_core.cli.doctor import available

    return [
        Word(kind="backends", name=name, text="installed" if present else f"missing: pip install 'gan-core[{name}]'")
        for name, present in available().items()
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
    **{kind: (lambda kind=kind: family_words(kind)) for kind in FAMILIES},  # type: ignore[misc]
    "losses": loss_words,
    "metrics": metric_words,
    "features": feature_words,
    "fields": field_words,
    "checks": check_words,
    "models": model_words,
    "backends": backend_words,
}


def all_words() -> Iterator[Word]:
    """Yield the words of all kinds."""
    for words in KINDS.values():
        yield from words()


def fields_of(spec: type) -> list[Field]:
    """Return a spec's fields in order."""
    hints = typing.get_type_hints(spec, include_extras=True)
    return [
        Field(owner=spec, name=info.name, type=type_in_words(hints[info.name]), default=_default(info))
        for info in msgspec.structs.fields(spec)
    ]


def type_in_words(annotation: Any) -> str:
    """Return a field's type and range as a reader of experiment files has it: ``whole number, at least 1``."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        return _plain_type(annotation)
    types = [] if origin is typing.Literal else [part for part in arguments if part not in (..., type(None))]
    inner = [type_in_words(part) for part in types]
    if origin is typing.Annotated:
        return inner[0] + _range(annotation.__metadata__)
    if origin is typing.Literal:
        return " | ".join(str(word) for word in arguments)
    if origin is tuple:
        return f"list of: {inner[0]}" if ... in arguments else f"[{', '.join(inner)}]"
    if origin is dict:
        return f"table of NAME = {inner[1]}"
    return " or ".join(inner) + (", or left out" if type(None) in arguments else "")


def _plain_type(annotation: Any) -> str:
    plain = {int: "whole number", float: "number", str: "text", bool: "true | false"}
    if annotation in plain:
        return plain[annotation]
    name = getattr(annotation, "__name__", str(annotation))
    kind = next((kind for kind, (_, family) in FAMILIES.items() if family == name), None)
    return f"one of `gan list {kind}`" if kind else name.lower()


def _range(metadata: tuple[Any, ...]) -> str:
    words = {"gt": "above", "ge": "at least", "lt": "below", "le": "at most"}
    return "".join(
        f", {word} {getattr(meta, key)}"
        for meta in metadata
        for key, word in words.items()
        if getattr(meta, key, None) is not None
    )


def _default(info: msgspec.structs.FieldInfo) -> str:
    value = info.default
    if value is msgspec.NODEFAULT and info.default_factory is not msgspec.NODEFAULT:
        value = info.default_factory()
    if value is msgspec.NODEFAULT:
        return ""
    if isinstance(value, Spec):
        return str(value.__struct_config__.tag or "its own defaults")
    return "left out" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _paths(spec: type, before: str) -> Iterator[tuple[str, Field]]:
    """Yield every field of a spec and of the specs within it by its dotted path; NAME stands for a user's name.

    before: the path of the spec itself, ending in a dot, or "".
    """
    hints = typing.get_type_hints(spec, include_extras=True)
    for entry in fields_of(spec):
        path, annotation = f"{before}{entry.name}", hints[entry.name]
        inner, step = _inner(annotation)
        if inner is None:
            yield path, entry
        else:
            yield from _paths(inner, f"{path}{step}.")


def _inner(annotation: Any) -> tuple[type | None, str]:
    """Return the spec that a field holds, itself or in a table or list, and the step to it in a path.

    The spec is None for plain values and for families, whose fields depend on the word.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _inner(arguments[0])
    if origin is dict:
        return _inner(arguments[1])[0], ".NAME"
    if origin is tuple and Ellipsis in arguments:
        return _inner(arguments[0])[0], ".NAME"
    is_spec = isinstance(annotation, type) and issubclass(annotation, Spec) and not issubclass(annotation, Family)
    return (annotation, "") if is_spec else (None, "")


def _flat(function: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(function) or "").split())
