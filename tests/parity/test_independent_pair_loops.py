"""Presets that learn from pairs, masks and classes, against loops written anew in plain torch: the same losses."""

import numpy as np
import pytest

from gan_core.operations.random_bits import keep_mask
from gan_core.testing.numpy_ops import NumpyOps
from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional


def bce(logits, target):
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))


class UNet(nn.Module):
    """A U-Net of 16 pixels: four halvings, four doublings, instance norm; dropout in the innermost doubling or none."""

    def __init__(self, read, counts, drops):
        super().__init__()
        one, two, three, four = counts

        def norm(count):
            return nn.InstanceNorm2d(count, affine=True)

        self.down1 = nn.Conv2d(read, one, 4, 2, 1)
        self.down2, self.norm2 = nn.Conv2d(one, two, 4, 2, 1, bias=False), norm(two)
        self.down3, self.norm3 = nn.Conv2d(two, three, 4, 2, 1, bias=False), norm(three)
        self.down4 = nn.Conv2d(three, four, 4, 2, 1)
        self.up3, self.norm4 = nn.ConvTranspose2d(four, three, 4, 2, 1, bias=False), norm(three)
        self.up2, self.norm5 = nn.ConvTranspose2d(2 * three, two, 4, 2, 1, bias=False), norm(two)
        self.up1, self.norm6 = nn.ConvTranspose2d(2 * two, one, 4, 2, 1, bias=False), norm(one)
        self.up0 = nn.ConvTranspose2d(2 * one, 3, 4, 2, 1)
        self.drops = drops

    def forward(self, x, key=None):
        slope = 0.2
        d1 = self.down1(x)
        d2 = self.norm2(self.down2(F.leaky_relu(d1, slope)))
        d3 = self.norm3(self.down3(F.leaky_relu(d2, slope)))
        d4 = self.down4(F.leaky_relu(d3, slope))
        u3 = self.norm4(self.up3(F.relu(d4)))
        if self.drops:
            kept = keep_mask(NumpyOps(), key, "generator/1/up_3", tuple(u3.shape), 0.5)
            u3 = u3 * torch.from_numpy(np.asarray(kept, np.float64)) * 2.0
        u2 = self.norm5(self.up2(F.relu(torch.cat([u3, d3], 1))))
        u1 = self.norm6(self.up1(F.relu(torch.cat([u2, d2], 1))))
        return torch.tanh(self.up0(F.relu(torch.cat([u1, d1], 1))))


def patches_of_16(read, first, second):
    return nn.Sequential(
        nn.Conv2d(read, first, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(first, second, 4, 1, 1, bias=False),
        nn.InstanceNorm2d(second, affine=True),
        nn.LeakyReLU(0.2),
        nn.Conv2d(second, 1, 4, 1, 1),
        nn.Flatten(),
    )


def test_pix2pix(backend64):
    """Discriminator, then generator, on one batch and one output; half of the one's loss, 100 times the L1."""
    beside = Beside(backend64, "pix2pix", "size=16", "width=0.0625", "training.batch_size=2")
    made = beside.start("generator", UNet(3, (4, 8, 16, 32), drops=True))
    judge = beside.start("discriminator", patches_of_16(6, 4, 8))
    moves_g, moves_d = adam([made]), adam([judge])

    def step(updates):
        (_, first), (_, second) = updates
        source, real = first["field.source"], first["real"]
        fake = made(source, first["mask_key"])
        of_real, of_fake = judge(torch.cat([source, real], 1)), judge(torch.cat([source, fake.detach()], 1))
        d = move(moves_d, 0.5 * (bce(of_real, 1.0) + bce(of_fake, 0.0)))
        assert torch.equal(second["real"], real)
        near = (fake - real).abs().mean()
        return {
            "discriminator": d,
            "generator": move(moves_g, bce(judge(torch.cat([source, fake], 1)), 1.0) + 100 * near),
        }

    beside.check(step)


def test_bicyclegan(backend64):
    """Generator and encoder at once, the latent's regression through an encoder that stands still; then both judges."""
    beside = Beside(backend64, "bicyclegan", "size=16", "width=0.0625", "training.batch_size=2")
    made = beside.start("generator", UNet(11, (4, 8, 16, 32), drops=False))
    encoder = beside.start(
        "encoder",
        nn.Sequential(
            nn.Conv2d(3, 4, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(4, 8, 4, 2, 1, bias=False),
            nn.InstanceNorm2d(8, affine=True),
            nn.LeakyReLU(0.2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 16),
        ),
    )
    judges = [beside.start(name, patches_of_16(3, 4, 8)) for name in ("judge_encoded", "judge_random")]
    moves_g, moves_e, moves_d = adam([made]), adam([encoder]), adam(judges)

    def squares(logits, target):
        return ((logits - target) ** 2).mean()

    def step(updates):
        (_, first), _ = updates
        source, real = first["field.source"], first["real"]

        def picture(z):
            return made(torch.cat([source, z[:, :, None, None].expand(-1, -1, 16, 16)], 1))

        mean, log_variance = encoder(real).chunk(2, 1)
        encoded = picture(mean + torch.exp(log_variance / 2) * first["noise"])
        random = picture(first["latent"])
        both = squares(judges[0](encoded), 1) + squares(judges[1](random), 1)
        kl = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
        both = both + 10 * (encoded - real).abs().mean() + 0.01 * kl
        moves_g.zero_grad()
        moves_e.zero_grad()
        alone = 0.5 * (encoder(random).chunk(2, 1)[0] - first["latent"]).abs().mean()
        (both).backward(inputs=[*made.parameters(), *encoder.parameters()], retain_graph=True)
        alone.backward(inputs=list(made.parameters()))
        moves_g.step()
        moves_e.step()
        d = sum(
            0.5 * (squares(judge(real), 1) + squares(judge(fake.detach()), 0))
            for judge, fake in zip(judges, (encoded, random), strict=True)
        )
        return {"generators": (both + alone).detach(), "judges": move(moves_d, d)}

    beside.check(step)


class Star(nn.Module):
    """StarGAN's generator of one residual block."""

    def __init__(self, counts):
        super().__init__()
        one, two, three = counts

        def normed(convolution):
            return nn.Sequential(convolution, nn.InstanceNorm2d(convolution.out_channels, affine=True))

        self.first = normed(nn.Conv2d(7, one, 7, 1, 3, bias=False))
        self.down = nn.ModuleList([normed(nn.Conv2d(a, b, 4, 2, 1, bias=False)) for a, b in ((one, two), (two, three))])
        self.block = nn.ModuleList([normed(nn.Conv2d(three, three, 3, 1, 1, bias=False)) for _ in range(2)])
        self.up = nn.ModuleList(
            [normed(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)) for a, b in ((three, two), (two, one))]
        )
        self.last = nn.Conv2d(one, 3, 7, 1, 3, bias=False)

    def forward(self, picture, label):
        planes = F.one_hot(label.long(), 4).double()[:, :, None, None].expand(-1, -1, 32, 32)
        x = F.relu(self.first(torch.cat([picture, planes], 1)))
        for layer in self.down:
            x = F.relu(layer(x))
        x = x + self.block[1](F.relu(self.block[0](x)))
        for layer in self.up:
            x = F.relu(layer(x))
        return torch.tanh(self.last(x))


class StarJudge(nn.Module):
    """StarGAN's discriminator for 32 pixels, with its two heads."""

    def __init__(self, counts):
        super().__init__()
        pairs = zip((3, *counts[:-1]), counts, strict=True)
        self.body = nn.ModuleList([nn.Conv2d(a, b, 4, 2, 1) for a, b in pairs])
        self.patches = nn.Conv2d(counts[-1], 1, 3, 1, 1, bias=False)
        self.classes = nn.Conv2d(counts[-1], 4, 2, bias=False)

    def forward(self, x):
        for layer in self.body:
            x = F.leaky_relu(layer(x), 0.01)
        return self.patches(x).flatten(1), self.classes(x).flatten(1)


def test_stargan(backend64):
    """WGAN-GP, classes of real pictures for the one player and of changed ones for the other, and the way back."""
    beside = Beside(backend64, "stargan", "width=0.0625", "blocks=1", "training.batch_size=4")
    made = beside.start("generator", Star((4, 8, 16)))
    judge = beside.start("discriminator", StarJudge((4, 8, 16, 32)))
    moves_g, moves_d = adam([made], 1e-4), adam([judge], 1e-4)

    def step(updates):
        losses = {}
        for name, drawn in updates:
            real, own, wished = drawn["real"], drawn["own"].long(), drawn["wished"].long()
            if name == "discriminator":
                fake = made(real, wished).detach()
                (of_real, told), (of_fake, _) = judge(real), judge(fake)
                mix = drawn["gradient_penalty.mix"][:, None, None, None]
                mixed = (mix * real + (1 - mix) * fake).requires_grad_()
                (gradient,) = torch.autograd.grad(judge(mixed)[0].sum(), mixed, create_graph=True)
                penalty = ((torch.sqrt(gradient.flatten(1).pow(2).sum(1) + 1e-12) - 1) ** 2).mean()
                loss = of_fake.mean() - of_real.mean() + F.cross_entropy(told, own) + 10 * penalty
                losses[name] = move(moves_d, loss)
            else:
                fake = made(real, wished)
                judged, told = judge(fake)
                back = (made(fake, own) - real).abs().mean()
                losses[name] = move(moves_g, -judged.mean() + F.cross_entropy(told, wished) + 10 * back)
        return losses

    beside.check(step, steps=6)


def test_context_encoder(backend64):
    """.999 of the mean squares and .001 of the game, on hidden centres that the discriminator sees alone."""
    beside = Beside(
        backend64, "context-encoder", "size=16", "width=0.0625", "code=64", "channels=3", "training.batch_size=4"
    )
    made = beside.start(
        "generator",
        nn.Sequential(
            nn.Conv2d(3, 16, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2),
            nn.Conv2d(16, 32, 4, 2, 1, bias=False),
            nn.BatchNorm2d(32),
            nn.LeakyReLU(0.2),
            nn.Conv2d(32, 4, 4, bias=False),
            nn.BatchNorm2d(4),
            nn.LeakyReLU(0.2),
            nn.ConvTranspose2d(4, 32, 4, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.ConvTranspose2d(32, 3, 4, 2, 1, bias=False),
            nn.Tanh(),
        ),
    )
    judge = beside.start(
        "discriminator",
        nn.Sequential(
            nn.Conv2d(3, 4, 4, 2, 1, bias=False), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 4, bias=False), nn.Flatten()
        ),
    )
    moves_g, moves_d = adam([made]), adam([judge])

    def step(updates):
        (_, first), _ = updates
        real, fake = first["real"], made(first["field.source"])
        d = move(moves_d, bce(judge(real), 1.0) + bce(judge(fake.detach()), 0.0))
        g = move(moves_g, 0.999 * ((fake - real) ** 2).mean() + 0.001 * bce(judge(fake), 1.0))
        return {"discriminator": d, "generator": g}

    beside.check(step)
