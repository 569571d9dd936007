"""Which extractor works features out of a run's samples: the user's choice, or the one that suits the data."""

from gan_core.data.dataset import Dataset
from gan_core.data.derived_domains import Stacked
from gan_core.data.idx import Mnist
from gan_core.data.spec import Data
from gan_core.errors import UsageError, nearest
from gan_core.features.channelwise import ChannelwiseClassifier
from gan_core.features.extractor import Extractor, RawCoordinates
from gan_core.features.inception import WORDS, inception_extractor
from gan_core.features.log_mel import LogMelStatistics
from gan_core.features.mnist_classifier import mnist_classifier
from gan_core.features.onnx_file import OnnxExtractor, find_file
from gan_core.features.onnx_settings import parted, settings_of
from gan_core.sheets.sheets import kind_of, shown_as
from gan_core.sheets.sounds import rate_of
from gan_core.training.machine import Machine

CHOICES = ("auto", "classifier", "coordinates", *WORDS, "log-mel", "pixels")


def choose_extractor(choice: str, data: Data, dataset: Dataset, machine: Machine) -> Extractor:
    """Return the extractor of a choice: one of `CHOICES`, an ONNX file or its address (see `onnx_file.find_file`), with
    what is stated of it behind its name (see `onnx_settings`).

    "auto" is what the data call suitable (`Data.suitable_extractor`), as the classifier for MNIST and pixels for the
    8×8 digits, or the first that suits samples of their kind (`Kind.extractors`), as coordinates for points, tables and
    series. machine: where a classifier is trained if there is none yet. Raises `UsageError` for what does not suit the
    data.
    """
    word = _suitable(data, dataset) if choice == "auto" else choice
    plain = word.partition("#")[0]
    plain = "inception" if plain in WORDS else plain
    known = "FILE.onnx" if plain.endswith(".onnx") else plain
    if known not in (*CHOICES, "FILE.onnx"):
        raise UsageError(f"features={word}: no such extractor{nearest(word, CHOICES)}; or a file that ends in .onnx")
    if "#" in word and known != "FILE.onnx":
        raise UsageError(
            f"features={word}: only a file that ends in .onnx takes #sha256=HEX; say features={word.partition('#')[0]}"
        )
    if known not in (suits := kind_of(dataset).extractors):
        raise UsageError(
            f"features={word}: '{dataset.name}' holds samples of the kind '{shown_as(dataset)}'; expected "
            f"{' or '.join(filter(None, suits))}"
        )
    match known:
        case "classifier":
            match data.original():
                case Mnist() as digits:
                    return mnist_classifier(digits, dataset.value_range, machine)
                case Stacked(source=Mnist() as digits):
                    of = mnist_classifier(digits, dataset.value_range, machine)
                    return ChannelwiseClassifier(of=of, channels=dataset.shape[0])
            raise UsageError(f"features=classifier is for MNIST; '{dataset.name}' needs an ONNX file, or pixels")
        case "coordinates" | "pixels":
            return RawCoordinates(name=word)
        case "inception":
            return inception_extractor(word, dataset.value_range, machine)
        case "log-mel":
            return LogMelStatistics(rate=rate_of(dataset))
        case _:
            file, stated = parted(word)
            settings_of(stated, file)
            return OnnxExtractor(find_file(file), dataset.value_range, stated)


def _suitable(data: Data, dataset: Dataset) -> str:
    if word := data.suitable_extractor(dataset) or kind_of(dataset).extractors[0]:
        return word
    raise UsageError(
        f"no extractor suits '{dataset.name}' by itself: give features=FILE.onnx, inception, or pixels (which see "
        "no further than single values)"
    )
