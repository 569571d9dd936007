"""CTGAN against a loop of its own in plain torch: the same losses over five steps. Dropout is at 0."""

import pytest

from gan_core.presets.loading import load_experiment
from gan_core.training.trainer import Trainer
from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

CHANGES = ("training.dtype=float64", "width=0.0625", "batch=40", "pack=5")
UNDROPPED = [f"networks.discriminator.layers.dropout_{number}.rate=0" for number in (1, 2)]
BLOCKS = (1, 5, 1, 5, 1, 3, 1, 3, 1, 4, 1, 4, 4, 3, 2)  # of the table of tumours: a value and its modes; categories
TOLD = (4, 3, 2)


class Residual(nn.Module):
    def __init__(self, size: int, units: int) -> None:
        super().__init__()
        self.dense, self.norm = nn.Linear(size, units, bias=False), nn.BatchNorm1d(units)

    def forward(self, x):
        return torch.cat([torch.relu(self.norm(self.dense(x))), x], dim=1)


class Rows(nn.Module):
    """The authors' generator, and their activations: tanh of values, Gumbel softmax of one-hot parts."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(Residual(137, 16), Residual(153, 16), nn.Linear(169, sum(BLOCKS)))

    def forward(self, z, noise, condition):
        logits = self.body(torch.cat([z, condition], dim=1))
        noises = iter(noise.split([size for size in BLOCKS if size > 1], dim=1))
        parts = [
            torch.tanh(block) if size == 1 else F.softmax((block + next(noises)) / 0.2, dim=1)
            for size, block in zip(BLOCKS, logits.split(BLOCKS, dim=1), strict=True)
        ]
        return torch.cat(parts, dim=1), logits


def condition_loss(logits, condition):
    """The authors' loss: each column's cross-entropy, of those that were chosen alone, over the batch."""
    total, own = 0.0, zip(logits[:, -sum(TOLD) :].split(TOLD, 1), condition.split(TOLD, 1), strict=True)
    for block, chosen in own:
        loss = F.cross_entropy(block, chosen.argmax(dim=1), reduction="none")
        total = total + (loss * chosen.sum(dim=1)).sum()
    return total / len(logits)


def penalty(judge, real, fake, mix):
    mixed = (mix[:, None] * real + (1 - mix[:, None]) * fake).requires_grad_()
    (gradient,) = torch.autograd.grad(judge(mixed).sum(), mixed, create_graph=True)
    norms = ((gradient**2).sum(dim=1) + 1e-12).sqrt()  # the library's, whose derivative is finite at 0
    return ((norms - 1) ** 2).mean()


def test_ctgan(backend64):
    beside = Beside.__new__(Beside)  # on the table itself, whose rows end in categories
    made = load_experiment("ctgan", [*CHANGES, *UNDROPPED])
    beside.trainer, beside.step = Trainer(made, backend64, made.data.load(None)), 0
    generator = beside.start("generator", Rows())
    body = [nn.Linear(240, 16), nn.LeakyReLU(0.2), nn.Linear(16, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1, bias=False)]
    judge = beside.start("discriminator", nn.Sequential(*body))
    moving = {"generator": adam([generator], betas=(0.5, 0.9)), "discriminator": adam([judge], betas=(0.5, 0.9))}

    def made_of(draws):
        rows, logits = generator(draws["generator.z"], draws["generator.noise"], draws["conditions"])
        return torch.cat([rows, draws["conditions"]], dim=1).reshape(8, -1), logits

    def losses(updates):
        found = {}
        for phase, draws in updates:
            fake, logits = made_of(draws)
            if phase == "generator":
                loss = condition_loss(logits, draws["conditions"]) - judge(fake).mean()
            else:
                real, fake = draws["real"].reshape(8, -1), fake.detach()
                loss = judge(fake).mean() - judge(real).mean()
                loss = loss + 10 * penalty(judge, real, fake, draws["gradient_penalty.mix"][:8])
            found[phase] = move(moving[phase], loss)
        return found

    beside.check(losses)
