"""Which process computed which steps of a run: the history in ``environment.json``."""

import hashlib
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml


def environment(command: str) -> dict[str, str]:
    """Return what a reader of a run wants to know of the process: versions, processor, command line."""
    return {
        "gan_core": version("gan-core"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "command": command,
    }


def entry(first_step: int, described: Mapping[str, str], experiment: Experiment) -> dict[str, Any]:
    """Return the history's entry of a process that goes on after `first_step` steps.

    described: backend, versions and command line of the process, by name. In the entry, first_step and last_step are
    the first and last step that the process computes, counted from 1; last_step is None while it runs, and stays so if
    it is killed before another process goes on.
    """
    steps = {"first_step": first_step + 1, "last_step": None, "experiment_sha256": text_sum(to_toml(experiment))}
    return steps | dict(described)


def continued(before: Mapping[str, Any], new: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Return the content of ``environment.json`` when a process goes on: its entry, and the history that ends in it.

    before: the content so far ({} for a new run). new: the entry of the process. Entries whose every step is computed
    anew are left out; the sums of their experiments are kept, since ``experiment.toml`` is still one of theirs until it
    is written anew.
    """
    history = [dict(one) for one in before.get("history", []) if one["first_step"] < new["first_step"]]
    if history:
        history[-1]["last_step"] = new["first_step"] - 1
    earlier = known_experiments(before) - known_experiments({"history": [*history, new]})
    newest = {key: value for key, value in new.items() if key not in ("first_step", "last_step")}
    kept = {key: before[key] for key in ("from", "imported", "imports", "first_checkpoint") if key in before}
    kept |= {"earlier_experiments": sorted(earlier)} if earlier else {}
    return newest | {"samples": len(dataset)} | kept | {"history": [*history, dict(new)]}


def known_experiments(content: Mapping[str, Any]) -> set[str]:
    """Return the checksums of the experiments that a run has followed; content: of ``environment.json``."""
    return {one["experiment_sha256"] for one in content.get("history", []) if "experiment_sha256" in one} | set(
        content.get("earlier_experiments", [])
    )


def ended(content: Mapping[str, Any], step: int) -> dict[str, Any]:
    """Return the content of ``environment.json`` after the process of its last entry has ended at a step."""
    *earlier, last = content["history"]
    return dict(content) | {"history": [*earlier, last | {"last_step": step}]}


def text_sum(text: str) -> str:
    """Return the SHA-256 of a text.

    Of an experiment it is that of its file as written, since a later version may write the same experiment otherwise.
    """
    return hashlib.sha256(text.encode()).hexdigest()
