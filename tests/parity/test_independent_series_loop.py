"""TimeGAN against a loop of its own in plain torch, written as the authors': the same losses over nine steps."""

import pytest

from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

UNITS, FEATURES = 5, 6


class Stack(nn.Module):
    """GRU layers and a dense layer, with a sigmoid behind it or without."""

    def __init__(self, reads: int, makes: int, layers: int = 3, *, logits: bool = False) -> None:
        super().__init__()
        self.rnn = nn.GRU(reads, UNITS, num_layers=layers, batch_first=True)
        self.dense, self.logits = nn.Linear(UNITS, makes), logits

    def forward(self, x):
        y = self.dense(self.rnn(x)[0])
        return y if self.logits else torch.sigmoid(y)


def entropy(logits, wanted: float):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, wanted))


def test_timegan(backend64):
    beside = Beside(backend64, "timegan", "stage=2", "length=7", f"units={UNITS}", "batch=8")
    embedder = beside.start("embedder", Stack(FEATURES, UNITS))
    recovery = beside.start("recovery", Stack(UNITS, FEATURES))
    generator = beside.start("generator", Stack(FEATURES, UNITS))
    supervisor = beside.start("supervisor", Stack(UNITS, UNITS, layers=2))
    discriminator = beside.start("discriminator", Stack(UNITS, 1, logits=True))
    moved = {
        "embedding": (embedder, recovery),  # E0_solver
        "supervision": (supervisor,),  # GS_solver, which gives the generator no gradient
        "generator": (generator, supervisor),  # G_solver
        "joint-embedding": (embedder, recovery),  # E_solver
        "discriminator": (discriminator,),  # D_solver
    }
    moving = {phase: adam(networks, rate=1e-3, betas=(0.9, 0.999)) for phase, networks in moved.items()}

    def loss_of(phase, draws):
        x, steps = draws["real"], embedder(draws["real"])
        told = F.mse_loss(steps[:, 1:], supervisor(steps)[:, :-1])
        if phase == "supervision":
            return told
        if "embedding" in phase:
            loss = 10 * torch.sqrt(F.mse_loss(x, recovery(steps)))
            return loss + 0.1 * told if phase == "joint-embedding" else loss
        early = generator(draws["generator.z"])
        late = supervisor(early)
        fake, fake_early = discriminator(late), discriminator(early)
        if phase == "discriminator":
            return entropy(discriminator(steps), 1.0) + entropy(fake, 0.0) + entropy(fake_early, 0.0)
        made = recovery(late)
        deviations = [torch.sqrt(one.var(dim=0, unbiased=False) + 1e-6) for one in (made, x)]
        moments = F.l1_loss(*deviations) + F.l1_loss(made.mean(dim=0), x.mean(dim=0))
        return entropy(fake, 1.0) + entropy(fake_early, 1.0) + 100 * torch.sqrt(told) + 100 * moments

    def losses(updates):
        return {phase: move(moving[phase], loss_of(phase, draws)) for phase, draws in updates}

    beside.check(losses, steps=9)
