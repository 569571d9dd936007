"""How good samples are, as numbers: pure functions of NumPy arrays, each with its paper.

Features are float arrays [N, D], one row a sample, from any extractor (`gan_core.features`); real ones come first.
One number means one thing, whatever framework drew the samples. What cannot be worked out is a one-line `GanError`.
"""

from gan_core.metrics.classes import (
    ClassCoverage,
    agreement_by_class,
    class_coverage,
    class_error,
    class_shares,
    entropy_bits,
    entropy_influences,
    label_agreement,
    matched_error,
)
from gan_core.metrics.copying import copied_share, copying_rank, nearness
from gan_core.metrics.diversity import mean_pairwise_distance, mean_similarity, ms_ssim
from gan_core.metrics.embedding import tsne
from gan_core.metrics.frechet import (
    frechet_distance,
    frechet_distance_of_moments,
    frechet_extrapolated,
    frechet_influences,
    frechet_to_statistics,
    influences_to_statistics,
)
from gan_core.metrics.inception import inception_influences, inception_score
from gan_core.metrics.intervals import Estimate, Interval, interval, interval_of_difference, interval_of_share
from gan_core.metrics.kernel import kernel_distance, kernel_influences, squared_mmd
from gan_core.metrics.modes import ModeCoverage, mode_coverage
from gan_core.metrics.moments import Moments
from gan_core.metrics.neighbours import density_coverage, neighbour_scores, precision_recall
from gan_core.metrics.path_length import perceptual_path_length
from gan_core.metrics.precision_recall_curve import (
    PrecisionRecallCurve,
    curve_of_histograms,
    curve_on_parts,
    precision_recall_curve,
)
from gan_core.metrics.series import (
    autocorrelation_distance,
    discriminative_score,
    feature_distances,
    predictive_score,
)
from gan_core.metrics.spectra import SpectrumDistances, spectrum_distances
from gan_core.metrics.two_sample import TwoSampleTest, two_sample_test
from gan_core.metrics.vendi import vendi_influences, vendi_score

__all__ = [
    "ClassCoverage",
    "Estimate",
    "Interval",
    "ModeCoverage",
    "Moments",
    "PrecisionRecallCurve",
    "SpectrumDistances",
    "TwoSampleTest",
    "agreement_by_class",
    "autocorrelation_distance",
    "class_coverage",
    "class_error",
    "class_shares",
    "copied_share",
    "copying_rank",
    "curve_of_histograms",
    "curve_on_parts",
    "density_coverage",
    "discriminative_score",
    "entropy_bits",
    "entropy_influences",
    "feature_distances",
    "frechet_distance",
    "frechet_distance_of_moments",
    "frechet_extrapolated",
    "frechet_influences",
    "frechet_to_statistics",
    "inception_influences",
    "inception_score",
    "influences_to_statistics",
    "interval",
    "interval_of_difference",
    "interval_of_share",
    "kernel_distance",
    "kernel_influences",
    "label_agreement",
    "matched_error",
    "mean_pairwise_distance",
    "mean_similarity",
    "mode_coverage",
    "ms_ssim",
    "nearness",
    "neighbour_scores",
    "perceptual_path_length",
    "precision_recall",
    "precision_recall_curve",
    "predictive_score",
    "spectrum_distances",
    "squared_mmd",
    "tsne",
    "two_sample_test",
    "vendi_influences",
    "vendi_score",
]
