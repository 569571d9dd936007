"""A drawing as a file: readable, told in words, and safe to put into a page."""

import math

import msgspec
import pytest
from hypothesis import given, settings

from drawings import SVG, crossings, parsed
from gan_core.diagrams.diagram import diagram, game_diagram, network_diagram, write_diagram
from gan_core.diagrams.network import network_scene
from gan_core.diagrams.scene import Line, Scene, Shape
from gan_core.errors import UsageError
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from network_strategies import networks


def test_a_drawing_has_a_title_and_a_description_that_it_names():
    root = parsed(diagram(preset("mnist-mlp")))

    parts = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == list(parts)
    assert parts["mnist-mlp-title"] == "mnist-mlp: MLP GAN on MNIST"
    assert "generator: 12 layers from z 100 to 1×28×28, 1,489,936 parameters." in parts["mnist-mlp-description"]


def test_colours_are_variables_with_a_dark_variant():
    text = diagram(preset("mnist-mlp"))
    style = text[text.index("<style>") : text.index("</style>")]

    assert "@media (prefers-color-scheme:dark){.gan-diagram{" in style
    assert "fill:#" not in text.replace(style, "")
    assert style.count("--gan-paper:") == 2


def test_style_and_identifiers_of_two_drawings_in_a_page_do_not_meet():
    texts = [network_diagram(preset("mnist-mlp"), name) for name in ("generator", "discriminator")]
    known = [{element.get("id") for element in parsed(text).iter()} - {None} for text in texts]
    rules = texts[0][texts[0].index("<style>") + 7 : texts[0].index("</style>")]

    assert known[0] & known[1] == set()
    assert all(rule.startswith((".gan-diagram", "@media", "}")) for rule in rules.split("}")[:-2])


@pytest.mark.parametrize("summary", ['<b> & "quoted" ]]>', "a \x00 b \x1f c", "\ud800 alone"[1:], "…×−σ"])
def test_any_summary_gives_a_file_that_can_be_read(summary: str):
    made = msgspec.structs.replace(preset("digits-mlp"), summary=summary)

    parsed(diagram(made))


def test_a_step_alone_has_the_phases_and_their_losses():
    text = game_diagram(preset("mnist-wgan-gp"))

    assert "loss wasserstein" in text
    assert "discriminator × 5" in text
    assert "gradient_penalty" in text


def test_an_unknown_network_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'generator'"):
        network_diagram(preset("mnist-mlp"), "generatr")


def test_a_drawing_goes_into_files_of_its_kind_alone(tmp_path):
    with pytest.raises(UsageError, match="ends in \\.svg"):
        write_diagram(preset("digits-mlp"), tmp_path / "digits.png")
    assert list(tmp_path.iterdir()) == []


def test_a_drawing_is_written_as_it_is(tmp_path):
    write_diagram(preset("digits-mlp"), tmp_path / "digits.svg")

    assert (tmp_path / "digits.svg").read_text(encoding="utf-8") == diagram(preset("digits-mlp"))


@given(network=networks())
@settings(max_examples=50, deadline=None)
def test_any_network_has_a_drawing_of_boxes_apart(network: Network):
    scene = network_scene(plan_network("one", network))

    for index, one in enumerate(scene.shapes):
        for other in scene.shapes[:index]:
            assert one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y
    assert crossings(scene) == []
    assert math.isfinite(scene.width * scene.height)


def test_a_very_deep_network_has_a_drawing():
    layers = [L.Dense(units=2 + index % 7) for index in range(600)]
    network = Network(inputs={"z": Input(kind="latent", shape=(4,))}, layers=tuple(layers))

    assert len(network_scene(plan_network("deep", network)).shapes) > 10


def test_a_line_through_a_box_would_be_seen():
    box = Shape(x=10, y=10, width=20, height=20, role="plain")
    through, past, touching = (Line(points=((x, 0), (x, 50))) for x in (20, 5, 10))

    assert crossings(Scene(shapes=[box], lines=[through, past, touching])) == [(through, box)]
