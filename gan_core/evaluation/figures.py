"""Pictures of an evaluation: class shares side by side, features in the plane, points over their modes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from gan_core.files.whole_files import written_whole
from gan_core.metrics.precision_recall_curve import PrecisionRecallCurve

MOST_BARS = 40  # classes whose bars and numbers can be told apart in a picture


def write_class_bars(path: Path, shares: Mapping[str, np.ndarray], entropies: Mapping[str, float]) -> None:
    """Write the class shares [classes] of several sets as bars side by side, entropy in bits in the legend below.

    More classes than bars can be told apart are lines instead, of each set's shares from its largest to its smallest.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.add_subplot()
    width = 0.8 / len(shares)
    classes = max(map(len, shares.values()))
    for position, (name, share) in enumerate(shares.items()):
        label = f"{name}: {entropies[name]:.3f} bits"
        if classes > MOST_BARS:
            held = np.sort(share[share > 0])[::-1]
            axes.plot(np.arange(1, len(held) + 1), held, label=f"{label}, {len(held):,} classes")
        else:
            axes.bar(np.arange(classes) + (position - (len(shares) - 1) / 2) * width, share, width, label=label)
    axes.axhline(1 / classes, color="0.4", linewidth=0.8, linestyle="--")
    if classes > MOST_BARS:
        axes.set(yscale="log", xlabel="classes by the classifier, from the most frequent one of each set")
    else:
        axes.set_xticks(range(classes))
        axes.set_xlabel("class, by the classifier")
    axes.set_ylabel("share of samples")
    axes.set_title(f"class distribution (even: {np.log2(classes):.3f} bits)")
    figure.legend(fontsize="small", loc="outside lower center", ncols=min(3, len(shares)))  # hides no bar
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=120)


def write_curves(path: Path, curves: Mapping[str, PrecisionRecallCurve]) -> None:
    """Write curves of precision against recall, the first one as a line and the others dashed, scores in the legend."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5.4), layout="constrained")
    axes = figure.add_subplot()
    for number, (name, curve) in enumerate(curves.items()):
        scores = curve.scores
        look = {"color": "0.4", "linestyle": "--", "linewidth": 1.2} if number else {"linewidth": 2}
        label = f"{name}: F$_{{1/8}}$ {scores.precision:.3f}, F$_8$ {scores.recall:.3f}"
        axes.plot(curve.recall, curve.precision, label=label, **look)
    axes.set(xlim=(0, 1.01), ylim=(0, 1.01), aspect="equal", xlabel="recall", ylabel="precision")
    axes.grid(color="0.9")
    axes.set_title("precision against recall, of shares in 20 clusters", fontsize="medium")
    figure.legend(fontsize="small", loc="outside lower center")  # hides no curve
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=120)


def write_plane(
    path: Path, places: np.ndarray, groups: Mapping[str, slice], classes: np.ndarray | None, of: str = "features"
) -> None:
    """Write points [N, 2]: one panel for all sets together, and one for each set, coloured by class if known.

    of: what the points are the t-SNE of, in a word.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * (len(groups) + 1), 4.8), layout="constrained")
    panels = figure.subplots(1, len(groups) + 1, sharex=True, sharey=True)
    for name, part in groups.items():
        panels[0].scatter(places[part, 0], places[part, 1], s=3, alpha=0.6, label=name)
    panels[0].set_title("all sets", fontsize="small")
    panels[0].legend(fontsize="x-small", markerscale=3, loc="upper center", bbox_to_anchor=(0.5, 0))  # hides no point
    shown = None
    for axes, (name, part) in zip(panels[1:], groups.items(), strict=True):
        coloured = {} if classes is None else {"c": classes[part], "cmap": "tab10", "vmin": 0, "vmax": classes.max()}
        shown = axes.scatter(places[part, 0], places[part, 1], s=3, **coloured)
        axes.set_title(name.replace(", ", "\n"), fontsize="small")  # long names of neighbours would run together
    for axes in panels:
        axes.set_xticks([])
        axes.set_yticks([])
    if classes is not None and shown is not None:
        figure.colorbar(shown, ax=panels, label="class, by the classifier", shrink=0.8)
    figure.suptitle(f"t-SNE of {of}: neighbours stay neighbours, distances between groups mean nothing", fontsize=9)
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=120)
