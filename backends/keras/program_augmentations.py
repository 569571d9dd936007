"""What programs in Keras define for augmentations: layers that change pictures in training, and their chance."""

AUGMENTATIONS = {
    "Augmentation": '''class Augmentation(layers.Layer):
    """Changes a share of the pictures in training, each by random numbers of its own."""

    def __init__(self, chance=1.0, adaptive=False, **options):
        super().__init__(**options)
        self.adaptive = adaptive
        self.chance = self.add_weight(
            name="chance", shape=(), initializer=initializers.Constant(chance), trainable=False
        ) if adaptive else chance

    def random(self, purpose, x):
        return tf.random.uniform((x.shape[0],), dtype=x.dtype)

    def call(self, x, training=False):
        if not training:
            return x
        chosen = self.random("chosen", x) < self.chance
        return tf.where(chosen[:, None, None, None], self.changed(x), x)
''',
    "PhaseShuffle": '''class PhaseShuffle(Augmentation):
    """Moved along the width by up to `shift` pixels, reflected at the edges (Donahue et al. 2019)."""

    def __init__(self, shift=2, **settings):
        super().__init__(**settings)
        self.shift = shift

    def changed(self, x):
        most, last = self.shift, x.shape[2] - 1
        by = tf.minimum(tf.cast(self.random("shift", x) * (2 * most + 1), tf.int32), 2 * most) - most
        read = last - tf.abs(last - tf.abs(tf.range(last + 1) - by[:, None]))
        moved = tf.gather(tf.transpose(x, (0, 2, 1, 3)), read, axis=1, batch_dims=1)
        return tf.transpose(moved, (0, 2, 1, 3))
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
        grey = tf.reduce_mean(x, axis=3, keepdims=True)
        x = (x - grey) * self.between("saturation", x, 1.0, self.saturation) + grey
        mean = tf.reduce_mean(x, axis=(1, 2, 3), keepdims=True)
        return (x - mean) * self.between("contrast", x, 1.0, self.contrast) + mean
''',
    "RandomTranslation": '''class RandomTranslation(Augmentation):
    """Moved by whole pixels, with zeros from beyond the edge (Zhao et al. 2020)."""

    def __init__(self, share=0.125, **settings):
        super().__init__(**settings)
        self.share = share

    def shifts(self, numbers, side):
        """Return for each picture the matrix that moves an axis."""
        most, places = int(side * self.share + 0.5), tf.range(side)
        by = tf.minimum(tf.cast(numbers * (2 * most + 1), tf.int32), 2 * most) - most
        return tf.cast(places[:, None] - by[:, None, None] == places, numbers.dtype)

    def changed(self, x):
        rows = self.shifts(self.random("down", x), x.shape[1])
        columns = self.shifts(self.random("right", x), x.shape[2])
        return tf.einsum("nil,nljc->nijc", rows, tf.einsum("nijc,nkj->nikc", x, columns))
''',
    "RandomCutout": '''class RandomCutout(Augmentation):
    """A rectangle of zeros, cut at the edges (Zhao et al. 2020)."""

    def __init__(self, share=0.5, **settings):
        super().__init__(**settings)
        self.share = share

    def window(self, numbers, side):
        """Return ones where the rectangle is along an axis."""
        size, places = int(side * self.share + 0.5), tf.range(side)
        middles = side + 1 - size % 2
        start = tf.minimum(tf.cast(numbers * middles, tf.int32), middles - 1)[:, None] - size // 2
        return tf.cast((places >= start) & (places < start + size), numbers.dtype)

    def changed(self, x):
        rows = self.window(self.random("down", x), x.shape[1])
        columns = self.window(self.random("right", x), x.shape[2])
        return x * (1 - rows[:, :, None, None] * columns[:, None, :, None])
''',
    "RandomFlip": '''class RandomFlip(Augmentation):
    """Mirrored, left for right, half the time."""

    def changed(self, x):
        return tf.where((self.random("flip", x) >= 0.5)[:, None, None, None], tf.reverse(x, [2]), x)
''',
    "RandomQuarterTurn": '''class RandomQuarterTurn(Augmentation):
    """Turned by 0, 90, 180 or 270 degrees."""

    def changed(self, x):
        turns = tf.cast(4 * self.random("turn", x), tf.int32)[:, None, None, None]
        turned = [tf.where(turns == count, tf.image.rot90(x, count), tf.zeros_like(x)) for count in range(4)]
        return tf.add_n(turned)
''',
    "read_between": '''def read_between(places, side):
    """Return the matrices that read an axis at places between its values, reflected at its ends."""
    last, values = side - 1, tf.range(side, dtype=places.dtype)
    inside = last - tf.abs(last - tf.abs(places))
    return tf.nn.relu(1 - tf.abs(inside[..., None] - values))
''',
    "RandomRotation": '''class RandomRotation(Augmentation):
    """Turned about its middle, by three shears (Karras et al. 2020; Paeth 1986)."""

    def __init__(self, degrees=45.0, **settings):
        super().__init__(**settings)
        self.degrees = degrees

    def sheared(self, x, slopes):
        """Read each row further on by so many pixels for each row below the middle."""
        places = tf.range(x.shape[1], dtype=x.dtype)
        further = slopes[:, None] * (places - (x.shape[1] - 1) / 2)
        return read_between(further[..., None] + places, x.shape[2]) @ x

    def changed(self, x):
        angles = (np.pi / 180 * self.degrees) * (2 * self.random("angle", x) - 1)
        sine, slopes = tf.sin(angles), -tf.tan(angles / 2)
        x = self.sheared(x, slopes)
        x = tf.transpose(self.sheared(tf.transpose(x, (0, 2, 1, 3)), sine), (0, 2, 1, 3))
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
        return read_between(steps[:, None] * (tf.range(side, dtype=steps.dtype) - middle) + middle, side)

    def changed(self, x):
        size, way = self.random("size", x), self.random("way", x)
        normal = tf.sqrt(-2 * tf.math.log(1 - size)) * tf.cos(2 * np.pi * way)
        steps = 2.0 ** (-self.deviation * normal)
        rows = self.matrices(1 / steps if self.stretch else steps, x.shape[1])
        columns = self.matrices(steps, x.shape[2])
        return tf.einsum("nil,nljc->nijc", rows, tf.einsum("nijc,nkj->nikc", x, columns))
''',
    "chance_of": '''def chance_of(network):
    """Return the chance of a network's adaptive augmentations."""
    return next(tf.identity(layer.chance) for layer in network.layers if getattr(layer, "adaptive", False))
''',
    "set_chance": '''def set_chance(network, chance):
    """Set the chance of all of a network's adaptive augmentations."""
    for layer in network.layers:
        if getattr(layer, "adaptive", False):
            layer.chance.assign(chance)
''',
    "moved_chance": '''def moved_chance(chance, real, signs, updates, target, every, share):
    """Return the mean sign of real samples' logits, the new chance, the sum of such signs and the count of updates."""
    real_sign = 2 * tf.reduce_mean(tf.cast(real >= 0, real.dtype)) - 1
    signs, updates = signs + real_sign, updates + 1
    due = tf.cast(updates >= every, real.dtype)
    step = due * real.shape[0] * share * (2 * tf.cast(signs / every >= target, real.dtype) - 1)
    return real_sign, tf.clip_by_value(chance + step, 0, 1), signs * (1 - due), updates * (1 - due)
''',
}
