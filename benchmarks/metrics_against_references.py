"""Print every metric beside the published implementations of it, on the same features, as a table in Markdown.

    python benchmarks/metrics_against_references.py [--references DIR] [--samples 2000]

The references are no dependency of the project. Where they are absent:
pip install --target DIR --no-deps torch-fidelity==0.4.0 prdc==0.2 clean-fid==0.1.35 pytorch-msssim==1.0.0 tqdm
They need torch; torchvision, which only their networks for images use, is not needed. A row that ends in "as published"
was worked out by what its authors' code does, written out here, since the reference cannot be called on features.
"""

import argparse
import contextlib
import importlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import numpy as np

from gan_core import metrics as M

NETWORKS = ("torchvision", "clip")  # what the references import for images, and nothing here calls
Case = tuple[np.ndarray, np.ndarray]


class Absent:
    """Finds the packages of `NETWORKS` where they are not installed: as modules that do nothing."""

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        """Return a spec for a package that is wanted and not there."""
        return ModuleSpec(name, self, is_package=True) if name.partition(".")[0] in NETWORKS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return a module whose every attribute is there and does nothing."""
        made = MagicMock(name=spec.name)
        made.__path__, made.__spec__ = [], spec
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing."""
        return


def cases(samples: int) -> dict[str, Case]:
    """Sets of features, real ones first: the ordinary and those that implementations part on."""
    generator = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return generator.standard_normal(shape)

    mixing = normal(64, 64) / 8
    far = 5 + normal(1000, 16)
    far[0] = 1e8
    tied = [generator.integers(0, 3, (samples, 4)).astype(float) for _ in range(2)]
    rectified = [np.maximum(normal(samples, 64) @ mixing + shift, 0) for shift in (0, 0.2)]
    return {
        "normal": (normal(samples, 64), 0.3 + normal(samples, 64) @ mixing),
        "rectified": (rectified[0], rectified[1]),
        "heavy tails, Student's t 2.5": (
            generator.standard_t(2.5, (samples, 16)),
            0.2 + generator.standard_t(2.5, (samples, 16)),
        ),
        "offset 1e6": (1e6 + normal(1000, 16), 1e6 + normal(1000, 16)),
        "fewer samples than features": (normal(100, 256), normal(100, 256)),
        "tied distances": (tied[0], tied[1]),
        "the same set twice": ((same := normal(1000, 16)), same.copy()),
        "one generated sample at 1e8": (normal(1000, 16), far),
    }


def probabilities_of(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


class References:
    """The published implementations, called on arrays of NumPy."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            sys.path.append(str(folder))
        sys.meta_path.append(Absent())
        warnings.simplefilter("ignore")
        self.torch = importlib.import_module("torch")
        self.fid, self.kid, self.isc, self.prc = (
            importlib.import_module(f"torch_fidelity.metric_{name}") for name in ("fid", "kid", "isc", "prc")
        )
        self.clean = importlib.import_module("cleanfid.fid")
        self.prdc = importlib.import_module("prdc")
        self.ssim = importlib.import_module("pytorch_msssim")

    def frechet_by_torch_fidelity(self, real: np.ndarray, generated: np.ndarray) -> float:
        """From moments, by eigenvalues."""
        moments = [self.fid.fid_features_to_statistics(self.torch.from_numpy(each)) for each in (real, generated)]
        return float(self.fid.fid_statistics_to_metric(*moments, verbose=False)["frechet_inception_distance"])

    def frechet_by_clean_fid(self, real: np.ndarray, generated: np.ndarray) -> float:
        """From moments, by a matrix root."""
        moments = [(each.mean(axis=0), np.cov(each, rowvar=False)) for each in (real, generated)]
        root = self.clean.linalg.sqrtm
        with contextlib.suppress(AttributeError):  # SciPy no longer returns the error that it asks for
            self.clean.linalg.sqrtm = lambda matrix, disp=True: root(matrix) if disp else (root(matrix), 0.0)
        try:
            return float(self.clean.frechet_distance(*moments[0], *moments[1]))
        finally:
            self.clean.linalg.sqrtm = root

    def kernel(self, real: np.ndarray, generated: np.ndarray) -> float:
        """The unbiased estimate on whole sets."""
        return float(self.kid.kernel_mmd(real, generated))

    def kernel_by_clean_fid(self, real: np.ndarray, generated: np.ndarray) -> float:
        """One subset of the whole sets."""
        return float(self.clean.kernel_distance(real, generated, num_subsets=1, max_subset_size=len(real)))

    def precision_recall(self, real: np.ndarray, generated: np.ndarray) -> tuple[float, ...]:
        """All distances at once."""
        return tuple(
            self.prc.calculate_precision_recall_full(self.torch.from_numpy(generated), self.torch.from_numpy(real))
        )

    def by_prdc(self, real: np.ndarray, generated: np.ndarray, neighbours: int) -> dict[str, float]:
        """All four, with one number of neighbours."""
        with contextlib.redirect_stdout(io.StringIO()):
            found = self.prdc.compute_prdc(real, generated, neighbours)
        return {name: float(value) for name, value in found.items()}

    def inception(self, logits: np.ndarray) -> float:
        """In the order of the samples."""
        found = self.isc.isc_features_to_metric(self.torch.from_numpy(logits), shuffle=False)
        return float(found["inception_score_mean"])

    def ms_ssim(self, first: np.ndarray, second: np.ndarray) -> float:
        """With its window in float64, which it makes in float32 otherwise."""
        window = self.torch.exp(-((self.torch.arange(11, dtype=self.torch.float64) - 5) ** 2) / (2 * 1.5**2))
        window = (window / window.sum()).reshape(1, 1, 1, -1).repeat(first.shape[1], 1, 1, 1)
        pair = (self.torch.from_numpy(each) for each in (first, second))
        return float(self.ssim.ms_ssim(*pair, data_range=1.0, win=window))


def trimmed_as_published(speeds: np.ndarray) -> float:
    """The last three lines of StyleGAN's metrics/perceptual_path_length.py."""
    lengths = speeds**2
    low, high = np.percentile(lengths, 1, method="lower"), np.percentile(lengths, 99, method="higher")
    return float(np.mean(np.extract(np.logical_and(low <= lengths, lengths <= high), lengths)))


Row = tuple[str, str, str, Callable[..., float], Callable[..., float], tuple[np.ndarray, ...]]


def rows_of_features(known: References, samples: int) -> Iterator[Row]:
    for name, pair in cases(samples).items():
        shape = f"{name}, {len(pair[0]):,} × {pair[0].shape[1]}"
        yield "frechet", shape, "torch-fidelity", M.frechet_distance, known.frechet_by_torch_fidelity, pair
        yield "frechet", shape, "clean-fid", M.frechet_distance, known.frechet_by_clean_fid, pair
        yield "kernel, one subset", shape, "torch-fidelity", M.squared_mmd, known.kernel, pair
        yield "kernel, one subset", shape, "clean-fid", M.squared_mmd, known.kernel_by_clean_fid, pair
        for metric, place in (("precision", 0), ("recall", 1)):
            own, theirs = item_of(M.precision_recall, place), item_of(known.precision_recall, place)
            yield metric, shape, "torch-fidelity", own, theirs, pair
        for metric, neighbours in (("precision", 3), ("recall", 3), ("density", 5), ("coverage", 5)):
            by_prdc = item_of(partial(known.by_prdc, neighbours=neighbours), metric)
            yield metric, shape, "prdc", item_of(M.neighbour_scores, metric), by_prdc, pair


def item_of(function: Callable[..., Any], place: int | str) -> Callable[..., float]:
    return lambda *given: float(function(*given)[place])


def rows_of_others(known: References) -> Iterator[Row]:
    generator = np.random.default_rng(1)
    for count in (2000, 1003):
        logits = 2 * generator.standard_normal((count, 100))
        yield "inception", f"logits, {count:,} × 100", "torch-fidelity", inception_of, known.inception, (logits,)
    for side in (176, 192, 181):
        first = generator.random((2, 3, side, side))
        second = np.clip(first + 0.2 * generator.standard_normal(first.shape), 0, 1)
        yield "ms-ssim", f"colour, {side} × {side}", "pytorch-msssim", ms_ssim, known.ms_ssim, (first, second)
    for count in (10, 1000):
        speeds = generator.standard_normal(count) ** 2
        name = f"{count:,} straight paths"
        yield "path length", name, "StyleGAN, as published", straight_paths, trimmed_as_published, (speeds,)


def inception_of(logits: np.ndarray) -> float:
    return M.inception_score(probabilities_of(logits))[0]


def ms_ssim(first: np.ndarray, second: np.ndarray) -> float:
    return float(M.ms_ssim(first, second).mean())


def straight_paths(speeds: np.ndarray) -> float:
    return M.perceptual_path_length(lambda share: (speeds * share)[:, None], len(speeds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--references", type=Path, metavar="DIR", help="where pip put them, if not among the packages")
    parser.add_argument("--samples", type=int, default=2000)
    given = parser.parse_args()
    try:
        known = References(given.references)
    except ModuleNotFoundError as error:
        sys.exit(f"{error.name} is not installed: {__doc__.splitlines()[6]}")
    print("| metric | features | reference | its value | this library | difference |")
    print("|---|---|---|---|---|---|")
    for metric, case, name, own, theirs, of in [*rows_of_features(known, given.samples), *rows_of_others(known)]:
        value = own(*of)
        try:
            other = theirs(*of)
        except Exception as error:  # noqa: BLE001  what a reference cannot do is part of the table
            print(f"| {metric} | {case} | {name} | fails: {type(error).__name__} | {value:.6g} | |", flush=True)
            continue
        difference = abs(value - other) / max(abs(other), 1e-300) if abs(other) > 1e-9 else abs(value - other)
        kind = "" if abs(other) > 1e-9 else " absolute"
        print(f"| {metric} | {case} | {name} | {other:.6g} | {value:.6g} | {difference:.0e}{kind} |", flush=True)


if __name__ == "__main__":
    main()
