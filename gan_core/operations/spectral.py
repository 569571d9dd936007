"""Spectral normalisation: Miyato, Kataoka, Koyama, Yoshida 2018 (arXiv:1802.05957, algorithm 1).

A layer uses W/σ in place of W, σ being the largest singular value of W as a matrix [out, rest], found by one step of
power iteration from a vector u [out] that is kept from call to call. Every call takes that step, in evaluation mode
and with given weights too; only a call that updates statistics keeps the new u. So training and evaluation
use the same σ once u has converged, which it has from the start: u begins as the singular vector itself.
"""

from collections.abc import Mapping

import numpy as np

from gan_core.errors import SpecError
from gan_core.operations.ops import Array, Ops

SINGULAR_VECTOR = "singular_vector"
ALIKE = 1e-10  # eigenvalues that differ by a smaller share are one
TINY = 1e-36  # keeps 0/0 out of float32; far below rounding of any squared length


def singular_value(ops: Ops, matrix: Array, vector: Array, out_axis: int) -> tuple[Array, Array]:
    """Return σ, differentiable at the matrix alone, and the new u [out].

    matrix: W as [out, rest] (out_axis 0) or its transpose [rest, out] (out_axis 1). vector: u [out], of any length.
    v = Wᵀu / ‖Wᵀu‖, u' = Wv / ‖Wv‖, σ = u'ᵀWv, with u' and v constants: then dσ/dW = u' vᵀ.
    """

    def from_left(x: Array) -> Array:
        return ops.matmul(ops.reshape(x, (1, -1)), matrix)

    def from_right(x: Array) -> Array:
        return ops.matmul(matrix, ops.reshape(x, (-1, 1)))

    def direction(x: Array) -> Array:
        flat = ops.reshape(x, (-1,))
        return flat / ops.sqrt(ops.sum(flat * flat, (0,)) + TINY)

    to_rest, to_out = (from_left, from_right) if out_axis == 0 else (from_right, from_left)
    v = ops.detached(lambda: direction(to_rest(vector)))
    seen = ops.reshape(to_out(v), (-1,))  # W v
    u = ops.detached(lambda: direction(seen))
    return ops.sum(u * seen, (0,)), u


def leading_singular_vector(weights: Mapping[str, np.ndarray], out_axis: int) -> np.ndarray:
    """Return the left singular vector [out] of the largest singular value of a layer's ``weight``.

    out_axis: of the weight as it is kept, [out, …] or [in, out, …]. The sign is such that the largest component is
    positive. Of an orthogonal weight, whose singular values are all alike, any vector is one: see `_leading`. Raises
    `SpecError` for a weight of zeros, which has none.
    """
    weight = np.moveaxis(weights["weight"], out_axis, 0)
    matrix = weight.reshape(len(weight), -1)
    if not matrix.any():
        raise SpecError("spectral_norm: a weight that starts as zeros cannot be divided by its singular value")
    wide = matrix.shape[0] <= matrix.shape[1]  # the eigenvectors of the smaller of W Wᵀ and Wᵀ W
    vector = _leading(matrix @ matrix.T) if wide else matrix @ _leading(matrix.T @ matrix)
    vector = vector / np.linalg.norm(vector)
    return np.asarray(vector * np.sign(vector[np.argmax(np.abs(vector))]))


def _leading(symmetric: np.ndarray) -> np.ndarray:
    """Return the eigenvector of the largest eigenvalue of a matrix [n, n].

    Of several such vectors it is what they make of (1, 1, …). Which of them an algorithm finds is rounding alone, and
    it likes those with zeros: a weight whose gradient passes there only would have a gradient of rounding.
    """
    values, vectors = np.linalg.eigh(symmetric)
    alike = vectors[:, values >= values[-1] * (1 - ALIKE)]
    shares = alike.sum(axis=0)
    if alike.shape[1] == 1 or np.linalg.norm(shares) < ALIKE:
        return np.asarray(vectors[:, -1])
    return np.asarray(alike @ shares)
