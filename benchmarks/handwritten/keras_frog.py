"""`frog-dcgan` by hand in Keras on TensorFlow."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from .batches import in_order

BATCH, LATENT = 20, 32
JIT = False  # on the CPU XLA convolves more slowly than TensorFlow's own kernels


def networks(width: float) -> tuple[keras.Model, keras.Model]:
    narrow, wide = round(128 * width), round(256 * width)
    generator = keras.Sequential([layers.Input((LATENT,))])
    generator.add(layers.Dense(narrow * 16 * 16))
    generator.add(layers.LeakyReLU(negative_slope=0.1))
    generator.add(layers.Reshape((16, 16, narrow)))
    generator.add(layers.Conv2D(wide, 5, padding="same"))
    generator.add(layers.LeakyReLU(negative_slope=0.1))
    generator.add(layers.Conv2DTranspose(wide, 4, 2, padding="same"))
    generator.add(layers.LeakyReLU(negative_slope=0.1))
    for _ in range(2):
        generator.add(layers.Conv2D(wide, 5, padding="same"))
        generator.add(layers.LeakyReLU(negative_slope=0.1))
    generator.add(layers.Conv2D(3, 7, padding="same", activation="tanh"))
    discriminator = keras.Sequential([layers.Input((32, 32, 3)), layers.Conv2D(narrow, 3)])
    discriminator.add(layers.LeakyReLU(negative_slope=0.1))
    for _ in range(3):
        discriminator.add(layers.Conv2D(narrow, 4, 2))
        discriminator.add(layers.LeakyReLU(negative_slope=0.1))
    discriminator.add(layers.Flatten())
    discriminator.add(layers.Dropout(0.4))
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """The whole step one graph, noise drawn inside, no gradient at the discriminator's fakes, nothing fetched."""
    generator, discriminator = networks(width)
    generator_rule = keras.optimizers.RMSprop(4e-4, clipvalue=1.0)
    discriminator_rule = keras.optimizers.RMSprop(3e-4, clipvalue=1.0)
    generator_rule.build(generator.trainable_variables)
    discriminator_rule.build(discriminator.trainable_variables)
    targets = tf.concat([tf.ones([BATCH, 1]), tf.zeros([BATCH, 1])], 0)

    def made() -> tf.Tensor:
        return generator(tf.random.normal([BATCH, LATENT]), training=True)

    @tf.function(jit_compile=JIT)
    def train(pixels: tf.Tensor) -> None:
        samples = tf.concat([made(), tf.cast(pixels, tf.float32) / 255], 0)
        noisy = targets + 0.05 * tf.random.uniform([2 * BATCH, 1])
        with tf.GradientTape() as tape:
            logits = discriminator(samples, training=True)
            loss = tf.reduce_mean(tf.nn.softplus(logits) - noisy * logits)
        weights = discriminator.trainable_variables
        discriminator_rule.apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(discriminator(made(), training=True)))
        weights = generator.trainable_variables
        generator_rule.apply(tape.gradient(loss, weights), weights)

    pixels, places = np.ascontiguousarray(images.transpose(0, 2, 3, 1)), in_order(len(images), BATCH)
    return lambda: train(tf.constant(pixels[next(places)]))
