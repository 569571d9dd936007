"""GANs with classes and codes against loops of their own in plain torch: the same losses over five steps.

Dropout is at 0, whose masks are the library's; power iterations start at the first weights' singular vectors.
"""

from itertools import pairwise
from math import log, pi

import pytest

from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)
from test_independent_loops import SLOPE, SMALL

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

WIDTH = "width=0.125"


class Heads(nn.Module):
    """Layers that all heads share, and the heads by name, in order."""

    def __init__(self, body, **heads) -> None:
        super().__init__()
        self.body, self.heads = body, nn.ModuleDict(heads)

    def forward(self, sample):
        features = self.body(sample)
        return {name: head(features) for name, head in self.heads.items()}


def undropped(count: int) -> list[str]:
    return [f"networks.discriminator.layers.dropout_{number}.rate=0" for number in range(1, count + 1)]


def game(real=None, fake=None):
    """Cross-entropy of logits: of real ones against 1, of generated ones against 0."""
    return sum(
        F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, target))
        for logits, target in ((real, 1.0), (fake, 0.0))
        if logits is not None
    )


def script_image(numbers: int):
    """From flat numbers to an image of 32×32, an eighth as wide as the scripts'."""
    layers = [nn.Linear(numbers, 16 * 64), nn.Unflatten(1, (16, 8, 8)), nn.BatchNorm2d(16)]
    for before, after in ((16, 16), (16, 8)):
        layers += [nn.Upsample(scale_factor=2), nn.Conv2d(before, after, 3, padding=1)]
        layers += [nn.BatchNorm2d(after, 0.8), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers, nn.Conv2d(8, 1, 3, padding=1), nn.Tanh())


def script_features(last_norm: bool):
    layers = []
    for before, after in ((1, 2), (2, 4), (4, 8), (8, 16)):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.LeakyReLU(SLOPE)]
        if before > 1 and (last_norm or after < 16):
            layers.append(nn.BatchNorm2d(after, 0.8))
    return nn.Sequential(*layers, nn.Flatten())


class Labelled(nn.Module):
    """The script's generator: the label's row times the noise."""

    def __init__(self) -> None:
        super().__init__()
        self.rows, self.image = nn.Embedding(10, 100), script_image(100)

    def forward(self, z, label):
        return self.image(self.rows(label) * z)


def test_acgan(backend64):
    """acgan.py, without its softmax before the cross-entropy: halves of two losses, quarters of four."""
    beside = Beside(backend64, "mnist-acgan", WIDTH, SMALL, *undropped(4))
    made = beside.start("generator", Labelled(), without=("image.4.bias", "image.8.bias"))
    judge = beside.start(
        "discriminator", Heads(script_features(False), validity=nn.Linear(64, 1), classes=nn.Linear(64, 10))
    )
    moves_g, moves_d = adam([made]), adam([judge])

    def step(updates):
        (_, first), (_, second) = updates
        labels = first["generator.label"]
        fake = made(first["generator.z"], labels)
        seen = judge(fake)
        g = move(moves_g, 0.5 * (game(real=seen["validity"]) + F.cross_entropy(seen["classes"], labels)))
        real, seen = judge(second["real"]), judge(fake.detach())
        d_real = (game(real=real["validity"]) + F.cross_entropy(real["classes"], second["real_label"])) / 2
        d_fake = (game(fake=seen["validity"]) + F.cross_entropy(seen["classes"], labels)) / 2
        return {"generator": g, "discriminator": move(moves_d, (d_real + d_fake) / 2)}

    beside.check(step)


def codes_of(draws):
    return torch.cat([draws[f"generator.{name}"] for name in ("z", "code", "style")], dim=1)


def test_infogan_of_the_authors(backend64):
    """Both players' losses hold the codes' surprise: of a category, and of a normal density of deviation 1."""
    beside = Beside(backend64, "mnist-infogan", WIDTH, SMALL)
    made = nn.Sequential(
        *(nn.Linear(74, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU()),
        *(nn.Linear(128, 784, bias=False), nn.BatchNorm1d(784), nn.ReLU(), nn.Unflatten(1, (16, 7, 7))),
        *(nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()),
        *(nn.ConvTranspose2d(8, 1, 4, 2, 1), nn.Sigmoid()),
    )
    body = nn.Sequential(
        *(nn.Conv2d(1, 8, 4, 2, 1), nn.LeakyReLU(0.01)),
        *(nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.01), nn.Flatten()),
        *(nn.Linear(784, 128, bias=False), nn.BatchNorm1d(128), nn.LeakyReLU(0.01)),
    )
    read = nn.Sequential(nn.Linear(128, 16, bias=False), nn.BatchNorm1d(16), nn.LeakyReLU(0.01))
    codes = Heads(read, code=nn.Linear(16, 10), style=nn.Linear(16, 2))
    made = beside.start("generator", made)
    judge = beside.start("discriminator", Heads(body, validity=nn.Linear(128, 1), codes=codes))
    moves_g, moves_d = adam([made], rate=1e-3), adam([judge])

    def surprise(found, draws):
        categories = F.cross_entropy(found["code"], draws["generator.code"].argmax(1))
        gaps = (draws["generator.style"] - found["style"]) ** 2
        return categories + (0.5 * gaps + 0.5 * log(2 * pi)).sum(1).mean()

    def step(updates):
        (_, first), (_, second) = updates
        real, fake = judge(first["real"]), judge(made(codes_of(first)).detach())
        d = move(moves_d, game(real["validity"], fake["validity"]) + surprise(fake["codes"], first))
        fake = judge(made(codes_of(second)))
        g = move(moves_g, game(real=fake["validity"]) + surprise(fake["codes"], second))
        return {"discriminator": d, "generator": g}

    beside.check(step)


def test_infogan_of_the_script(backend64):
    """infogan.py with codes of U(−1, 1) throughout: least squares, and a third Adam over both networks."""
    beside = Beside(backend64, "mnist-infogan-script", WIDTH, SMALL, *undropped(4))
    made = beside.start("generator", script_image(74), without=("4.bias", "8.bias"))
    heads = {"validity": nn.Linear(64, 1), "code": nn.Linear(64, 10), "style": nn.Linear(64, 2)}
    judge = beside.start("discriminator", Heads(script_features(True), **heads))
    moves_g, moves_d, moves_both = adam([made]), adam([judge]), adam([made, judge])

    def error(values, target):
        return F.mse_loss(values, torch.full_like(values, target))

    def used(modules, *idle):
        """The weights that a loss reaches; the others have no gradient in torch, one of 0 in the library."""
        return [weight for module in modules for name, weight in module.named_parameters() if not name.startswith(idle)]

    def moved(optimizer, loss, modules, *idle):
        optimizer.zero_grad()
        loss.backward(inputs=used(modules, *idle))
        for module in modules:
            for weight in module.parameters():
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
        optimizer.step()
        for module in modules:
            module.zero_grad()
        return loss.detach()

    def step(updates):
        (_, first), (_, second), (_, third) = updates
        fake = made(codes_of(first))
        g = move(moves_g, error(judge(fake)["validity"], 1.0))
        d = (error(judge(second["real"])["validity"], 1.0) + error(judge(fake.detach())["validity"], 0.0)) / 2
        d = moved(moves_d, d, [judge], "heads.code", "heads.style")
        found = judge(made(codes_of(third)))
        both = F.cross_entropy(found["code"], third["generator.code"].argmax(1))
        both = both + 0.1 * F.mse_loss(found["style"], third["generator.style"])
        return {"generator": g, "discriminator": d, "information": moved(moves_both, both, [made, judge], "heads.val")}

    beside.check(step)


def test_semi_supervised_learning(backend64):
    """train_mnist_feature_matching.py's losses: sums of exponentials of ten logits, and mean features."""
    beside = Beside(backend64, "mnist-semi-supervised", SMALL, *undropped(6))
    made = nn.Sequential(
        *(nn.Linear(100, 500, bias=False), nn.BatchNorm1d(500), nn.ReLU()),
        *(nn.Linear(500, 500, bias=False), nn.BatchNorm1d(500), nn.ReLU()),
        *(nn.Linear(500, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28))),
    )
    sizes = (784, 1000, 500, 250, 250, 250)
    hidden = [layer for one in pairwise(sizes) for layer in (nn.Linear(*one), nn.ReLU())]
    body = nn.Sequential(nn.Flatten(), *hidden)
    made = beside.start("generator", made)
    judge = beside.start("discriminator", Heads(body, classes=nn.Linear(250, 10)))
    moves_g, moves_d = adam([made], rate=1e-3), adam([judge], rate=1e-3)

    def step(updates):
        (_, first), (_, second) = updates
        logits = {name: judge(sample)["classes"] for name, sample in (("real", first["real"]),)}
        logits["fake"] = judge(made(first["generator.z"]).detach())["classes"]
        logits["labelled"] = judge(first["labelled"])["classes"]
        evidence = {name: torch.logsumexp(values, 1) for name, values in logits.items()}
        own = logits["labelled"].gather(1, first["labelled_label"][:, None])[:, 0]
        labelled = -own.mean() + evidence["labelled"].mean()
        unlabelled = -0.5 * evidence["real"].mean() + 0.5 * F.softplus(evidence["real"]).mean()
        d = move(moves_d, labelled + unlabelled + 0.5 * F.softplus(evidence["fake"]).mean())
        means = [body(sample).mean(0) for sample in (second["real"], made(second["generator.z"]))]
        return {"discriminator": d, "generator": move(moves_g, torch.mean((means[0].detach() - means[1]) ** 2))}

    beside.check(step)


# --- residual networks of CIFAR-10


class Bounded(nn.Module):
    """A linear layer or a convolution whose weight is divided by its largest singular value, a power step a call."""

    def __init__(self, layer) -> None:
        super().__init__()
        self.layer, self.vector = layer, None

    def forward(self, x):
        weight = self.layer.weight
        matrix = weight.flatten(1)
        with torch.no_grad():
            if self.vector is None:
                self.vector = torch.linalg.svd(matrix)[0][:, 0]
            right = F.normalize(matrix.T @ self.vector, dim=0)
            self.vector = F.normalize(matrix @ right, dim=0)
        weight = weight / (self.vector @ (matrix @ right))
        if isinstance(self.layer, nn.Conv2d):
            return F.conv2d(x, weight, self.layer.bias, padding=self.layer.padding)
        return F.linear(x, weight, self.layer.bias)


def either(layer, bounded: bool):
    return Bounded(layer) if bounded else layer


class ByClass(nn.Module):
    """Conditional batch norm; without classes an ordinary one."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.classes = classes
        if classes:
            self.scale, self.shift = nn.Embedding(classes, channels), nn.Embedding(classes, channels)
        self.norm = nn.BatchNorm2d(channels, affine=not classes)

    def forward(self, x, label):
        x = self.norm(x)
        if not self.classes:
            return x
        return x * (1 + self.scale(label)[:, :, None, None]) + self.shift(label)[:, :, None, None]


class Up(nn.Module):
    def __init__(self, channels: int, classes: int, bounded: bool) -> None:
        super().__init__()
        self.norm_1 = ByClass(channels, classes)
        self.conv_1 = either(nn.Conv2d(channels, channels, 3, padding=1, bias=False), bounded)
        self.norm_2 = ByClass(channels, classes)
        self.conv_2 = either(nn.Conv2d(channels, channels, 3, padding=1, bias=False), bounded)
        self.shortcut = either(nn.Conv2d(channels, channels, 1, bias=False), bounded)

    def forward(self, x, label):
        def larger(y):
            return F.interpolate(y, scale_factor=2)

        h = self.conv_1(larger(F.relu(self.norm_1(x, label))))
        return self.conv_2(F.relu(self.norm_2(h, label))) + self.shortcut(larger(x))


class Down(nn.Module):
    """A block of the discriminator; the first of all reads the image as it is."""

    def __init__(self, before: int, after: int, halves: bool, first: bool = False) -> None:
        super().__init__()
        self.halves, self.first = halves, first
        self.conv_1 = Bounded(nn.Conv2d(before, after, 3, padding=1))
        self.conv_2 = Bounded(nn.Conv2d(after, after, 3, padding=1))
        self.shortcut = Bounded(nn.Conv2d(before, after, 1)) if halves else nn.Identity()

    def forward(self, x):
        h = self.conv_2(F.relu(self.conv_1(x if self.first else F.relu(x))))
        return F.avg_pool2d(h, 2) + F.avg_pool2d(self.shortcut(x), 2) if self.halves else h + self.shortcut(x)


class Attending(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        few = max(1, channels // 8)
        self.queries, self.keys, self.values = (
            Bounded(nn.Conv2d(channels, count, 1, bias=False)) for count in (few, few, channels // 2)
        )
        self.output = Bounded(nn.Conv2d(channels // 2, channels, 1, bias=False))
        self.gain = nn.ParameterList([torch.zeros(1)])  # a module, so that it comes last

    def forward(self, x):
        theta = self.queries(x).flatten(2)
        phi, g = (F.max_pool2d(layer(x), 2).flatten(2) for layer in (self.keys, self.values))
        shares = torch.softmax(theta.transpose(1, 2) @ phi, dim=-1)
        attended = (g @ shares.transpose(1, 2)).reshape(len(x), -1, *x.shape[2:])
        return x + self.gain[0] * self.output(attended)


class Maker(nn.Module):
    def __init__(self, channels: int, classes: int, attends: bool) -> None:
        super().__init__()
        self.entrance = either(nn.Linear(128, 16 * channels), attends)
        blocks = [Up(channels, classes, attends) for _ in range(3)]
        self.blocks = nn.ModuleList([*blocks[:2], *([Attending(channels)] if attends else []), blocks[2]])
        self.norm = nn.BatchNorm2d(channels)
        self.last = either(nn.Conv2d(channels, 3, 3, padding=1), attends)

    def forward(self, z, label):
        x = self.entrance(z).reshape(len(z), -1, 4, 4)
        for block in self.blocks:
            x = block(x, label) if isinstance(block, Up) else block(x)
        return torch.tanh(self.last(F.relu(self.norm(x))))


class Judge(nn.Module):
    def __init__(self, channels: int, classes: int, attends: bool) -> None:
        super().__init__()
        first = Down(3, channels, True, first=True)
        others = [Down(channels, channels, halves) for halves in (True, False, False)]
        self.blocks = nn.Sequential(first, *([Attending(channels)] if attends else []), *others)
        self.rows = Bounded(nn.Linear(classes, channels, bias=False)) if classes else None
        self.last = Bounded(nn.Linear(channels, 1, bias=False))

    def forward(self, sample, label):
        features = F.relu(self.blocks(sample)).sum((2, 3))
        if self.rows is None:
            return self.last(features)
        told = self.rows(F.one_hot(label, self.rows.layer.in_features).to(features.dtype))
        return self.last(features) + (told * features).sum(1, keepdim=True)


@pytest.mark.parametrize(
    ("preset", "classes", "attends", "rates", "ends"),
    [
        ("cifar-sngan-resnet", 0, False, (2e-4, 2e-4), (50_000, 250_000)),
        ("cifar-projection", 10, False, (2e-4, 2e-4), (50_000, 250_000)),
        ("cifar-sagan", 10, True, (1e-4, 4e-4), (None, None)),
    ],
)
def test_residual_gans(backend64, preset, classes, attends, rates, ends):
    """Hinge losses of residual networks with spectral norm, which one call on real and generated samples moves once."""
    beside = Beside(backend64, preset, "width=0.0625", "training.batch_size=4")
    made = beside.start("generator", Maker(16, classes, attends))
    judge = beside.start("discriminator", Judge(8, classes, attends))
    moves = {
        name: adam([module], rate=rate, betas=(0.0, 0.9))
        for name, module, rate in (("generator", made, rates[0]), ("discriminator", judge, rates[1]))
    }
    counts = dict.fromkeys(moves, 0)

    def decayed(name, rate, end):
        moves[name].param_groups[0]["lr"] = rate * (1 - counts[name] / end) if end else rate
        counts[name] += 1
        return moves[name]

    def step(updates):
        losses = {}
        for phase, draws in updates:
            label = draws.get("generator.label")
            fake = made(draws["generator.z"], label)
            if phase == "generator":
                optimizer = decayed(phase, rates[0], ends[0])
                losses[phase] = move(optimizer, -judge(fake, label).mean())
                continue
            labels = torch.cat([draws["real_label"], label]) if classes else None
            real, judged = judge(torch.cat([draws["real"], fake.detach()]), labels).chunk(2)
            loss = F.relu(1 - real).mean() + F.relu(1 + judged).mean()
            losses[phase] = move(decayed(phase, rates[1], ends[1]), loss)
        return losses

    beside.check(step)
