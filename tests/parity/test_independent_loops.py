"""Presets against the scripts that they stand for, written anew in plain torch: the same losses over five steps."""

from types import SimpleNamespace

import pytest

from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

SMALL = "training.batch_size=8"
SLOPE = 0.2


def bce(logits, target):
    return F.binary_cross_entropy(torch.sigmoid(logits), torch.full_like(logits, target))


# --- PyTorch-GAN's dense GANs


def script_generator():
    def block(before, after, norm=True):
        return [nn.Linear(before, after), *([nn.BatchNorm1d(after, 0.8)] if norm else []), nn.LeakyReLU(SLOPE)]

    layers = [*block(100, 128, norm=False), *block(128, 256), *block(256, 512), *block(512, 1024)]
    return nn.Sequential(*layers, nn.Linear(1024, 784), nn.Tanh(), nn.Unflatten(1, (1, 28, 28)))


def script_discriminator(last_bias=True):
    layers = [nn.Flatten(), nn.Linear(784, 512), nn.LeakyReLU(SLOPE), nn.Linear(512, 256), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers, nn.Linear(256, 1, bias=last_bias))


def script(backend, preset, last_bias=True):
    """The loop's networks; biases before a batch norm, which the preset leaves out, start at 0 and do nothing."""
    beside = Beside(backend, preset, SMALL)
    made = beside.start("generator", script_generator(), without=("2.bias", "5.bias", "8.bias"))
    judge = beside.start("discriminator", script_discriminator(last_bias))
    return SimpleNamespace(beside=beside, made=made, judge=judge, moves_g=adam([made]), moves_d=adam([judge]))


def test_boundary_seeking_gan(backend64):
    """bgan.py: the generator first, the discriminator on the same samples, both halves of its loss halved."""
    loop = script(backend64, "mnist-bgan")

    def step(updates):
        (_, first), (_, second) = updates
        fake = loop.made(first["generator.z"])
        share = torch.sigmoid(loop.judge(fake))
        g = move(loop.moves_g, 0.5 * torch.mean((torch.log(share) - torch.log(1 - share)) ** 2))
        d = (bce(loop.judge(second["real"]), 1.0) + bce(loop.judge(fake.detach()), 0.0)) / 2
        return {"generator": g, "discriminator": move(loop.moves_d, d)}

    loop.beside.check(step)


def test_softmax_gan(backend64):
    """softmax_gan.py: both gradients of one partition sum, then both moves; its outputs are minus the library's."""
    loop = script(backend64, "mnist-softmax-gan", last_bias=False)

    def step(updates):
        (_, first), (_, second) = updates
        assert torch.equal(first["real"], second["real"])
        fake, count = loop.made(first["generator.z"]), len(first["real"])
        real_energy, fake_energy = -loop.judge(first["real"]), -loop.judge(fake)
        total = torch.log(torch.exp(-real_energy).sum() + torch.exp(-fake_energy).sum())
        d = real_energy.sum() / count + total
        g = (real_energy.sum() + fake_energy.sum()) / (2 * count) + total
        for optimizer, loss in ((loop.moves_d, d), (loop.moves_g, g)):
            weights = optimizer.param_groups[0]["params"]
            for weight, slope in zip(weights, torch.autograd.grad(loss, weights, retain_graph=True), strict=True):
                weight.grad = slope
        loop.moves_d.step()
        loop.moves_g.step()
        return {"generator": g.detach(), "discriminator": d.detach()}

    loop.beside.check(step)


def test_wgan_div(backend64):
    """wgan_div.py: k/2 of the sixth powers of both kinds' gradients, the generator at the first step and the sixth."""
    loop = script(backend64, "mnist-wgan-div", last_bias=False)

    def powers(samples):
        samples = samples.detach().requires_grad_()
        (slope,) = torch.autograd.grad(loop.judge(samples).sum(), samples, create_graph=True)
        return slope.flatten(1).pow(2).sum(1) ** 3

    def step(updates):
        losses = {}
        for phase, draws in updates:
            if phase == "generator":
                losses[phase] = move(loop.moves_g, -loop.judge(loop.made(draws["generator.z"])).mean())
                continue
            fake, real = loop.made(draws["generator.z"]).detach(), draws["real"]
            penalty = torch.mean(powers(real) + powers(fake)) * 2 / 2
            losses[phase] = move(loop.moves_d, -loop.judge(real).mean() + loop.judge(fake).mean() + penalty)
        return losses

    assert [phase for phase, _ in loop.beside.updates()] == ["discriminator", "generator"]
    loop.beside.check(step, steps=7)


def test_least_squares_gan(backend64):
    """lsgan.py, without its dropout: the generator first, without the half of the discriminator's loss."""
    rates = [f"networks.discriminator.layers.{place}.rate=0" for place in (2, 5, 9, 13)]
    beside = Beside(backend64, "mnist-lsgan", "width=0.125", SMALL, *rates)
    up = [nn.Linear(100, 16 * 64), nn.Unflatten(1, (16, 8, 8))]
    for before, after in ((16, 16), (16, 8)):
        up += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1)]
        up += [nn.BatchNorm2d(after, 0.8), nn.LeakyReLU(SLOPE)]
    down = []
    for before, after in ((1, 2), (2, 4), (4, 8), (8, 16)):
        down += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(SLOPE)]
        down += [nn.BatchNorm2d(after, 0.8)] if before > 1 else []
    whole = nn.Sequential(*up, nn.Conv2d(8, 1, 3, padding=1), nn.Tanh())
    made = beside.start("generator", whole, without=("3.bias", "7.bias"))
    judge = beside.start("discriminator", nn.Sequential(*down, nn.Flatten(), nn.Linear(64, 1)))
    moves_g, moves_d = adam([made]), adam([judge])

    def step(updates):
        (_, first), (_, second) = updates
        fake = made(first["generator.z"])
        g = move(moves_g, ((judge(fake) - 1) ** 2).mean())
        d = 0.5 * (((judge(second["real"]) - 1) ** 2).mean() + (judge(fake.detach()) ** 2).mean())
        return {"generator": g, "discriminator": move(moves_d, d)}

    beside.check(step)


def test_boundary_equilibrium_gan(backend64):
    """began.py: the generator first; k of the last step weighs the autoencoder's error of its samples."""
    beside = Beside(backend64, "mnist-began", "width=0.125", SMALL)
    up = [nn.Linear(62, 16 * 64), nn.Unflatten(1, (16, 8, 8)), nn.BatchNorm2d(16)]
    for before, after in ((16, 16), (16, 8)):
        up += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1)]
        up += [nn.BatchNorm2d(after, 0.8), nn.LeakyReLU(SLOPE)]
    whole = nn.Sequential(*up, nn.Conv2d(8, 1, 3, padding=1), nn.Tanh())
    made = beside.start("generator", whole, without=("4.bias", "8.bias"))
    down = [nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(2048, 32), nn.BatchNorm1d(32, 0.8), nn.ReLU()]
    back = [nn.Linear(32, 2048), nn.BatchNorm1d(2048), nn.ReLU(), nn.Unflatten(1, (8, 16, 16))]
    encode = beside.start("encoder", nn.Sequential(*down), without=("3.bias",))
    last = [nn.Upsample(scale_factor=2), nn.Conv2d(8, 1, 3, padding=1)]
    decode = beside.start("decoder", nn.Sequential(*back, *last), without=("0.bias",))
    moves_g, moves_d = adam([made]), adam([encode, decode])
    state = {"k": 0.0}

    def error(x):
        return torch.mean(torch.abs(decode(encode(x)) - x))

    def step(updates):
        (_, first), (_, second) = updates
        fake = made(first["generator.z"])
        g = move(moves_g, error(fake))
        real, fake = error(second["real"]), error(fake.detach())
        d = move(moves_d, real - state["k"] * fake)
        state["k"] = min(max(state["k"] + 0.001 * float((0.75 * real - fake).detach()), 0), 1)
        return {"generator": g, "discriminator": d}

    beside.check(step)
    assert 0 < state["k"] < 1


class Coupled(nn.Module):
    """A trunk and two heads."""

    def __init__(self, trunk, heads):
        super().__init__()
        self.trunk, self.heads = nn.Sequential(*trunk), nn.ModuleList(nn.Sequential(*head) for head in heads)

    def forward(self, x):
        shared = self.trunk(x)
        return [head(shared) for head in self.heads]


def test_coupled_gan(backend64):
    """cogan.py without its dropout: one latent for both domains, a quarter of four squares, the generators first."""
    rates = [f"networks.discriminator.layers.{place}.rate=0" for place in (2, 6, 10, 14)]
    beside = Beside(backend64, "cogan", "width=0.125", SMALL, *rates)
    up = [nn.Linear(100, 16 * 64), nn.Unflatten(1, (16, 8, 8)), nn.BatchNorm2d(16), nn.Upsample(scale_factor=2)]
    up += [nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16, 0.8), nn.LeakyReLU(SLOPE), nn.Upsample(scale_factor=2)]

    def head():
        layers = [nn.Conv2d(16, 8, 3, padding=1), nn.BatchNorm2d(8, 0.8), nn.LeakyReLU(SLOPE)]
        return [*layers, nn.Conv2d(8, 1, 3, padding=1), nn.Tanh()]

    down = []
    for before, after in ((1, 2), (2, 4), (4, 8), (8, 16)):
        norm = [nn.BatchNorm2d(after, 0.8)] if before > 1 else []
        down += [nn.Conv2d(before, after, 3, 2, 1), *norm, nn.LeakyReLU(SLOPE)]
    down.append(nn.Flatten())
    idle = ("trunk.4.bias", "heads.0.0.bias", "heads.1.0.bias")
    made = beside.start("generator", Coupled(up, [head(), head()]), without=idle)
    heads = [[nn.Linear(64, 1)], [nn.Linear(64, 1)]]
    judge = beside.start(
        "discriminator", Coupled(down, heads), without=("trunk.2.bias", "trunk.5.bias", "trunk.8.bias")
    )
    moves_g, moves_d = adam([made]), adam([judge])

    def squares(image_a, image_b, target):
        validity = judge(image_a)[0], judge(image_b)[1]
        return sum(((each - target) ** 2).mean() for each in validity)

    def step(updates):
        (_, first), (_, second) = updates
        fakes = made(first["generator.z"])
        g = move(moves_g, squares(*fakes, 1.0) / 2)
        d = squares(second["a"], second["b"], 1.0) + squares(*[fake.detach() for fake in fakes], 0.0)
        return {"generator": g, "discriminator": move(moves_d, d / 4)}

    beside.check(step)


# --- keras.io


def same(before, after, kernel, bias=True):
    """Convolution with stride 2 as Keras pads it at even sides: (kernel − 2) zeros, the greater half at the end."""
    less, more = (kernel - 2) // 2, (kernel - 1) // 2
    return [nn.ZeroPad2d((less, more, less, more)), nn.Conv2d(before, after, kernel, 2, bias=bias)]


def test_keras_dcgan(backend64):
    """Labels 1 for generated and 0 for real samples, noise on both, one batch of both, the generator aims at 0."""
    beside = Beside(backend64, "keras-dcgan", "width=0.03125", SMALL, "networks.discriminator.layers.7.rate=0")
    up = [nn.Linear(128, 64 * 4), nn.Unflatten(1, (4, 8, 8))]
    for before, after in ((4, 4), (4, 8), (8, 16)):
        up += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.LeakyReLU(SLOPE)]
    up += [nn.Conv2d(16, 3, 5, padding=2), nn.Sigmoid()]
    down = []
    for before, after in ((3, 2), (2, 4), (4, 4)):
        down += [*same(before, after, 4), nn.LeakyReLU(SLOPE)]
    made = beside.start("generator", nn.Sequential(*up))
    judge = beside.start("discriminator", nn.Sequential(*down, nn.Flatten(), nn.Linear(256, 1), nn.Sigmoid()))
    moves_g, moves_d = adam([made], 1e-4, (0.9, 0.999), 1e-7), adam([judge], 1e-4, (0.9, 0.999), 1e-7)

    def step(updates):
        (_, first), (_, second) = updates
        both = torch.cat([made(first["generator.z"]).detach(), first["real"]])
        noise = torch.cat([first["fake_noise"], first["real_noise"]])[:, None]
        targets = torch.cat([torch.ones(8, 1), torch.zeros(8, 1)]).double() + 0.05 * noise
        shares = judge(both)
        d = -(targets * torch.log(shares) + (1 - targets) * torch.log(1 - shares)).mean()
        d = move(moves_d, d)
        g = move(moves_g, -torch.log(1 - judge(made(second["generator.z"]))).mean())
        return {"discriminator": d, "generator": g}

    beside.check(step)


def test_keras_wgan_gp(backend64):
    """Three critic updates on one real batch, points mixed with N(0, 1), the image padded and cropped by two pixels."""
    rates = [f"networks.discriminator.layers.{place}.rate=0" for place in (4, 7, 11)]
    beside = Beside(backend64, "keras-wgan-gp", "width=0.03125", SMALL, *rates)
    keras_norm = {"eps": 1e-3, "momentum": 0.01}
    up = [nn.Linear(128, 128, bias=False), nn.BatchNorm1d(128, **keras_norm), nn.LeakyReLU(SLOPE)]
    up.append(nn.Unflatten(1, (8, 4, 4)))
    for before, after, function in ((8, 4, nn.LeakyReLU(SLOPE)), (4, 2, nn.LeakyReLU(SLOPE)), (2, 1, nn.Tanh())):
        up += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1, bias=False)]
        up += [nn.BatchNorm2d(after, **keras_norm), function]
    down = [nn.ZeroPad2d(2)]
    for before, after in ((1, 2), (2, 4), (4, 8), (8, 16)):
        down += [*same(before, after, 5), nn.LeakyReLU(SLOPE)]
    made = beside.start("generator", nn.Sequential(*up, nn.ZeroPad2d(-2)))
    judge = beside.start("discriminator", nn.Sequential(*down, nn.Flatten(), nn.Linear(64, 1)))
    moves_g, moves_d = (adam([each], 2e-4, (0.5, 0.9), 1e-7) for each in (made, judge))

    def step(updates):
        *critics, (_, last) = updates
        assert len(critics) == 3
        assert all(torch.equal(draws["real"], critics[0][1]["real"]) for _, draws in critics)
        for _, draws in critics:
            real, fake = draws["real"], made(draws["generator.z"]).detach()
            alpha = 1 - draws["gradient_penalty.mix"].reshape(-1, 1, 1, 1)
            point = (real + alpha * (fake - real)).requires_grad_()
            (slope,) = torch.autograd.grad(judge(point).sum(), point, create_graph=True)
            penalty = ((torch.sqrt(slope.pow(2).sum((1, 2, 3)) + 1e-12) - 1) ** 2).mean()
            d = move(moves_d, judge(fake).mean() - judge(real).mean() + 10 * penalty)
        return {"discriminator": d, "generator": move(moves_g, -judge(made(last["generator.z"])).mean())}

    beside.check(step)


def test_keras_conditional_gan(backend64):
    """One-hot rows beside the latent and one-hot maps beside the image, of the real batch's labels for both players."""
    beside = Beside(backend64, "keras-conditional-gan", "width=0.0625", "classes=3", SMALL)
    up = [nn.Linear(131, 49 * 131), nn.LeakyReLU(SLOPE), nn.Unflatten(1, (131, 7, 7))]
    for before, after in ((131, 8), (8, 8)):
        up += [nn.ConvTranspose2d(before, after, 4, 2, 1), nn.LeakyReLU(SLOPE)]
    down = [*same(4, 4, 3), nn.LeakyReLU(SLOPE), *same(4, 8, 3), nn.LeakyReLU(SLOPE), nn.AdaptiveMaxPool2d(1)]
    made = beside.start("generator", nn.Sequential(*up, nn.Conv2d(8, 1, 7, padding=3), nn.Sigmoid()))
    judge = beside.start("discriminator", nn.Sequential(*down, nn.Flatten(), nn.Linear(8, 1)))
    moves_g, moves_d = (adam([each], 3e-4, (0.9, 0.999), 1e-7) for each in (made, judge))

    def joined(samples, label):
        return torch.cat([samples, label[:, :, None, None].expand(-1, -1, 28, 28)], 1)

    def step(updates):
        (_, first), (_, second) = updates
        label = F.one_hot(first["real_label"], 3).double()
        assert torch.equal(second["taken_label"], first["real_label"])
        fake = made(torch.cat([first["generator.z"], label], 1)).detach()
        logits = judge(torch.cat([joined(fake, label), joined(first["real"], label)]))
        targets = torch.cat([torch.ones(8, 1), torch.zeros(8, 1)]).double()
        d = move(moves_d, F.binary_cross_entropy_with_logits(logits, targets))
        fake = made(torch.cat([second["generator.z"], label], 1))
        g = F.binary_cross_entropy_with_logits(judge(joined(fake, label)), torch.zeros(8, 1).double())
        return {"discriminator": d, "generator": move(moves_g, g)}

    beside.check(step)


# --- with an encoder


def plain(before, after, *functions, norm=False):
    return [nn.Linear(before, after, bias=False), *([nn.BatchNorm1d(after, affine=False)] if norm else []), *functions]


def test_bigan(backend64):
    """Both players move at once by one batch of pairs (x, E(x)) and (G(z), z)."""
    beside = Beside(backend64, "mnist-bigan", SMALL)
    relu, slope = nn.ReLU(), nn.LeakyReLU(SLOPE)
    made = nn.Sequential(*plain(50, 1024, relu, norm=True), *plain(1024, 1024, relu, norm=True), *plain(1024, 784))
    code = nn.Sequential(*plain(784, 1024, slope), *plain(1024, 1024, slope, norm=True), *plain(1024, 50))
    judge = nn.Sequential(*plain(834, 1024, slope), *plain(1024, 1024, slope, norm=True), *plain(1024, 1))
    for network, module in (("generator", made), ("encoder", code), ("discriminator", judge)):
        beside.start(network, module)
    moves_g, moves_d = adam([made, code]), adam([judge])

    def step(updates):
        (_, draws), (_, nothing) = updates
        assert not nothing
        x, z = draws["real"].flatten(1), draws["generator.z"]
        real, fake = [x, code(x)], [torch.sigmoid(made(z)), z]
        g = bce(judge(torch.cat(real, 1)), 0.0) + bce(judge(torch.cat(fake, 1)), 1.0)
        weights_d, weights_g = list(judge.parameters()), [*made.parameters(), *code.parameters()]
        slopes_g = torch.autograd.grad(g, weights_g)
        real, fake = ([part.detach() for part in pair] for pair in (real, fake))
        d = bce(judge(torch.cat(real, 1)), 1.0) + bce(judge(torch.cat(fake, 1)), 0.0)
        slopes_d = torch.autograd.grad(d, weights_d)
        for weight, slope_of in zip([*weights_g, *weights_d], [*slopes_g, *slopes_d], strict=True):
            weight.grad = slope_of
        moves_g.step()
        moves_d.step()
        return {"generators": g.detach(), "discriminator": d.detach()}

    beside.check(step)


def test_adversarial_autoencoder(backend64):
    """aae.py: codes drawn from the encoder's mean and variance; the discriminator on those of before the move."""
    beside = Beside(backend64, "aae", SMALL)

    def twice(before):
        first = [nn.Linear(before, 512), nn.LeakyReLU(SLOPE), nn.Linear(512, 512), nn.BatchNorm1d(512)]
        return [*first, nn.LeakyReLU(SLOPE)]

    encode = beside.start("encoder", nn.Sequential(*twice(1024), nn.Linear(512, 20)), without=("2.bias",))
    decode = beside.start("decoder", nn.Sequential(*twice(10), nn.Linear(512, 1024), nn.Tanh()), without=("2.bias",))
    layers = [nn.Linear(10, 512), nn.LeakyReLU(SLOPE), nn.Linear(512, 256), nn.LeakyReLU(SLOPE), nn.Linear(256, 1)]
    judge = beside.start("discriminator", nn.Sequential(*layers))
    moves_g, moves_d = adam([encode, decode]), adam([judge])

    def step(updates):
        (_, first), (_, second) = updates
        x = first["real"].flatten(1)
        mean, log_variance = encode(x).split(10, 1)
        codes = first["noise"] * torch.exp(log_variance / 2) + mean
        g = 0.001 * bce(judge(codes), 1.0) + 0.999 * F.l1_loss(decode(codes), x)
        g = move(moves_g, g)
        d = 0.5 * (bce(judge(second["prior"]), 1.0) + bce(judge(codes.detach()), 0.0))
        return {"autoencoder": g, "discriminator": move(moves_d, d)}

    beside.check(step)


# --- two ways of translation


def translators(beside, generator, judge, idle=((), ())):
    """The two generators and discriminators; idle: of each kind, the biases that the preset leaves out."""
    made = [beside.start(name, generator(), without=idle[0]) for name in ("a_to_b", "b_to_a")]
    return made, [beside.start(name, judge(), without=idle[1]) for name in ("judge_a", "judge_b")]


def test_discogan(backend64):
    """Kim et al. 2017, eq. 3 and 4: cross-entropy, and the mean square of the way there and back."""
    beside = Beside(backend64, "discogan", "width=0.03125", "training.batch_size=4")
    counts = [2, 4, 8, 16]

    def halving():
        layers = []
        for before, after in zip([3, *counts[:-1]], counts, strict=True):
            norm = [nn.BatchNorm2d(after)] if before != 3 else []
            layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), *norm, nn.LeakyReLU(SLOPE)]
        return layers

    def generator():
        layers = [*halving(), nn.Conv2d(16, 3, 4, bias=False), nn.BatchNorm2d(3), nn.LeakyReLU(SLOPE)]
        layers += [nn.ConvTranspose2d(3, 16, 4, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
        for before, after in ((16, 8), (8, 4), (4, 2)):
            layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        return nn.Sequential(*layers, nn.ConvTranspose2d(2, 3, 4, 2, 1, bias=False), nn.Sigmoid())

    def judge():
        return nn.Sequential(*halving(), nn.Conv2d(16, 1, 4, bias=False), nn.Flatten())

    (there, back), (judge_a, judge_b) = translators(beside, generator, judge)
    moves_g, moves_d = adam([there, back]), adam([judge_a, judge_b])

    def step(updates):
        (_, draws), _ = updates
        a, b = draws["a"], draws["b"]
        fake_b, fake_a = there(a), back(b)
        g = bce(judge_b(fake_b), 1.0) + bce(judge_a(fake_a), 1.0)
        g = move(moves_g, g + F.mse_loss(back(fake_b), a) + F.mse_loss(there(fake_a), b))
        d = bce(judge_a(a), 1.0) + bce(judge_a(fake_a.detach()), 0.0)
        d = d + bce(judge_b(b), 1.0) + bce(judge_b(fake_b.detach()), 0.0)
        return {"generators": g, "judges": move(moves_d, d)}

    beside.check(step)


class UNet(nn.Module):
    """The generator of dualgan.py at 1/32 of its width, without dropout."""

    def __init__(self):
        super().__init__()
        counts, before = [2, 4, 8, 16, 16, 16], 3
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, count in enumerate(counts):
            norm = [nn.BatchNorm2d(count, 0.8)] if 0 < level < 5 else []
            self.down.append(nn.Sequential(nn.Conv2d(before, count, 3, 2, 1), *norm, nn.LeakyReLU(SLOPE)))
            before = count
        for count, across in zip((16, 16, 8, 4, 2), (16, 16, 8, 4, 2), strict=True):
            convolution = [nn.Upsample(scale_factor=2), nn.Conv2d(before, count, 3, padding=1)]
            self.up.append(nn.Sequential(*convolution, nn.BatchNorm2d(count, 0.8), nn.LeakyReLU(SLOPE)))
            before = count + across
        self.last = nn.Sequential(nn.Upsample(scale_factor=2), nn.Conv2d(before, 3, 3, padding=1), nn.Tanh())

    def forward(self, x):
        levels = []
        for layer in self.down:
            x = layer(x)
            levels.append(x)
        for layer, across in zip(self.up, reversed(levels[:-1]), strict=True):
            x = torch.cat([layer(x), across], 1)
        return self.last(x)


def test_dualgan(backend64):
    """dualgan.py without dropout: critics on fresh translations at each batch, generators at every fifth."""
    plan = Beside(backend64, "dualgan", "width=0.03125", "training.batch_size=4").trainer.experiment.plans["a_to_b"]
    dropouts = [place for place, node in enumerate(plan.nodes) if node.name.startswith(("down_", "up_"))]
    dropouts = [place for place in dropouts if hasattr(plan.nodes[place].layer, "rate")]
    rates = [f"networks.{way}.layers.{place}.rate=0" for way in ("a_to_b", "b_to_a") for place in dropouts]
    beside = Beside(backend64, "dualgan", "width=0.03125", "training.batch_size=4", *rates)

    def judge():
        layers = [nn.Conv2d(3, 2, 3, 2, 1), nn.LeakyReLU(SLOPE)]
        for before, after in ((2, 4), (4, 8), (8, 16)):
            layers += [nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after, 0.8), nn.LeakyReLU(SLOPE)]
        return nn.Sequential(*layers, nn.Conv2d(16, 1, 3, padding=1), nn.Flatten())

    idle = [f"down.{level}.0.bias" for level in (1, 2, 3, 4)] + [f"up.{level}.1.bias" for level in range(5)]
    of_judges = ("2.bias", "5.bias", "8.bias")
    (there, back), judges = translators(beside, UNet, judge, idle=(tuple(idle), of_judges))
    moves_g, moves_d = adam([there, back]), adam(judges)

    def critic(judge, real, fake, mix):
        mix = mix.reshape(-1, 1, 1, 1)
        point = (mix * real + (1 - mix) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(judge(point).sum(), point, create_graph=True)
        penalty = ((torch.sqrt(slope.flatten(1).pow(2).sum(1) + 1e-12) - 1) ** 2).mean()
        return -judge(real).mean() + judge(fake).mean() + 10 * penalty

    def step(updates):
        losses = {}
        for phase, draws in updates:
            a, b = draws["a"], draws["b"]
            if phase == "judges":
                fake_a, fake_b = back(b).detach(), there(a).detach()
                mixes = (draws["a.gradient_penalty.mix"], draws["b.gradient_penalty.mix"])
                d = critic(judges[0], a, fake_a, mixes[0]) + critic(judges[1], b, fake_b, mixes[1])
                losses[phase] = move(moves_d, d)
                taken = a
                continue
            assert torch.equal(a, taken)
            fake_a, fake_b = back(b), there(a)
            game = -judges[0](fake_a).mean() - judges[1](fake_b).mean()
            losses[phase] = move(moves_g, game + 100 * (F.l1_loss(there(fake_a), b) + F.l1_loss(back(fake_b), a)))
        return losses

    beside.check(step, steps=6)
