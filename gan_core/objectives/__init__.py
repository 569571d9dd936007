"""What a phase minimises. A new objective joins the family by subclassing `Objective`."""

from gan_core.objectives.adversarial import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.attributes import StarDiscriminator, StarGenerator
from gan_core.objectives.autoencoders import (
    BoundaryEquilibriumDiscriminator,
    BoundaryEquilibriumGenerator,
    EnergyDiscriminator,
    EnergyGenerator,
)
from gan_core.objectives.base import Objective
from gan_core.objectives.bicycle import BicycleDiscriminators, BicycleGenerators
from gan_core.objectives.class_terms import AuxiliaryClassifier, LabelledClassifier, MutualInformation
from gan_core.objectives.consistency_terms import ConsistencyRegularisation, LatentConsistency
from gan_core.objectives.contrastive_terms import ConditionalContrast, DataCrossEntropy
from gan_core.objectives.coupled import CoupledDiscriminators, CoupledGenerators
from gan_core.objectives.cycle import CycleDiscriminators, CycleGenerators
from gan_core.objectives.inference import (
    AdversarialAutoencoder,
    BidirectionalDiscriminator,
    BidirectionalGenerators,
    CodeDiscriminator,
)
from gan_core.objectives.labelled import LabelledDiscriminator, LabelledGenerator
from gan_core.objectives.lecam import LeCamDiscriminator
from gan_core.objectives.path_length import PathLength
from gan_core.objectives.sample_terms import FeatureMatching, SampleDistance
from gan_core.objectives.self_supervised_terms import LocalGlobalContrast, RotationPrediction
from gan_core.objectives.series import (
    SeriesDiscriminator,
    SeriesEmbedding,
    SeriesGenerator,
    SeriesSupervision,
)
from gan_core.objectives.several import SeveralDiscriminator, SeveralGenerators
from gan_core.objectives.tables import TableDiscriminator, TableGenerator
from gan_core.objectives.terms import Term
from gan_core.objectives.top import TopGenerator
from gan_core.objectives.twin_terms import DiscriminativeClassifier, TwinClassifier
from gan_core.objectives.unrolled import UnrolledGenerator
from gan_core.objectives.weight_terms import OrthogonalRegularisation

__all__ = [
    "AdversarialAutoencoder",
    "AdversarialDiscriminator",
    "AdversarialGenerator",
    "AuxiliaryClassifier",
    "BicycleDiscriminators",
    "BicycleGenerators",
    "BidirectionalDiscriminator",
    "BidirectionalGenerators",
    "BoundaryEquilibriumDiscriminator",
    "BoundaryEquilibriumGenerator",
    "CodeDiscriminator",
    "ConditionalContrast",
    "ConsistencyRegularisation",
    "CoupledDiscriminators",
    "CoupledGenerators",
    "CycleDiscriminators",
    "CycleGenerators",
    "DataCrossEntropy",
    "DiscriminativeClassifier",
    "EnergyDiscriminator",
    "EnergyGenerator",
    "FeatureMatching",
    "LabelledClassifier",
    "LabelledDiscriminator",
    "LabelledGenerator",
    "LatentConsistency",
    "LeCamDiscriminator",
    "LocalGlobalContrast",
    "MutualInformation",
    "Objective",
    "OrthogonalRegularisation",
    "PathLength",
    "RotationPrediction",
    "SampleDistance",
    "SeriesDiscriminator",
    "SeriesEmbedding",
    "SeriesGenerator",
    "SeriesSupervision",
    "SeveralDiscriminator",
    "SeveralGenerators",
    "StarDiscriminator",
    "StarGenerator",
    "TableDiscriminator",
    "TableGenerator",
    "Term",
    "TopGenerator",
    "TwinClassifier",
    "UnrolledGenerator",
]
