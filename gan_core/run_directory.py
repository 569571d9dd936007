"""The files of a run: every path and format is decided here, and nothing is ever half-written.

A file appears by a rename after its bytes are on the disk; a checkpoint is a folder that appears whole.
`done.json` is written last, so a run without it was interrupted.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.errors import GanError, UsageError
from gan_core.events import State

FORMAT = 1


class RunDirectory:
    """One run's folder. Reading a missing or foreign one raises `UsageError`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Make a new folder. Raises `UsageError` if it exists with anything in it, or cannot be made."""
        try:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise UsageError(f"{path} exists already; name another directory with --out, or remove it")
            (path / "samples").mkdir(parents=True, exist_ok=True)
            (path / "checkpoints").mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(f"cannot make the run directory {path}: {error.strerror}") from None
        return cls(path)

    @classmethod
    def create_next(cls, parent: Path, stem: str) -> "RunDirectory":
        """Make ``parent/stem-0001``, or the next free number."""
        number = 1
        while (path := parent / f"{stem}-{number:04d}").exists():
            number += 1
        return cls.create(path)

    @classmethod
    def open(cls, path: Path) -> "RunDirectory":
        """Return an existing run's folder."""
        if not (path / "experiment.toml").is_file():
            raise UsageError(f"{path} is no run directory: it has no experiment.toml")
        return cls(path)

    @property
    def finished(self) -> bool:
        """Whether the run reached its last step."""
        return (self.path / "done.json").is_file()

    def write_text(self, name: str, text: str) -> None:
        """Write a file of the run, whole or not at all."""
        with written_whole(self.path / name) as temporary:
            temporary.write_text(text, encoding="utf-8")

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file of the run, whole or not at all."""
        self.write_text(name, json.dumps(content, indent=2) + "\n")

    def read_json(self, name: str) -> dict[str, Any]:
        """Return a JSON file of the run."""
        try:
            return dict(json.loads((self.path / name).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise UsageError(f"{self.path / name} cannot be read: {error}".splitlines()[0]) from None

    def append_metrics(self, lines: list[dict[str, Any]]) -> None:
        """Append lines to ``metrics.jsonl`` in one write."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        with (self.path / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(text)

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines; a last line that was cut short is left out."""
        path = self.path / "metrics.jsonl"
        if not path.is_file():
            return []
        rows = []
        for line in path.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):
                rows.append(json.loads(line))
        return rows

    def append_evaluation(self, line: Mapping[str, Any]) -> None:
        """Append a line to ``evaluations.jsonl``: the scores of a step of the training."""
        with (self.path / "evaluations.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def evaluations(self) -> list[dict[str, Any]]:
        """Return the scores during training; a last line that was cut short is left out."""
        path = self.path / "evaluations.jsonl"
        rows = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            with contextlib.suppress(ValueError):
                rows.append(json.loads(line))
        return rows

    def best(self) -> "RunDirectory":
        """Return the folder within this one whose only checkpoint is the best by ``evaluation.best_by``."""
        return RunDirectory(self.path / "best")

    def write_best(self, state: State) -> None:
        """Write the best checkpoint, then remove the one it replaces, which a resumed run may have at a later step."""
        best = self.best()
        (best.path / "checkpoints").mkdir(parents=True, exist_ok=True)
        best.write_checkpoint(state, keep=2)
        for old in best.checkpoints():
            if old.name != f"step-{state.step:07d}":
                shutil.rmtree(old)

    def sample_path(self, step: int) -> Path:
        """Where the sheet of a step lies."""
        return self.path / "samples" / f"step-{step:07d}.png"

    def write_checkpoint(self, state: State, keep: int) -> None:
        """Write a checkpoint folder, then remove the oldest ones beyond `keep`."""
        final = self.path / "checkpoints" / f"step-{state.step:07d}"
        temporary = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=final.parent))
        try:
            tensors = {name: dict(values) for name, values in state.networks.items()}
            tensors["optimizers"] = {
                f"{player}/{name}": value
                for player, values in state.optimizers.items()
                for name, value in values.items()
            }
            if state.variables:
                tensors["variables"] = dict(state.variables)
            sums = {}
            for name, values in tensors.items():
                sums[name] = _write_tensors(temporary / f"{name}.safetensors", values)
            content = {"format": FORMAT, "step": state.step, "updates": dict(state.updates), "sha256": sums}
            _write_synced(temporary / "state.json", (json.dumps(content, indent=2) + "\n").encode())
            if final.exists():
                shutil.rmtree(final)
            os.replace(temporary, final)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise GanError(f"the checkpoint of step {state.step} could not be written: {error.strerror}") from None
        for old in self.checkpoints()[:-keep]:
            shutil.rmtree(old)

    def checkpoints(self) -> list[Path]:
        """Return the checkpoint folders, oldest first."""
        return sorted((self.path / "checkpoints").glob("step-*"))

    def read_checkpoint(self, folder: Path) -> State:
        """Return the state in a checkpoint folder. Raises `UsageError` where a file is missing, foreign or damaged."""
        from safetensors.numpy import load

        content = self.read_json(str(folder.relative_to(self.path) / "state.json"))
        if content.get("format") != FORMAT:
            raise UsageError(f"{folder}: format {content.get('format')} is not known here (expected {FORMAT})")
        tensors = {}
        for name, digest in content["sha256"].items():
            path = folder / f"{name}.safetensors"
            if "/" in name or not path.is_file():
                raise UsageError(f"{folder}: {name}.safetensors is missing")
            raw = path.read_bytes()
            if hashlib.sha256(raw).hexdigest() != digest:
                raise UsageError(f"{path} is damaged: its checksum is not the one in state.json")
            tensors[name] = load(raw)
        variables = tensors.pop("variables", {})
        return State(
            step=content["step"],
            optimizers=_by_player(tensors.pop("optimizers")),
            networks=tensors,
            updates=content["updates"],
            variables=variables,
        )


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; when the block ends it is synced and takes its final name."""
    handle, name = tempfile.mkstemp(prefix=".unfinished-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_tensors(path: Path, values: Mapping[str, np.ndarray]) -> str:
    from safetensors.numpy import save

    raw = save({name: np.ascontiguousarray(value) for name, value in values.items()})
    _write_synced(path, raw)
    return hashlib.sha256(raw).hexdigest()


def _write_synced(path: Path, raw: bytes) -> None:
    with path.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())


def _by_player(tensors: Mapping[str, np.ndarray]) -> dict[str, dict[str, np.ndarray]]:
    players: dict[str, dict[str, np.ndarray]] = {}
    for name, value in tensors.items():
        player, _, slot = name.partition("/")
        players.setdefault(player, {})[slot] = value
    return players
