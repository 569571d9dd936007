"""The hidden part of pictures filled in: `python examples/inpainting.py RUN 500`, RUN of a generator of latents alone.

Yeh et al. 2017 (arXiv:1607.07539): latents are searched whose pictures agree with what is seen and look real. They are
the weights of an embedding, the only player; the run's generator and discriminator rest. Rows of the sheet: hidden,
filled in, as it was.
"""

import sys
from pathlib import Path

import numpy as np

import gan_core
from gan_core.contract.backend import Call
from gan_core.data.arrays import Arrays
from gan_core.experiments.experiment import Experiment, Phase, Player, Sampling, Training
from gan_core.objectives import Objective, draws
from gan_core.objectives.context import Outcome
from gan_core.sheets.sheets import image_grid, write_images
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam
from gan_core.specs.spec import PositiveInt, Variant

COUNT, RESTING = 16, Call(training=False, weights=None, random=None)


class FillIn(Variant, Objective, frozen=True):
    """|G(z) − x| above the row `hidden_from`, and .003 log(1 − D(G(z))): the context loss and the prior loss."""

    hidden_from: PositiveInt

    def check_plans(self, plans):
        """A generator, a discriminator, and the latents."""

    def draws(self, plans):
        """The pictures, and the row of each in the embedding: its label."""
        return {"real": draws.RealSamples(), "row": draws.RealLabels()}

    def evaluate(self, context):
        """The loss, over `ops` and networks."""
        ops, real = context.ops, context.draws["real"]
        z = context.run("latents", {"row": context.draws["row"]})
        made = context.networks["generator"]({"z": z}, RESTING)
        logit = context.networks["discriminator"]({next(iter(context.plan("discriminator").inputs)): made}, RESTING)
        seen = ops.mean(ops.abs(made[:, :, : self.hidden_from] - real[:, :, : self.hidden_from]))
        loss = seen - 0.003 * ops.mean(ops.softplus(logit))
        return Outcome(loss=loss, scalars={"loss": loss, "seen": seen})


def fill_in(run: gan_core.Run, steps: int) -> np.ndarray:
    """Return [3 · COUNT, C, H, W]: held-out pictures with a lower half of nothing, filled in, and as they are."""
    held_out = run.experiment.data.held_out()
    dataset = held_out.data.load(None) if held_out else run.dataset()
    real = dataset.take(np.arange(COUNT), np.dtype("float32"))
    np.savez("originals.npz", samples=real, labels=np.arange(COUNT))
    half, networks = real.shape[2] // 2, run.experiment.networks
    latents = Network(
        inputs={"row": Input(kind="label", classes=COUNT)},
        layers=(L.Embedding(classes=COUNT, units=networks["generator"].inputs["z"].shape[0]),),
    )
    search = Experiment(
        name="inpainting",
        data=Arrays(path="originals.npz", value_range=dataset.value_range),
        networks={name: networks[name] for name in ("generator", "discriminator")} | {"latents": latents},
        players={"latents": Player(networks=("latents",), optimizer=Adam(learning_rate=0.03))},
        phases=(Phase(name="search", player="latents", objective=FillIn(hidden_from=half)),),
        training=Training(steps=steps, batch_size=COUNT, order="sequential"),
        sampling=Sampling(every_steps=steps),
    )
    found = gan_core.train(search, from_run=run.path)
    (z,) = found.state().networks["latents"].values()
    filled, hidden = real.copy(), real.copy()
    filled[:, :, half:] = found.sampler().generate("generator", {"z": z.astype(np.float32)})[:, :, half:]
    hidden[:, :, half:] = dataset.value_range[0]
    return np.concatenate([hidden, filled, real])


if __name__ == "__main__":
    run = gan_core.Run(sys.argv[1])
    if set(run.experiment.networks["generator"].inputs) != {"z"}:
        sys.exit(f"{run.path}: expected a run whose generator reads latents 'z' alone, such as one of mnist-mlp")
    pictures = fill_in(run, int((*sys.argv[2:], "500")[0]))
    write_images(Path("inpainted.png"), image_grid(pictures, COUNT, run.dataset().value_range))
    print("inpainted.png")
