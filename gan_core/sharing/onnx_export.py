"""A network of a run as an ONNX file: what the file says of itself, and how it was held against the run's framework."""

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gan_core.errors import BackendError, GanError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.translations import sampling_from, translation_of
from gan_core.plans.plans import Plan
from gan_core.runs.known_data import kept_identity
from gan_core.runs.opened import OpenedRun
from gan_core.sharing.new_files import check_new_file
from gan_core.sharing.onnx_check import LARGEST_DIFFERENCE, largest_difference
from gan_core.sharing.onnx_models import OPSET, build_model, described_inputs, output_names, require, write_model
from gan_core.training.state import State


@dataclass(frozen=True, kw_only=True)
class OnnxExport:
    """An ONNX file that was written.

    networks: that it holds, each reading on from the one before. step: of the checkpoint. inputs, outputs: name →
    shape without the batch. backend: the framework that it was compared with, "" for none. difference: the largest
    between the two, as a share of the largest number of an output; None where nothing was compared. notes: what a
    reader must know.
    """

    path: Path
    networks: tuple[str, ...]
    step: int
    opset: int
    inputs: dict[str, tuple[int, ...]]
    outputs: dict[str, tuple[int, ...]]
    backend: str = ""
    difference: float | None = None
    notes: list[str] = field(default_factory=list)


def export_onnx(
    run: OpenedRun,
    out: str | Path,
    *,
    network: str | None = None,
    checkpoint: str | int = "last",
    check: bool = True,
    backend: str | None = None,
) -> OnnxExport:
    """Write a network of a run's checkpoint as an ONNX file in evaluation mode, and return what was written.

    out: a new file that ends in ``.onnx``. network: by default the one that draws the sheets, with those that read on
    from it; where the run averages it, the sheets are the average's. checkpoint: see `OpenedRun.state`. check: whether
    the file's outputs are compared with those of a framework. backend: that framework, by default the run's own.
    Raises `UsageError` for a layer that ONNX has no words for, and `GanError` where the two do not agree.
    """
    require("onnx", "an ONNX file")
    path, chain = Path(out), chain_of(run.experiment, network, str(run.path))
    check_new_file(path, ".onnx")
    if check:
        require("onnxruntime", "the check of an ONNX file")
    state = run.state(checkpoint)
    metadata = described(run, chain, state)
    summary = f"{run.experiment.name}, step {state.step}: {run.experiment.summary}"
    model = build_model(chain, state.networks, metadata, summary)
    notes = notes_of(run.experiment, chain, network)
    compared, difference = ("", None) if not check else _compared(run, model, chain, state, backend, notes)
    write_model(model, path)
    names = output_names(chain)
    return OnnxExport(
        path=path,
        networks=tuple(plan.name for plan in chain),
        step=state.step,
        opset=OPSET,
        inputs={name: spec.shape for name, spec in chain[0].inputs.items()},
        outputs={names[head]: shape for head, shape in chain[-1].outputs.items()},
        backend=compared,
        difference=difference,
        notes=notes,
    )


def chain_of(experiment: Experiment, network: str | None, place: str) -> list[Plan]:
    """Return the plans of a network and of those that read on from it. Raises `UsageError` for a name that is none.

    network: None for the first of those that draw the sheets; ``encoder/generator`` for a chain. place: whose
    they are, in the message.
    """
    if network and "/" in network:  # a chain of the user's own
        experiment = sampling_from(experiment, network)
        network = experiment.sampler_network
    name = network or experiment.sampler_network
    if name not in experiment.plans:
        raise UsageError(f"network={name}: {place} has none of that name{nearest(name, experiment.plans)}")
    return [experiment.plans[one] for one in (name, *experiment.chains.get(name, ()))]


def described(run: OpenedRun, chain: list[Plan], state: State) -> dict[str, str]:
    """Return what the file states: texts by name, as ONNX has them."""
    identity = kept_identity(run.directory.environment())
    stated = {
        "library": f"gan-core {version('gan-core')}",
        "experiment": run.experiment.name,
        "network": " → ".join(plan.name for plan in chain),
        "step": str(state.step),
        "steps": str(run.experiment.training.steps),
        "trained_on": run.backend,
        "mode": "evaluation",
        "layout": "NCHW",
        "inputs": described_inputs(chain[0]),
    }
    if identity is not None:
        first = chain[0].name
        translation = translation_of(run.experiment, first)
        second = translation is not None and translation.makes != "first"
        made = identity.second_domain if second and identity.second_domain else identity
        if chain[-1].output_shape == made.shape and first in _makers(run.experiment):
            stated["value_range"] = ",".join(f"{end:g}" for end in made.value_range)
        if identity.class_names:
            stated["classes"] = json.dumps(list(identity.class_names))
    return stated


def notes_of(experiment: Experiment, chain: list[Plan], network: str | None) -> list[str]:
    """Return what a reader of the file must know, a line each."""
    notes = []
    if experiment.sampling.mode == "training" and chain[0].name in experiment.sampled:
        notes.append(
            "the run's sheets are drawn in training mode, and the file computes in evaluation mode: nothing is "
            "dropped, and batch norm has its running statistics"
        )
    if network is None and len(experiment.sampled) > 1:
        others = ", ".join(experiment.sampled[1:])
        notes.append(f"the file holds '{chain[0].name}'; the sheets are drawn by {others} too: see network=NAME")
    return notes


def _makers(experiment: Experiment) -> set[str]:
    """The networks whose outputs are samples: those of the sheets, and what they are averages of or are averaged to."""
    sampled = set(experiment.sampled)
    known = {name: average.of for name, average in experiment.averages.items()}
    return sampled | {known[name] for name in sampled if name in known} | {n for n in known if known[n] in sampled}


def _compared(
    run: OpenedRun, model: Any, chain: list[Plan], state: State, backend: str | None, notes: list[str]
) -> tuple[str, float | None]:
    """The framework that a model was compared with, and the difference; "" and None where it is not installed."""
    name = backend or run.backend
    try:
        difference = largest_difference(model, name, chain, state.networks, run.experiment.training.dtype)
    except BackendError as error:
        if backend is not None:
            raise
        notes.append(f"the file was not compared with the run's framework: {error}")
        return "", None
    if not difference <= LARGEST_DIFFERENCE:
        raise GanError(
            f"the model's outputs are {difference:.1e} from those of {name}, more than {LARGEST_DIFFERENCE:.0e}; "
            "nothing was written: check=False writes it as it is"
        )
    return name, difference
