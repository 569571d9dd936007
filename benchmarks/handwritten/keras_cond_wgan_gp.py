"""`mnist-cond-wgan-gp` by hand in Keras on TensorFlow."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from .batches import shuffled
from .keras_dcgan import norm, small

BATCH, LATENT, CLASSES, CRITIC_UPDATES = 64, 100, 10, 5
JIT = False  # on the CPU XLA convolves more slowly than TensorFlow's own kernels


def digit_maker(width: float) -> keras.Model:
    wide, middle, narrow = (round(channels * width) for channels in (256, 128, 64))
    same = {"padding": "same", "use_bias": False}
    latent, label = layers.Input((LATENT,)), layers.Input((), dtype="int64")
    x = layers.Concatenate()([latent, layers.Embedding(CLASSES, 32)(label)])
    x = layers.Reshape((1, 1, LATENT + 32))(x)
    x = layers.Conv2DTranspose(wide, 4, use_bias=False, kernel_initializer=small())(x)
    x = layers.ReLU()(norm()(x))
    for channels in (middle, narrow):
        x = layers.Conv2DTranspose(channels, 4, 2, kernel_initializer=small(), **same)(x)
        x = layers.ReLU()(norm()(x))
    x = layers.Conv2DTranspose(1, 4, 2, kernel_initializer=small(), activation="tanh", **same)(x)
    return keras.Model([latent, label], x)


def digit_critic(width: float) -> keras.Model:
    sample, label = layers.Input((32, 32, 1)), layers.Input((), dtype="int64")
    plane = layers.Reshape((32, 32, 1))(layers.Embedding(CLASSES, 32 * 32)(label))
    x = layers.Concatenate()([sample, plane])
    for channels in (round(count * width) for count in (64, 128, 256)):
        x = layers.Conv2D(channels, 4, 2, padding="same", use_bias=False, kernel_initializer=small())(x)
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    x = layers.Conv2D(1, 4, kernel_initializer=small())(x)
    return keras.Model([sample, label], layers.Flatten()(x))


def penalty(critic: keras.Model, real: tf.Tensor, fake: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
    mixed = fake + tf.random.uniform([BATCH, 1, 1, 1]) * (real - fake)
    with tf.GradientTape() as tape:
        tape.watch(mixed)
        total = tf.reduce_sum(critic([mixed, label], training=True))
    norms = tf.sqrt(tf.reduce_sum(tape.gradient(total, mixed) ** 2, [1, 2, 3]) + 1e-12)
    return tf.reduce_mean((norms - 1) ** 2)


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """Each update one graph, noise drawn inside, one joined batch, no gradient at the critic's fakes."""
    generator, critic = digit_maker(width), digit_critic(width)
    generator_adam = keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
    critic_adam = keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9)
    generator_adam.build(generator.trainable_variables)
    critic_adam.build(critic.trainable_variables)

    def made(label: tf.Tensor) -> tf.Tensor:
        return generator([tf.random.normal([BATCH, LATENT]), label], training=True)

    @tf.function(jit_compile=JIT)
    def train_critic(pixels: tf.Tensor, label: tf.Tensor) -> None:
        real, fake = tf.cast(pixels, tf.float32) / 127.5 - 1, made(label)
        both, labels = tf.concat([real, fake], 0), tf.concat([label, label], 0)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = tf.split(critic([both, labels], training=True), 2)
            loss = tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)
            loss += 10 * penalty(critic, real, fake, label)
        weights = critic.trainable_variables
        critic_adam.apply(tape.gradient(loss, weights), weights)

    @tf.function(jit_compile=JIT)
    def train_generator() -> None:
        label = tf.random.uniform([BATCH], 0, CLASSES, tf.int64)
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(critic([made(label), label], training=True))
        weights = generator.trainable_variables
        generator_adam.apply(tape.gradient(loss, weights), weights)

    pixels, places = np.ascontiguousarray(images.transpose(0, 2, 3, 1)), shuffled(len(images), BATCH)
    steps = 0

    def step() -> None:
        nonlocal steps
        chosen = next(places)
        train_critic(tf.constant(pixels[chosen]), tf.constant(labels[chosen]))
        if steps % CRITIC_UPDATES == 0:
            train_generator()
        steps += 1

    return step
