"""What programs in Keras define themselves, since its own call means something else or there is none."""

from .program_augmentations import AUGMENTATIONS
from .program_styles import STYLES
from .program_training import TRAINING

HELPERS = {**TRAINING, **AUGMENTATIONS, **STYLES} | {
    "fan_in_uniform": '''def fan_in_uniform(inputs):
    """Return what PyTorch starts a layer from: U(-limit, limit), the limit being 1 / sqrt(inputs)."""
    limit = inputs**-0.5
    names = ("kernel_initializer", "bias_initializer")
    return {name: initializers.RandomUniform(-limit, limit) for name in names}
''',
    "normal_start": """normal_start = initializers.RandomNormal  # mean, standard deviation; a new one for each layer
""",
    "kaiming_normal": '''def kaiming_normal(slope=0.0, mode="fan_in"):
    """Return first weights of He et al. 2015 from a whole normal distribution, not a truncated one."""
    return initializers.VarianceScaling(2 / (1 + slope**2), mode, "untruncated_normal")
''',
    "kaiming_uniform": '''def kaiming_uniform(slope=0.0, mode="fan_in"):
    """Return first weights of He et al. 2015 for a leaky ReLU of a slope."""
    return initializers.VarianceScaling(2 / (1 + slope**2), mode, "uniform")
''',
    "UnbiasedBatchNormalization": '''class UnbiasedBatchNormalization(layers.BatchNormalization):
    """Batch norm that keeps the variance divided by n - 1; Keras's own keeps the one divided by n.

    The variance is composed: Keras takes it from tf.nn.moments, whose second derivatives are wrong.
    """

    def call(self, x, training=False):
        if not training:
            return super().call(x)
        axes = list(range(len(x.shape) - 1))
        mean = tf.reduce_mean(x, axes)
        variance = tf.reduce_mean(tf.square(x - mean), axes)
        count = tf.cast(tf.size(x) // x.shape[-1], x.dtype)
        unbiased = variance * count / tf.maximum(count - 1, 1)
        for kept, new in ((self.moving_mean, mean), (self.moving_variance, unbiased)):
            kept.assign(self.momentum * kept + (1 - self.momentum) * new)
        return tf.nn.batch_normalization(x, mean, variance, self.beta, self.gamma, self.epsilon)
''',
    "ComposedBatchNormalization": '''class ComposedBatchNormalization(layers.BatchNormalization):
    """Batch norm that can be differentiated twice: Keras's own takes the mean for a constant there."""

    def call(self, x, training=False):
        if not training:
            return super().call(x)
        axes = list(range(len(x.shape) - 1))
        mean = tf.reduce_mean(x, axes)
        variance = tf.reduce_mean(tf.square(x - mean), axes)
        for kept, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
            kept.assign(self.momentum * kept + (1 - self.momentum) * new)
        return tf.nn.batch_normalization(x, mean, variance, self.beta, self.gamma, self.epsilon)
''',
    "ComposedGroupNormalization": '''class ComposedGroupNormalization(layers.GroupNormalization):
    """Group norm that can be differentiated twice: Keras's own takes the mean for a constant there."""

    def call(self, x):
        *_, channels = x.shape
        groups = tf.reshape(x, (-1, *x.shape[1:-1], self.groups, channels // self.groups))
        axes = [*range(1, len(x.shape) - 1), len(x.shape)]
        centred = groups - tf.reduce_mean(groups, axes, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axes, keepdims=True)
        x = tf.reshape(centred * tf.math.rsqrt(variance + self.epsilon), (-1, *x.shape[1:]))
        return x * self.gamma + self.beta if self.scale else x
''',
    "SpectralNorm": '''class SpectralNorm(layers.Wrapper):
    """A layer whose kernel is divided by its largest singular value (Miyato et al. 2018).

    One step of power iteration at every call, in evaluation too; Keras's own takes none there.
    """

    def build(self, shape):
        super().build(shape)
        matrix = self.matrix().numpy()
        right = np.linalg.svd(matrix, full_matrices=False)[2][0]  # start as the singular vector itself
        self.singular_vector = self.add_weight(
            name="singular_vector",
            shape=right.shape,
            initializer=lambda shape, dtype: tf.cast(right * np.sign(right[np.abs(right).argmax()]), dtype),
            trainable=False,
        )

    def matrix(self):
        kernel = tf.convert_to_tensor(self.layer.kernel)
        if isinstance(self.layer, layers.Conv2DTranspose):
            kernel = tf.transpose(kernel, (0, 1, 3, 2))
        return tf.reshape(kernel, (-1, kernel.shape[-1]))  # [rest, out]

    def call(self, x, training=False):
        matrix = self.matrix()
        rest = tf.stop_gradient(tf.linalg.normalize(tf.linalg.matvec(matrix, self.singular_vector))[0])
        seen = tf.linalg.matvec(matrix, rest, transpose_a=True)
        out = tf.stop_gradient(tf.linalg.normalize(seen)[0])
        if training:
            self.singular_vector.assign(out)
        kernel, *others = self.layer.trainable_variables
        kernel = kernel / tf.tensordot(out, seen, 1)
        return self.layer.stateless_call([kernel, *others], [], x)[0]
''',
    "Gain": '''class Gain(layers.Layer):
    """A learned factor that starts at 0: how much of a branch is let in."""

    def build(self, shape):
        self.weight = self.add_weight(name="weight", shape=(), initializer="zeros")

    def call(self, x):
        return x * self.weight
''',
    "MinibatchDiscrimination": '''class MinibatchDiscrimination(layers.Layer):
    """How near a sample is to the others of its batch (Salimans et al. 2016): [N, features] to [N, kernels]."""

    def __init__(self, kernels, dimensions, **options):
        super().__init__(**options)
        self.kernels, self.dimensions = kernels, dimensions

    def build(self, shape):
        sizes, start = (shape[-1], self.kernels, self.dimensions), initializers.RandomNormal(0.0, 1.0)
        self.weight = self.add_weight(name="weight", shape=sizes, initializer=start)

    def call(self, x):
        seen = tf.tensordot(x, self.weight, 1)
        distances = tf.reduce_sum(tf.abs(seen[:, None] - seen[None]), axis=3)  # [N, N, kernels]
        others = 1 - tf.eye(tf.shape(x)[0], dtype=x.dtype)[:, :, None]
        return tf.reduce_sum(tf.exp(-distances) * others, axis=1)
''',
    "MinibatchDeviation": '''class MinibatchDeviation(layers.Layer):
    """Join a channel to pictures: the mean standard deviation of their values over a group of the batch."""

    def __init__(self, group_size, epsilon):
        super().__init__()
        self.group_size, self.epsilon = group_size, epsilon

    def compute_output_shape(self, shape):
        return (*shape[:-1], shape[-1] + 1)

    def call(self, x):
        count, height, width, _ = x.shape
        size = min(self.group_size, count)
        size = count if count % size else size
        groups = tf.reshape(x, (size, count // size, -1))
        centred = groups - tf.reduce_mean(groups, axis=0)
        deviations = tf.sqrt(tf.reduce_mean(tf.square(centred), axis=0) + self.epsilon)
        means = tf.tile(tf.reduce_mean(deviations, axis=1), (size,))
        planes = tf.tile(means[:, None, None, None], (1, height, width, 1))
        return tf.concat([x, planes], axis=3)
''',
    "pixel_norm": '''def pixel_norm(x, epsilon):
    """Divide by the root of the mean of the squares over the channels of each pixel."""
    return x / ops.sqrt(ops.mean(x * x, axis=-1, keepdims=True) + epsilon)
''',
    "pixel_shuffle": '''def pixel_shuffle(x, factor):
    """Spread channels over squares of pixels, whose pixels are neighbours among the channels.

    TensorFlow's depth_to_space takes the channels in another order.
    """
    _, height, width, channels = x.shape
    channels //= factor**2
    squares = ops.reshape(x, (-1, height, width, channels, factor, factor))
    squares = ops.transpose(squares, (0, 1, 4, 2, 5, 3))
    return ops.reshape(squares, (-1, height * factor, width * factor, channels))
''',
    "replicated": '''def replicated(x, rows, columns):
    """Repeat the edge of pictures, by rows at the top and the bottom, and columns at the left and the right."""
    for axis, (before, after) in ((1, rows), (2, columns)):
        places = np.arange(-before, x.shape[axis] + after).clip(0, x.shape[axis] - 1)
        x = ops.take(x, places, axis=axis)
    return x
''',
    "blur": '''def blur(x, weights, stride=1):
    """Smooth each channel by weights, which are divided by their sum, along rows and columns."""
    row = np.array(weights) / np.sum(weights)
    kernel = np.outer(row, row)[:, :, None, None].repeat(x.shape[-1], axis=2)
    return ops.depthwise_conv(x, ops.cast(kernel, x.dtype), stride)
''',
    "attention": '''def attention(queries, keys, values, scaled=False):
    """Give each pixel the mean of all values, weighted by how well its query fits their keys."""
    _, height, width, _ = queries.shape
    queries, keys, values = (
        ops.reshape(x, (-1, x.shape[1] * x.shape[2], x.shape[3])) for x in (queries, keys, values)
    )
    products = ops.matmul(queries, ops.transpose(keys, (0, 2, 1)))
    if scaled:
        products = products * queries.shape[-1] ** -0.5
    means = ops.matmul(ops.softmax(products), values)
    return ops.reshape(means, (-1, height, width, values.shape[-1]))
''',
}
