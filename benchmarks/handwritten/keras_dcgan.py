"""`mnist-dcgan` by hand in Keras on TensorFlow."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from .batches import shuffled

BATCH, LATENT = 64, 100
JIT = False  # on the CPU XLA convolves more slowly than TensorFlow's own kernels


def small() -> keras.initializers.Initializer:
    return keras.initializers.RandomNormal(0.0, 0.02)


def norm() -> layers.Layer:
    start = keras.initializers.RandomNormal(1.0, 0.02)
    return layers.BatchNormalization(momentum=0.9, epsilon=1e-5, gamma_initializer=start)


def networks(width: float) -> tuple[keras.Model, keras.Model]:
    wide, middle, narrow = (round(channels * width) for channels in (512, 256, 128))
    same = {"padding": "same", "use_bias": False}
    generator = keras.Sequential([layers.Input((1, 1, LATENT))])
    generator.add(layers.Conv2DTranspose(wide, 4, use_bias=False, kernel_initializer=small()))
    for channels in (middle, narrow):
        generator.add(norm())
        generator.add(layers.ReLU())
        generator.add(layers.Conv2DTranspose(channels, 4, 2, kernel_initializer=small(), **same))
    generator.add(norm())
    generator.add(layers.ReLU())
    generator.add(layers.Conv2DTranspose(1, 4, 2, kernel_initializer=small(), activation="tanh", **same))
    discriminator = keras.Sequential([layers.Input((32, 32, 1))])
    discriminator.add(layers.Conv2D(narrow, 4, 2, kernel_initializer=small(), **same))
    discriminator.add(layers.LeakyReLU(negative_slope=0.2))
    for channels in (middle, wide):
        discriminator.add(layers.Conv2D(channels, 4, 2, kernel_initializer=small(), **same))
        discriminator.add(norm())
        discriminator.add(layers.LeakyReLU(negative_slope=0.2))
    discriminator.add(layers.Conv2D(1, 4, use_bias=False, kernel_initializer=small()))
    discriminator.add(layers.Flatten())
    return generator, discriminator


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """The whole step one graph, noise drawn inside, no gradient at the discriminator's fakes, nothing fetched."""
    generator, discriminator = networks(width)
    generator_adam = keras.optimizers.Adam(2e-4, beta_1=0.5)
    discriminator_adam = keras.optimizers.Adam(2e-4, beta_1=0.5)
    generator_adam.build(generator.trainable_variables)
    discriminator_adam.build(discriminator.trainable_variables)

    def made() -> tf.Tensor:
        return generator(tf.random.normal([BATCH, 1, 1, LATENT]), training=True)

    @tf.function(jit_compile=JIT)
    def train(pixels: tf.Tensor) -> None:
        real = tf.cast(pixels, tf.float32) / 127.5 - 1
        fake = made()
        with tf.GradientTape() as tape:
            real_logits, fake_logits = discriminator(real, training=True), discriminator(fake, training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-real_logits)) + tf.reduce_mean(tf.nn.softplus(fake_logits))
        weights = discriminator.trainable_variables
        discriminator_adam.apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.nn.softplus(-discriminator(made(), training=True)))
        weights = generator.trainable_variables
        generator_adam.apply(tape.gradient(loss, weights), weights)

    pixels, places = np.ascontiguousarray(images.transpose(0, 2, 3, 1)), shuffled(len(images), BATCH)
    return lambda: train(tf.constant(pixels[next(places)]))
