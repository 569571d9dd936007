"""What programs in Keras define for styles: scaled weights, modulated convolutions, noise and mixing."""

STYLES = {
    "Equalised": '''class Equalised(layers.Wrapper):
    """A layer whose weight is scaled where it is used (Karras et al. 2018), by rate over the root of its inputs."""

    def __init__(self, layer, rate=1.0, **options):
        super().__init__(layer, **options)
        self.rate = rate

    def call(self, x):
        kernel, *bias = self.layer.trainable_variables
        outputs = kernel.shape[-2 if isinstance(self.layer, layers.Conv2DTranspose) else -1]
        factor = self.rate / (np.prod(kernel.shape) / outputs) ** 0.5
        scaled = [kernel * factor, *(one * self.rate for one in bias)]
        return self.layer.stateless_call(scaled, [], x)[0]
''',
    "ModulatedConv": '''class ModulatedConv(layers.Layer):
    """A convolution with other weights for each sample, by its style (Karras et al. 2020, eq. 1 to 3).

    Not the weights are multiplied by a sample's style, but what they are multiplied with: that is the same.
    """

    def __init__(self, outputs, kernel, up=False, demodulate=True, rate=1.0, epsilon=1e-8, **options):
        super().__init__(**options)
        self.outputs, self.kernel_size, self.rate = outputs, kernel, rate
        self.up, self.demodulate, self.epsilon = up, demodulate, epsilon

    def build(self, shapes):
        size, inputs = self.kernel_size, shapes[0][-1]
        ends = (self.outputs, inputs) if self.up else (inputs, self.outputs)
        start = initializers.RandomNormal(0.0, 1 / (self.rate or 1.0))
        self.kernel = self.add_weight(name="kernel", shape=(size, size, *ends), initializer=start)
        self.factor = 1.0 if self.rate is None else self.rate / (inputs * size**2) ** 0.5

    def compute_output_shape(self, shapes):
        count, height, width, _ = shapes[0]
        more = self.kernel_size - 2
        sides = (2 * height + more, 2 * width + more) if self.up else (height, width)
        return (count, *sides, self.outputs)

    def call(self, inputs):
        x, style = inputs
        kernel = self.kernel * self.factor
        x = x * style[:, None, None]
        if self.up:
            shape = (tf.shape(x)[0], *self.compute_output_shape([x.shape])[1:])
            x = tf.nn.conv2d_transpose(x, kernel, shape, 2, "VALID")
        else:
            x = tf.nn.conv2d(x, kernel, 1, "SAME")
        if not self.demodulate:
            return x
        squares = tf.reduce_sum(kernel**2, (0, 1))
        lengths = style**2 @ (tf.transpose(squares) if self.up else squares) + self.epsilon
        return x / tf.sqrt(lengths)[:, None, None]
''',
    "Bias": '''class Bias(layers.Layer):
    """One learned number a channel, added where no weights are."""

    def build(self, shape):
        self.bias = self.add_weight(name="bias", shape=shape[-1:], initializer="zeros")

    def call(self, x):
        return x + self.bias
''',
    "LearnedConstant": '''class LearnedConstant(layers.Layer):
    """A learned picture, whatever is read; its weight in the order [C, H, W]."""

    def __init__(self, *shape, **options):
        super().__init__(**options)
        start = initializers.RandomNormal(0.0, 1.0)
        self.weight = self.add_weight(name="weight", shape=shape, initializer=start)

    def call(self, x):
        picture = tf.transpose(self.weight, (1, 2, 0))
        return tf.ones((tf.shape(x)[0], 1, 1, 1), x.dtype) * picture
''',
    "AddNoise": '''class AddNoise(layers.Layer):
    """Noise by one learned strength, 0 at first."""

    def build(self, shapes):
        self.weight = self.add_weight(name="weight", shape=(1,), initializer="zeros")

    def call(self, inputs):
        x, noise = inputs
        return x + self.weight * noise
''',
    "StyleMixing": '''class StyleMixing(layers.Layer):
    """The styles of all layers; in training some samples have a second one from some layer on (Karras et al. 2019)."""

    def __init__(self, count, chance, **options):
        super().__init__(**options)
        self.count, self.chance = count, chance

    def random(self, purpose, x):
        return tf.random.uniform((tf.shape(x)[0],), dtype=x.dtype)

    def call(self, x, training=False):
        first, second = (tf.repeat(x[:, 0, place, None], self.count, axis=1) for place in (0, 1))
        if training and self.chance:
            mixed = self.random("chosen", x) < self.chance
            starts = tf.range(self.count, dtype=x.dtype) / (self.count - 1)
            behind = self.random("place", x)[:, None] < starts
            first = tf.where((mixed[:, None] & behind)[:, :, None], second, first)
        return tf.reshape(first, (-1, self.count * x.shape[-1]))
''',
}
