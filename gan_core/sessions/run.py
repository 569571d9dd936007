"""A run from Python, trained here or elsewhere: read what it left, draw samples, score it."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from gan_core.evaluation.evaluate import Result, evaluate
from gan_core.evaluation.truncations import TruncationCurve, evaluate_truncations
from gan_core.metrics.intervals import PARTS
from gan_core.printing import Tell
from gan_core.reports.fragment import fragment
from gan_core.reports.report import report
from gan_core.runs.montage import montage
from gan_core.runs.opened import OpenedRun
from gan_core.runs.progress_lines import announced
from gan_core.sharing.card import write_card
from gan_core.sharing.onnx_export import OnnxExport, export_onnx
from gan_core.sharing.pack import Packed, pack
from gan_core.sharing.pictures import losses_figure, sheet_of
from gan_core.training.given_inputs import Numbers, given_inputs
from gan_core.training.sampler import Sampler, checked_mode, checked_part
from gan_core.training.trainer import Trainer
from gan_core.training.truncation import with_truncated_styles

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image


class Run(OpenedRun):
    """One run's directory, read; samples and scores are those of the newest checkpoint, or of another by its name.

    In `sample` and `evaluate`, backend is the framework that computes, by default the one that the run last ran on;
    device is ``cpu``, ``gpu`` or ``gpu:N``, and data_dir the folder where data are looked for first.
    """

    def trainer(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Trainer:
        """Return a trainer that stands at the newest checkpoint. Raises `UsageError` where the data are others.

        backend: by default the one the run last ran on. device: ``cpu``, ``gpu`` or ``gpu:N``. data_dir: the folder
        where data are looked for first.
        """
        return self.trainer_on(self.machine(backend, device, data_dir))

    def sampler(
        self,
        backend: str | None = None,
        device: str = "cpu",
        data_dir: str | Path | None = None,
        *,
        checkpoint: str | int = "last",
        network: str | None = None,
    ) -> Sampler:
        """Return the sampler of a checkpoint.

        checkpoint, network: as in `sample`; the other arguments are those of `trainer`.
        """
        return self.sampler_on(self.machine(backend, device, data_dir), self.state(checkpoint), network)

    def sample(
        self,
        count: int,
        label: int | str | None = None,
        seed: int = 0,
        *,
        checkpoint: str | int = "last",
        network: str | None = None,
        mode: Literal["evaluation", "training"] | None = None,
        given: Mapping[str, Numbers] | None = None,
        data: Literal["training", "held-out"] = "training",
        truncation: float | None = None,
        latent_truncation: float | None = None,
        backend: str | None = None,
        device: str = "cpu",
        data_dir: str | Path | None = None,
    ) -> np.ndarray:
        """Return `count` new samples [count, *shape].

        label: the class of all of them, by number or name, for a network with labels (drawn evenly otherwise). seed:
        another seed gives other samples. checkpoint: ``last``, ``best``, a step or an epoch, see `state`. network: the
        one that makes them, by default that of the sheets. mode: of batch norm and dropout, by default that of the
        sheets, ``sampling.mode``; in training mode batch norm takes the statistics of these samples (of up to 250 of
        them at once). given: inputs to give in place of drawing them, as ``{"code": 3, "style": [0.5, -1.0]}``: the
        category of a label or of a one-hot code, the numbers of any other latent. data: "training" or "held-out", the
        samples that a network that reads data reads. truncation: of styles, from 0, their mean, to 1, none.
        latent_truncation: the bound within which normal latents are drawn, as BigGAN's. Raises `UsageError` for a class
        that is none, for values that an input does not take, and for a run without such a checkpoint. backend, device,
        data_dir: as in `trainer`.
        """
        labels = None if label is None else np.full(count, self.checked_label(label, network))
        machine, held_out = self.machine(backend, device, data_dir), checked_part(data) == "held-out"
        sampler = self.sampler_on(machine, self.state(checkpoint), network, held_out=held_out)
        wanted = checked_mode(mode, self.experiment.sampling.mode)
        plan = sampler.experiment.plans[sampler.experiment.sampler_network]
        sampler = sampler.with_given(given_inputs(plan, given or {})).truncated(latent_truncation)
        sampler = with_truncated_styles(sampler, truncation)
        return sampler.in_mode(wanted, f"sample {seed}").sample(count, f"sample {seed}", labels)

    def plot(self) -> "Figure":
        """Return a figure of the losses over the steps, and of what the discriminator says, to show or to save.

        Notebooks show it where it is the last line of a cell. Raises `UsageError` for a run that has logged nothing.
        """
        return losses_figure(self)

    def sheet(self, step: int | None = None) -> "Image":
        """Return the sheet of samples that the run drew at a step, by default the newest, as a picture of Pillow's.

        step: one that has a sheet. Raises `UsageError` where there is none, with those that there are.
        """
        return sheet_of(self, step)

    def montage(
        self,
        out: str | Path | None = None,
        *,
        epochs: Sequence[float] = (),
        steps: Sequence[int] = (),
        columns: int | None = None,
    ) -> Path:
        """Write the run's sheets over time into one picture, or an animated GIF, and return its path.

        The arguments and errors are those of `gan_core.runs.montage.montage`.
        """
        return montage([self], out, epochs=epochs, steps=steps, columns=columns)

    def report(
        self,
        out: str | Path | None = None,
        *,
        language: str = "en",
        walk: bool = False,
        device: str = "cpu",
        data_dir: str | Path | None = None,
    ) -> Path:
        """Write the run's report, one HTML file, by default ``report.html`` in its directory, and return its path.

        The arguments and errors are those of `gan_core.reports.report.report`.
        """
        allowed = bool(self.experiment.imports)  # the run is open, so they ran
        return report(self, out, language=language, walk=walk, device=device, data_dir=data_dir, allow_imports=allowed)

    def _repr_html_(self) -> str:
        """Return what a notebook shows of the run: where it stands, its losses and its newest sheet."""
        return fragment(self.path, allow_imports=bool(self.experiment.imports))

    def evaluate(
        self,
        *,
        metrics: Sequence[str] | None = None,
        features: str = "auto",
        reference: str | Path | None = None,
        samples: int | None = None,
        checkpoint: str = "last",
        figures: bool = True,
        backend: str | None = None,
        device: str = "cpu",
        data_dir: str | Path | None = None,
        seed: int = 0,
        intervals: int = PARTS,
        tell: Tell | None = None,
    ) -> Result:
        """Score new samples against held-out real ones, and write ``evaluation.json``.

        metrics, features, reference, samples, checkpoint, figures, seed, intervals: see
        `gan_core.evaluation.evaluate.evaluate`. backend, device, data_dir: as in `trainer`. tell: is
        told what is being done; without it, that is said in a line every half a minute where it takes long.
        """
        with nullcontext(tell) if tell else announced() as told:
            return evaluate(
                self,
                metrics=metrics,
                features=features,
                reference=reference,
                samples=samples,
                checkpoint=checkpoint,
                figures=figures,
                backend=backend,
                device=device,
                data_dir=data_dir,
                seed=seed,
                intervals=intervals,
                tell=told,
            )

    def evaluate_truncations(
        self,
        *,
        truncations: Sequence[float] | None = None,
        latent_truncations: Sequence[float] | None = None,
        metrics: Sequence[str] | None = None,
        features: str = "auto",
        reference: str | Path | None = None,
        samples: int | None = None,
        checkpoint: str | int = "last",
        figures: bool = True,
        backend: str | None = None,
        device: str = "cpu",
        data_dir: str | Path | None = None,
        seed: int = 0,
        intervals: int = PARTS,
        tell: Tell | None = None,
    ) -> TruncationCurve:
        """Score new samples at each of some truncations, and write ``truncations.json``.

        truncations, latent_truncations and the errors: see `gan_core.evaluation.truncations.evaluate_truncations`; the
        other arguments are those of `evaluate`.
        """
        with nullcontext(tell) if tell else announced() as told:
            return evaluate_truncations(
                self,
                truncations=truncations,
                latent_truncations=latent_truncations,
                metrics=metrics,
                features=features,
                reference=reference,
                samples=samples,
                checkpoint=checkpoint,
                figures=figures,
                backend=backend,
                device=device,
                data_dir=data_dir,
                seed=seed,
                intervals=intervals,
                tell=told,
            )

    def export_onnx(
        self,
        out: str | Path,
        *,
        network: str | None = None,
        checkpoint: str | int = "last",
        check: bool = True,
        backend: str | None = None,
    ) -> OnnxExport:
        """Write a network as an ONNX file, which runs without this library and without a framework.

        The arguments and errors are those of `gan_core.sharing.onnx_export.export_onnx`: out, a new file that ends in
        ``.onnx``; network, by default the one that draws the sheets; checkpoint, see `state`; check, whether its
        outputs are compared with those of a framework, and backend, that framework, by default the run's own.
        """
        return export_onnx(self, out, network=network, checkpoint=checkpoint, check=check, backend=backend)

    def card(
        self,
        out: str | Path | None = None,
        *,
        license: str | None = None,  # noqa: A002  (the word that pages of models have for it)
        overwrite: bool = False,
    ) -> Path:
        """Write the run's model card, ``README.md`` in its folder, and return its path.

        out: another file, which ends in ``.md``. license: the identifier of a licence, as ``apache-2.0``; without it
        the card says that none is known. overwrite: whether a file of that name is replaced. Raises `UsageError`.
        """
        return write_card(self, out, license=license, overwrite=overwrite)

    def pack(self, out: str | Path, *, newest: bool = False, optimizers: bool = True) -> Packed:
        """Write the run into one new ZIP file, out, from which `gan_core.unpack` makes it again.

        newest: whether of the checkpoints the newest alone is packed, and the best. optimizers: whether the state of
        the optimizers is packed; without it a training that goes on begins with fresh ones. Raises `UsageError` where
        the run is in use, `DamagedError` and `WriteError`.
        """
        return pack(self.path, out, newest=newest, optimizers=optimizers)
