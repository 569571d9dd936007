"""StyleGAN2 against a loop written anew in plain torch, in the way of public code: the same losses over five steps.

There each sample has weights of its own, in a convolution with as many groups as samples, pixels are smoothed by an
"upfirdn", and both penalties hold outputs times 0, so that no gradient is missing.
"""

import numpy as np
import pytest

from gan_core.operations.random_bits import uniform
from gan_core.testing.numpy_ops import NumpyOps
from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
KERNEL = torch.tensor([1.0, 3.0, 3.0, 1.0], dtype=torch.float64)


def upfirdn(x, up=1, down=1, pad=(0, 0), gain=1):
    """Zeros between pixels, pixels around them, a filter, and every `down`th of what it gives."""
    count, channels, height, width = x.shape
    spread = x.new_zeros(count, channels, height, up, width, up)
    spread[:, :, :, 0, :, 0] = x
    x = F.pad(spread.reshape(count * channels, 1, height * up, width * up), (*pad, *pad))
    kernel = torch.outer(KERNEL, KERNEL) * gain / KERNEL.sum() ** 2
    y = F.conv2d(x, torch.flip(kernel, [0, 1])[None, None])
    return y.reshape(count, channels, *y.shape[2:])[:, :, ::down, ::down]


def activated(x):
    return F.leaky_relu(x, 0.2) * 2**0.5


class EqualLinear(nn.Module):
    def __init__(self, inputs, outputs, rate=1.0, ends=()):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(outputs, inputs, *ends)), nn.Parameter(torch.zeros(outputs))
        self.scale, self.rate = rate / inputs**0.5, rate

    def forward(self, x):
        return F.linear(x, self.weight.flatten(1) * self.scale, self.bias * self.rate)


class ModulatedConv(nn.Module):
    """Weights of each sample, grouped; then noise, bias and activation where there are any."""

    def __init__(self, inputs, outputs, features, kernel=3, up=False, demodulate=True, noisy=True):
        super().__init__()
        self.modulation = EqualLinear(features, inputs)
        ends = (inputs, outputs) if up else (outputs, inputs)
        noise = [("noise", torch.zeros(1))] if noisy else []
        weight, bias = ("weight", torch.zeros(*ends, kernel, kernel)), ("bias", torch.zeros(outputs))
        self.own = nn.ParameterDict([weight, *noise, bias])  # in the order of the library's weights
        self.up, self.demodulate, self.kernel = up, demodulate, kernel

    def forward(self, x, style, noise=None):
        count, channels, height, width = x.shape
        weight = self.own["weight"].transpose(0, 1) if self.up else self.own["weight"]
        weight = weight / (channels * self.kernel**2) ** 0.5
        weight = weight[None] * self.modulation(style).reshape(count, 1, channels, 1, 1)
        if self.demodulate:
            weight = weight * torch.rsqrt(weight.pow(2).sum([2, 3, 4], keepdim=True) + 1e-8)
        outputs = weight.shape[1]
        x = x.reshape(1, count * channels, height, width)
        if self.up:
            weight = weight.transpose(1, 2).reshape(count * channels, outputs, self.kernel, self.kernel)
            x = F.conv_transpose2d(x, weight, stride=2, groups=count)
            x = upfirdn(x.reshape(count, outputs, *x.shape[2:]), pad=(1, 1), gain=4)
        else:
            weight = weight.reshape(count * outputs, channels, self.kernel, self.kernel)
            x = F.conv2d(x, weight, padding=self.kernel // 2, groups=count).reshape(count, outputs, height, width)
        x = x + self.own["bias"][:, None, None]
        return x if noise is None else activated(x + self.own["noise"] * noise)


class Generator(nn.Module):
    """For 8×8: noise and a style for three convolutions, and two images that are summed up."""

    def __init__(self, channels, features, mapping):
        super().__init__()
        self.mapping = nn.ModuleList(EqualLinear(features, features, 0.01, (1, 1)) for _ in range(mapping))
        self.constant = nn.ParameterList([torch.zeros(channels, 4, 4)])
        self.conv1 = ModulatedConv(channels, channels, features)
        self.rgb1 = ModulatedConv(channels, 1, features, 1, demodulate=False, noisy=False)
        self.conv2 = ModulatedConv(channels, channels, features, up=True)
        self.conv3 = ModulatedConv(channels, channels, features)
        self.rgb2 = ModulatedConv(channels, 1, features, 1, demodulate=False, noisy=False)

    def mapped(self, z):
        x = z * torch.rsqrt(z.pow(2).mean(1, keepdim=True) + 1e-8)
        for layer in self.mapping:
            x = activated(layer(x))
        return x

    def forward(self, z, noise, crossovers):
        first, second = (self.mapped(z[:, :, 0, place]) for place in (0, 1))
        latent = torch.stack([torch.stack([first[n]] * at + [second[n]] * (4 - at)) for n, at in enumerate(crossovers)])
        parts = zip(noise.split([16, 64, 64], 1), (4, 8, 8), strict=True)
        noises = [part.reshape(-1, 1, side, side) for part, side in parts]
        x = self.constant[0].expand(len(z), -1, -1, -1)
        x = self.conv1(x, latent[:, 0], noises[0])
        skip = upfirdn(self.rgb1(x, latent[:, 1]), up=2, pad=(2, 1), gain=4)
        x = self.conv2(x, latent[:, 1], noises[1])
        x = self.conv3(x, latent[:, 2], noises[2])
        return skip + self.rgb2(x, latent[:, 3]), latent


class EqualConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, down=False, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.down, self.kernel = (inputs * kernel**2) ** -0.5, down, kernel

    def forward(self, x):
        if self.down:
            more = 2 + self.kernel - 1
            x = F.conv2d(upfirdn(x, pad=((more + 1) // 2, more // 2)), self.weight * self.scale, stride=2)
        else:
            x = F.conv2d(x, self.weight * self.scale, padding=self.kernel // 2)
        return x if self.bias is None else activated(x + self.bias[:, None, None])


class Discriminator(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = EqualConv(1, channels, 1)
        self.skip = EqualConv(channels, channels, 1, down=True, bias=False)
        self.conv1, self.conv2 = EqualConv(channels, channels, 3), EqualConv(channels, channels, 3, down=True)
        self.final = EqualConv(channels + 1, channels, 3)
        self.dense = nn.ModuleList([EqualLinear(channels * 16, channels), EqualLinear(channels, 1)])

    def forward(self, x):
        x = self.first(x)
        x = (self.conv2(self.conv1(x)) + self.skip(x)) / 2**0.5
        count, channels, height, width = x.shape
        group = min(count, 4)
        deviations = torch.sqrt(x.reshape(group, -1, channels, height, width).var(0, unbiased=False) + 1e-8)
        plane = deviations.mean([1, 2, 3], keepdim=True).repeat(group, 1, height, width)
        x = self.final(torch.cat([x, plane], 1)).flatten(1)
        return self.dense[1](activated(self.dense[0](x)))


def crossovers(key, count, chance):
    """The library's draws: the first layer of each sample that has its second style, 4 for one that is not mixed."""
    chosen, place = (
        np.asarray(uniform(NumpyOps(), np.asarray(key), f"generator/1/styles/{word}", (count,)))
        for word in ("chosen", "place")
    )
    return np.where(chosen < chance, 1 + np.floor(3 * place), 4).astype(int).tolist()


def test_stylegan2(backend64):
    size = 8  # samples of a batch
    changes = ("width=0.0625", "size=8", "mapping=3", f"training.batch_size={size}")
    beside = Beside(backend64, "stylegan2-small", *changes)
    generator = beside.start("generator", Generator(4, 4, 3))
    discriminator = beside.start("discriminator", Discriminator(4))
    rates = {"generator": 4 / 5, "discriminator": 16 / 17}
    moves = {
        name: adam([one], 0.002 * rates[name], (0.0, 0.99 ** rates[name]))
        for name, one in (("generator", generator), ("discriminator", discriminator))
    }
    mean_length = 0.0

    def made(draws, noise):
        return generator(draws["generator.z"], draws[noise], crossovers(draws["mask_key"], size, 0.9))

    def step(updates):
        nonlocal mean_length
        losses = {}
        for phase, draws in updates:
            if phase == "discriminator":
                fake = made(draws, "generator.noise")[0].detach()
                loss = F.softplus(discriminator(fake)).mean() + F.softplus(-discriminator(draws["real"])).mean()
                losses[phase] = move(moves["discriminator"], loss)
            elif phase == "penalty":
                real = draws["real"].requires_grad_()
                judged = discriminator(real)
                (slope,) = torch.autograd.grad(judged.sum(), real, create_graph=True)
                r1 = slope.pow(2).reshape(size, -1).sum(1).mean()
                losses[phase] = move(moves["discriminator"], 10 / 2 * r1 * 16 + 0 * judged[0, 0])
            elif phase == "generator":
                loss = F.softplus(-discriminator(made(draws, "generator.noise")[0])).mean()
                losses[phase] = move(moves["generator"], loss)
            else:
                fake, latent = made(draws, "generator.noise")
                noise = draws["path_length.noise"] / (fake.shape[2] * fake.shape[3]) ** 0.5
                (slope,) = torch.autograd.grad((fake * noise).sum(), latent, create_graph=True)
                lengths = torch.sqrt(slope.pow(2).sum(2).mean(1))
                mean = mean_length + 0.01 * (lengths.mean() - mean_length)
                loss = 2 * 4 * (lengths - mean).pow(2).mean() + 0 * fake[0, 0, 0, 0]
                losses[phase], mean_length = move(moves["generator"], loss), mean.detach()
        return losses

    beside.check(step)
