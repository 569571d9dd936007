"""What programs in PaddlePaddle define for augmentations: layers that change pictures in training, and their chance."""

AUGMENTATIONS = {
    "Augmentation": '''class Augmentation(nn.Layer):
    """Changes a share of the pictures in training, each by random numbers of its own."""

    def __init__(self, chance=1.0, adaptive=False):
        super().__init__()
        self.adaptive = adaptive
        self.register_buffer("chance", paddle.to_tensor(float(chance), paddle.get_default_dtype()))

    def random(self, purpose, x):
        return paddle.rand([len(x)], dtype=x.dtype)

    def forward(self, x):
        if not self.training:
            return x
        chosen = self.random("chosen", x) < self.chance
        return mixed(chosen, self.changed(x), x)
''',
    "mixed": '''def mixed(chosen, one, other):
    """Take some pictures from one array, and the others from another; `paddle.where` has no second derivative."""
    share = chosen.astype(other.dtype if hasattr(other, "dtype") else one.dtype)[:, None, None, None]
    return one * share + other * (1 - share)
''',
    "PhaseShuffle": '''class PhaseShuffle(Augmentation):
    """Moved along the width by up to `shift` pixels, reflected at the edges (Donahue et al. 2019)."""

    def __init__(self, shift=2, **settings):
        super().__init__(**settings)
        self.shift = shift

    def changed(self, x):
        most, width = self.shift, x.shape[3]
        by = (self.random("shift", x) * (2 * most + 1)).floor().clip(max=2 * most)
        wide = paddle.concat([x[:, :, :, 1 : most + 1].flip(3), x, x[:, :, :, -most - 1 : -1].flip(3)], 3)
        parts = [wide[:, :, :, 2 * most - place : 2 * most - place + width] for place in range(2 * most + 1)]
        return sum(part * (by == place).astype(x.dtype).reshape([-1, 1, 1, 1]) for place, part in enumerate(parts))
''',
    "RandomColour": '''class RandomColour(Augmentation):
    """Another brightness, then saturation, then contrast (Zhao et al. 2020)."""

    def __init__(self, brightness=0.5, saturation=1.0, contrast=0.5, **settings):
        super().__init__(**settings)
        self.brightness, self.saturation, self.contrast = brightness, saturation, contrast

    def between(self, purpose, x, middle, reach):
        return (middle + reach * (2 * self.random(purpose, x) - 1))[:, None, None, None]

    def changed(self, x):
        x = x + self.between("brightness", x, 0.0, self.brightness)
        grey = x.mean(1, keepdim=True)
        x = (x - grey) * self.between("saturation", x, 1.0, self.saturation) + grey
        mean = x.mean([1, 2, 3], keepdim=True)
        return (x - mean) * self.between("contrast", x, 1.0, self.contrast) + mean
''',
    "RandomTranslation": '''class RandomTranslation(Augmentation):
    """Moved by whole pixels, with zeros from beyond the edge (Zhao et al. 2020)."""

    def __init__(self, share=0.125, **settings):
        super().__init__(**settings)
        self.share = share

    def shifts(self, numbers, side):
        """Return for each picture the matrix that moves an axis."""
        most, places = int(side * self.share + 0.5), paddle.arange(side)
        by = (numbers * (2 * most + 1)).astype("int64").clip(max=2 * most) - most
        return (places[:, None] - by[:, None, None] == places).astype(numbers.dtype)

    def changed(self, x):
        rows = self.shifts(self.random("down", x), x.shape[2])
        columns = self.shifts(self.random("right", x), x.shape[3])
        return rows[:, None] @ x @ columns.transpose([0, 2, 1])[:, None]
''',
    "RandomCutout": '''class RandomCutout(Augmentation):
    """A rectangle of zeros, cut at the edges (Zhao et al. 2020)."""

    def __init__(self, share=0.5, **settings):
        super().__init__(**settings)
        self.share = share

    def window(self, numbers, side):
        """Return ones where the rectangle is along an axis."""
        size, places = int(side * self.share + 0.5), paddle.arange(side)
        middles = side + 1 - size % 2
        start = (numbers * middles).astype("int64").clip(max=middles - 1)[:, None] - size // 2
        return ((places >= start) & (places < start + size)).astype(numbers.dtype)

    def changed(self, x):
        rows = self.window(self.random("down", x), x.shape[2])
        columns = self.window(self.random("right", x), x.shape[3])
        return x * (1 - rows[:, None, :, None] * columns[:, None, None, :])
''',
    "RandomFlip": '''class RandomFlip(Augmentation):
    """Mirrored, left for right, half the time."""

    def changed(self, x):
        return mixed(self.random("flip", x) >= 0.5, x.flip(3), x)
''',
    "RandomQuarterTurn": '''class RandomQuarterTurn(Augmentation):
    """Turned by 0, 90, 180 or 270 degrees."""

    def changed(self, x):
        turns = (4 * self.random("turn", x)).astype("int64")
        return sum(mixed(turns == count, paddle.rot90(x, count, [2, 3]), 0.0) for count in range(4))
''',
    "read_between": '''def read_between(places, side):
    """Return the matrices that read an axis at places between its values, reflected at its ends."""
    last, values = side - 1, paddle.arange(side, dtype=places.dtype)
    inside = last - (last - places.abs()).abs()
    return (1 - (inside.unsqueeze(-1) - values).abs()).clip(min=0)
''',
    "RandomRotation": '''class RandomRotation(Augmentation):
    """Turned about its middle, by three shears (Karras et al. 2020; Paeth 1986)."""

    def __init__(self, degrees=45.0, **settings):
        super().__init__(**settings)
        self.degrees = degrees

    def sheared(self, x, slopes):
        """Read each row further on by so many pixels for each row below the middle."""
        places = paddle.arange(x.shape[2], dtype=x.dtype)
        further = slopes[:, None] * (places - (len(places) - 1) / 2)
        matrices = read_between(further.unsqueeze(-1) + places, len(places)).transpose([0, 1, 3, 2])
        return (x.transpose([0, 2, 1, 3]) @ matrices).transpose([0, 2, 1, 3])

    def changed(self, x):
        angles = (np.pi / 180 * self.degrees) * (2 * self.random("angle", x) - 1)
        sine, slopes = paddle.sin(angles), -paddle.tan(angles / 2)
        x = self.sheared(x, slopes)
        x = self.sheared(x.transpose([0, 1, 3, 2]), sine).transpose([0, 1, 3, 2])
        return self.sheared(x, slopes)
''',
    "RandomZoom": '''class RandomZoom(Augmentation):
    """Made larger or smaller about its middle, or one side larger and the other smaller (Karras et al. 2020)."""

    def __init__(self, deviation=0.2, stretch=False, **settings):
        super().__init__(**settings)
        self.deviation, self.stretch = deviation, stretch

    def matrices(self, steps, side):
        """Return for each picture the matrix that reads an axis about its middle."""
        middle = (side - 1) / 2
        return read_between(steps[:, None] * (paddle.arange(side, dtype=steps.dtype) - middle) + middle, side)

    def changed(self, x):
        size, way = self.random("size", x), self.random("way", x)
        normal = paddle.sqrt(-2 * paddle.log(1 - size)) * paddle.cos(2 * np.pi * way)
        steps = 2.0 ** (-self.deviation * normal)
        rows = self.matrices(1 / steps if self.stretch else steps, x.shape[2])
        columns = self.matrices(steps, x.shape[3])
        return rows[:, None] @ x @ columns.transpose([0, 2, 1])[:, None]
''',
    "chance_of": '''def chance_of(network):
    """Return the chance of a network's adaptive augmentations."""
    return next(layer.chance.clone() for layer in network.sublayers() if getattr(layer, "adaptive", False))
''',
    "set_chance": '''@paddle.no_grad()
def set_chance(network, chance):
    """Set the chance of all of a network's adaptive augmentations."""
    for layer in network.sublayers():
        if getattr(layer, "adaptive", False):
            layer.chance.set_value(chance)
''',
    "moved_chance": '''@paddle.no_grad()
def moved_chance(chance, real, signs, updates, target, every, share):
    """Return the mean sign of real samples' logits, the new chance, the sum of such signs and the count of updates."""
    real_sign = 2 * (real >= 0).astype(real.dtype).mean() - 1
    signs, updates = signs + real_sign, updates + 1
    if updates >= every:
        step = len(real) * share * (1 if signs / every >= target else -1)
        chance, signs, updates = (chance + step).clip(0, 1), paddle.zeros_like(signs), paddle.zeros_like(updates)
    return real_sign, chance, signs, updates
''',
}
