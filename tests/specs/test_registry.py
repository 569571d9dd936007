"""Tables of words: what joins, what is refused, and what an unknown word is told."""

import pytest

from gan_core.errors import GanError, SpecError
from gan_core.evaluation.scores import METRICS, known_names
from gan_core.experiments.check import CHECKS
from gan_core.laboratory import MODELS, PROTOCOLS
from gan_core.objectives.losses import LOSSES, AdversarialLoss
from gan_core.presets import PRESETS
from gan_core.specs import layers as L
from gan_core.specs.registry import Registry, forget_words_of

LIBRARY = {
    "loss": LOSSES,
    "metric": METRICS,
    "check": CHECKS,
    "preset": PRESETS,
    "model": MODELS,
    "protocol": PROTOCOLS,
    "layer": L.Layer.variants,
}


@pytest.fixture
def table():
    made = Registry("colour", dict)
    yield made
    forget_words_of(__name__)


def test_a_decorator_adds_an_entry_with_its_settings_and_leaves_what_it_decorates():
    doubled = Registry("sum", lambda function, plus: function(2) + plus)

    @doubled.register("four", plus=1)
    def triple(number):
        return 3 * number

    assert doubled["four"] == 7
    assert triple(3) == 9


def test_assignment_adds_an_entry(table):
    table["red"] = {"hue": 0}
    assert table.find("red") == {"hue": 0}
    assert table.module_of("red") == __name__


def test_a_module_replaces_its_own_word(table):
    """A cell of a notebook is run again."""
    table["red"] = {"hue": 0}
    table["red"] = {"hue": 1}
    assert table["red"] == {"hue": 1}


def test_a_word_of_another_module_is_refused(table):
    table.add("red", {"hue": 0}, module="paints")
    with pytest.raises(SpecError, match=f"the colour 'red' exists already, in paints: give that of {__name__} another"):
        table["red"] = {"hue": 1}
    assert table["red"] == {"hue": 0}


def test_an_unknown_word_is_told_the_nearest(table):
    table["crimson"] = {}
    with pytest.raises(SpecError, match=r"^spec\.hue: unknown colour 'krimson'; did you mean 'crimson'\?$"):
        table.find("krimson", "spec.hue: ")


def test_an_unknown_word_without_a_near_one_is_told_all(table):
    table["crimson"] = {}
    with pytest.raises(SpecError, match=r"^unknown colour 'xyz'; expected one of: crimson$"):
        table.find("xyz")


def test_words_of_a_module_are_taken_back(table):
    table.add("red", {}, module="paints")
    table.add("blue", {}, module="inks")
    forget_words_of("paints")
    assert list(table) == ["blue"]
    table.forget("inks")


@pytest.mark.parametrize("kind", LIBRARY)
def test_a_word_of_the_library_stays_the_librarys(kind):
    entries = LIBRARY[kind]
    word = next(iter(entries))
    before = entries[word]
    with pytest.raises(SpecError, match=f"the {kind} '{word}' exists already, in gan_core"):
        entries[word] = before
    with pytest.raises(SpecError, match="exists already"):
        entries.add(word, before, module=entries.module_of(word))
    assert entries[word] is before


@pytest.mark.parametrize("kind", LIBRARY)
def test_every_table_says_the_nearest_word(kind):
    word = max(LIBRARY[kind], key=len)
    with pytest.raises(GanError, match=f"unknown {kind} '{word[:-1]}'; did you mean '"):
        LIBRARY[kind].find(word[:-1])


@pytest.mark.parametrize("kind", ["layer", "loss", "metric", "check"])
def test_where_no_word_is_near_a_module_may_be_missing(kind):
    with pytest.raises(SpecError, match=r"name its module in the experiment, as  imports = \[\"my_module\"\]"):
        LIBRARY[kind].find("zzzzzz")


def test_a_loss_is_a_class_of_two_functions():
    @LOSSES.register("squared", outputs="scores")
    class Squared:
        @staticmethod
        def discriminator(ops, real, fake):
            return fake - real

        @staticmethod
        def generator(ops, real, fake):
            return -fake

    try:
        entry = LOSSES["squared"]
        assert isinstance(entry, AdversarialLoss)
        assert (entry.discriminator(None, 1, 3), entry.generator(None, None, 3)) == (2, -3)
        assert entry.outputs == "scores"
    finally:
        del LOSSES["squared"]


def test_a_loss_that_lacks_a_side_is_refused():
    with pytest.raises(SpecError, match="the loss Half lacks the function generator"):

        @LOSSES.register("half")
        class Half:
            @staticmethod
            def discriminator(ops, real, fake):
                return fake - real

    assert "half" not in LOSSES


def test_a_metric_joins_by_the_function_that_works_it_out():
    @METRICS.register("own-metric", needs=("modes",))
    def work_out(material):
        return []

    try:
        assert METRICS["own-metric"].work_out is work_out
        assert METRICS["own-metric"].needs == ("modes",)
        assert known_names(["own_metric"]) == ["own-metric"]
    finally:
        del METRICS["own-metric"]
