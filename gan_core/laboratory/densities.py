"""Densities of points in the plane, as filled contours of a kernel estimate with the points on top."""

from typing import Any

import numpy as np

CELLS = 120  # of a side of the square, in each of which the density is worked out
LEVELS = 10  # of the contours, from a twentieth of the highest density
MOST_POINTS = 2500  # that are drawn, and that an estimate is made of: 10,000 take four times as long and hide it


def kernel_density(points: np.ndarray, reach: float, deviation: float | None) -> np.ndarray | None:
    """Return a Gaussian kernel estimate of the density of points [N, 2] over the square of ±`reach`, [CELLS, CELLS].

    Rows go with the second coordinate. The kernel is Scott's (Scott 1992, *Multivariate Density Estimation*), or as
    wide as the modes where that is narrower: Scott's is made for one hill, and draws eight of them twice as wide as
    they are. deviation: the standard deviation of a mode, or None. None is returned where points lie on a line, or are
    one point, of which no such estimate is made.
    """
    from scipy.stats import gaussian_kde

    points = points[:MOST_POINTS]
    width = float(np.sqrt(points.var(axis=0).mean()))
    if not np.isfinite(width) or len(np.unique(points, axis=0)) < 3:
        return None
    try:
        estimate = gaussian_kde(points.T)
        if deviation is not None and deviation < estimate.factor * width:
            estimate.set_bandwidth(deviation / width)
        line = np.linspace(-reach, reach, CELLS)
        places = np.stack(np.meshgrid(line, line)).reshape(2, -1)
        density = estimate(places).reshape(CELLS, CELLS)
    except np.linalg.LinAlgError:
        return None
    return density if np.isfinite(density).all() and density.max() > 0 else None


def draw_density(axes: Any, points: np.ndarray, reach: float, deviation: float | None, colours: str) -> None:
    """Draw the first 2,500 of points [N, 2] in an axes of ±`reach`, on the filled contours of their density.

    deviation: as for `kernel_density`. colours: "Blues" or "Reds".
    """
    density = kernel_density(points, reach, deviation)
    if density is not None:
        line = np.linspace(-reach, reach, CELLS)
        levels = density.max() * np.linspace(0.05, 1, LEVELS)
        axes.contourf(line, line, density, levels=levels, cmap=colours)
    colour = {"Blues": "darkblue", "Reds": "darkred"}[colours]
    axes.scatter(*points[:MOST_POINTS].T, s=1, alpha=0.5, linewidths=0, color=colour)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
