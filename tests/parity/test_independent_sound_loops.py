"""WaveGAN against a loop written anew in plain torch: the same losses over five steps."""

import numpy as np
import pytest

from gan_core.operations.random_bits import uniform
from gan_core.testing.numpy_ops import NumpyOps
from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional


class Generator(nn.Module):
    """The authors' network for 1,024 values, in layers of one dimension; TensorFlow's "same" cuts 10 and 11 values."""

    def __init__(self, width):
        super().__init__()
        self.start = nn.Linear(100, 16 * 4 * width)
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(before, after, (1, 25))
            for before, after in ((4 * width, 2 * width), (2 * width, width), (width, 1))
        )

    def forward(self, z):
        x = torch.relu(self.start(z).unflatten(1, (-1, 16)))
        for place, layer in enumerate(self.up):
            x = F.conv_transpose1d(x, layer.weight[:, :, 0], layer.bias, stride=4)[:, :, 10:-11]
            x = torch.tanh(x) if place == 2 else torch.relu(x)
        return x


class Critic(nn.Module):
    """The authors' network for 1,024 values; `shifts` of each sample behind the first two layers."""

    def __init__(self, width):
        super().__init__()
        self.down = nn.ModuleList(
            nn.Conv2d(before, after, (1, 25))
            for before, after in ((1, width), (width, 2 * width), (2 * width, 4 * width))
        )
        self.end = nn.Linear(4 * width * 16, 1)

    def forward(self, x, shifts):
        for place, layer in enumerate(self.down):
            x = F.leaky_relu(F.conv1d(F.pad(x, (10, 11)), layer.weight[:, :, 0], layer.bias, stride=4), 0.2)
            if place < 2:
                x = torch.cat([shuffled(one[None], int(by)) for one, by in zip(x, shifts[place], strict=True)])
        return self.end(x.flatten(1))


def shuffled(x, phase):
    """The authors' apply_phaseshuffle: padded by reflection on one side, and cut on the other."""
    before, behind = max(phase, 0), max(-phase, 0)
    return F.pad(x, (before, behind), mode="reflect")[:, :, behind:][:, :, : x.shape[2]]


def shifts(key, call, count):
    """The library's draws for a call, which are counted from the generator's: −2 … 2 a sample, behind two layers."""
    numbers = [
        uniform(NumpyOps(), key, f"discriminator/{call}/phase_shuffle_{place}/shift", (count,)) for place in (1, 2)
    ]
    return [np.floor(5 * np.asarray(drawn)) - 2 for drawn in numbers]


@pytest.mark.slow
def test_wavegan(backend64):
    beside = Beside(backend64, "wavegan", "width=0.03125", "length=1024", "training.batch_size=4")
    generator, critic = beside.start("generator", Generator(2)), beside.start("discriminator", Critic(2))
    moves = {name: adam([one], 1e-4, (0.5, 0.9)) for name, one in (("generator", generator), ("discriminator", critic))}

    def step(updates):
        losses = {}
        assert [phase for phase, _ in updates] == ["discriminator"] * 5 + ["generator"]
        for phase, draws in updates:
            fake = generator(draws["generator.z"])
            key, count = np.asarray(draws["mask_key"]), len(fake)
            if phase == "generator":
                losses[phase] = move(moves[phase], -critic(fake, shifts(key, 2, count)).mean())
                continue
            fake, real = fake.detach(), draws["real"].flatten(2)
            judged_real, judged_fake = critic(torch.cat([real, fake]), shifts(key, 2, 2 * count)).chunk(2)
            share = draws["gradient_penalty.mix"].reshape(-1, 1, 1)
            between = (share * real + (1 - share) * fake).requires_grad_()
            (slope,) = torch.autograd.grad(critic(between, shifts(key, 3, count)).sum(), between, create_graph=True)
            norms = torch.sqrt(slope.flatten(1).pow(2).sum(1) + 1e-12)  # as the library, whose root has a derivative
            penalty = 10 * ((norms - 1) ** 2).mean()
            losses[phase] = move(moves[phase], judged_fake.mean() - judged_real.mean() + penalty)
        return losses

    beside.check(step)
