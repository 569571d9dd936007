"""`mnist-mlp` by hand in Keras on TensorFlow."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

BATCH, LATENT = 64, 100


def networks() -> tuple[keras.Model, keras.Model]:
    generator = keras.Sequential([layers.Input((LATENT,))])
    for units in (256, 512, 1024):
        generator.add(layers.Dense(units))
        generator.add(layers.LeakyReLU(negative_slope=0.2))
        generator.add(layers.BatchNormalization(momentum=0.2, epsilon=1e-5))
    generator.add(layers.Dense(784, activation="tanh"))
    discriminator = keras.Sequential([layers.Input((784,))])
    for units in (512, 256):
        discriminator.add(layers.Dense(units))
        discriminator.add(layers.LeakyReLU(negative_slope=0.2))
    discriminator.add(layers.Dense(1))
    return generator, discriminator


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """The whole step compiled with XLA, noise drawn inside, one joined batch, nothing fetched."""
    images = images.reshape(len(images), 784)
    generator, discriminator = networks()
    generator_adam, discriminator_adam = keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3)
    generator_adam.build(generator.trainable_variables)
    discriminator_adam.build(discriminator.trainable_variables)
    targets = tf.concat([tf.ones([BATCH, 1]), tf.zeros([BATCH, 1])], 0)

    @tf.function(jit_compile=True)
    def train(pixels: tf.Tensor) -> None:
        real = tf.cast(pixels, tf.float32) / 127.5 - 1
        fake = generator(tf.random.normal([BATCH, LATENT]), training=True)
        with tf.GradientTape() as tape:
            logits = discriminator(tf.concat([real, fake], 0), training=True)
            loss = 2 * tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits))
        weights = discriminator.trainable_variables
        discriminator_adam.apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            logits = discriminator(generator(tf.random.normal([BATCH, LATENT]), training=True), training=True)
            loss = tf.reduce_mean(tf.nn.softplus(-logits))
        weights = generator.trainable_variables
        generator_adam.apply(tape.gradient(loss, weights), weights)

    random = np.random.default_rng()
    order, position = random.permutation(len(images)), 0

    def step() -> None:
        nonlocal position, order
        if position + BATCH > len(order):
            order, position = random.permutation(len(images)), 0
        train(tf.constant(images[order[position : position + BATCH]]))
        position += BATCH

    return step


def tutorial(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """As TensorFlow's own DCGAN tutorial has it: tf.data, one tf.function, two tapes; losses fetched every step."""
    images = images.reshape(len(images), 784)
    generator, discriminator = networks()
    generator_adam, discriminator_adam = keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3)
    criterion = keras.losses.BinaryCrossentropy(from_logits=True)
    scaled = images.astype(np.float32) / 127.5 - 1
    data = tf.data.Dataset.from_tensor_slices(scaled).shuffle(60_000).batch(BATCH, drop_remainder=True).repeat()

    @tf.function
    def train(real):
        with tf.GradientTape() as tape:
            fake = generator(tf.random.normal([BATCH, LATENT]), training=True)
            real_logits, fake_logits = discriminator(real, training=True), discriminator(fake, training=True)
            d_loss = criterion(tf.ones_like(real_logits), real_logits)
            d_loss += criterion(tf.zeros_like(fake_logits), fake_logits)
        gradients = tape.gradient(d_loss, discriminator.trainable_variables)
        discriminator_adam.apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))
        with tf.GradientTape() as tape:
            fake_logits = discriminator(generator(tf.random.normal([BATCH, LATENT]), training=True), training=True)
            g_loss = criterion(tf.ones_like(fake_logits), fake_logits)
        gradients = tape.gradient(g_loss, generator.trainable_variables)
        generator_adam.apply_gradients(zip(gradients, generator.trainable_variables, strict=True))
        return d_loss, g_loss

    stream = iter(data)

    def step() -> None:
        d_loss, g_loss = train(next(stream))
        float(d_loss) + float(g_loss)

    return step
