"""What becomes one box, what is drawn once, and where boxes stand."""

from gan_core.diagrams.boxes import Box, boxes_of
from gan_core.diagrams.flow import columns_of, ordered, ways_of
from gan_core.diagrams.folding import Fold, fold
from gan_core.diagrams.grid import Cell, grid
from gan_core.diagrams.letters import text_width, together, wrapped
from gan_core.plans.plans import plan_network
from gan_core.presets import preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network


def drawn(*layers: L.Layer, outputs: tuple[str, ...] = (), shape: tuple[int, ...] = (4,)) -> list[Box]:
    network = Network(inputs={"z": Input(kind="latent", shape=shape)}, layers=layers, outputs=outputs)
    return boxes_of(plan_network("one", network))


def rows(boxes: list[Box]) -> list[list[str]]:
    return [[row.name for row in box.rows] for box in boxes if box.role not in ("input", "output")]


def test_activations_and_norms_stand_with_the_layer_before_them():
    boxes = drawn(L.Dense(units=8), L.LeakyReLU(), L.BatchNorm(), L.Dense(units=1))

    assert rows(boxes) == [["dense", "leaky_relu", "batch_norm"], ["dense"]]
    assert boxes[1].parameters == 4 * 8 + 8 + 2 * 8


def test_what_makes_an_image_larger_stands_with_the_convolution_behind_it():
    conv = L.Conv(channels=2, kernel=3, padding=1)
    boxes = drawn(conv, L.ReLU(), L.Upsample(), conv, shape=(1, 4, 4))

    assert rows(boxes) == [["conv", "relu"], ["upsample", "conv"]]


def test_a_box_ends_where_its_output_is_read_elsewhere_too():
    boxes = drawn(
        L.Dense(units=4, name="first"), L.ReLU(), L.Dense(units=4), L.Add(inputs=("first", "previous")), L.Tanh()
    )

    assert rows(boxes) == [["first (dense)"], ["relu", "dense"], ["add", "tanh"]]


def test_every_head_has_an_output_of_its_own():
    boxes = drawn(L.Dense(units=4, name="a"), L.Dense(units=2, name="b"), outputs=("b", "a"))

    assert [(box.rows[0].name, box.shape, box.reads) for box in boxes if box.role == "output"] == [
        ("b", "2", ("b",)),
        ("a", "4", ("a",)),
    ]


def test_a_block_is_one_box_that_says_what_is_inside():
    (box,) = [box for box in boxes_of(preset("cifar-sagan").plans["discriminator"]) if box.name == "residual_3"]

    assert box.inside == "relu · conv · relu · conv · add"


def test_residual_blocks_are_drawn_once_with_their_number():
    boxes, folds = fold(boxes_of(preset("cyclegan").plans["a_to_b"]))

    assert folds == [Fold(boxes=("relu_4", "change_0", "block_0"), repeats=6)]
    assert [row.name for box in boxes if box.name == "block_0" for row in box.rows] == ["block_0 … block_5 (add)"]
    assert next(box.reads for box in boxes if box.name == "relu_10") == ("block_0",)


def test_layers_of_other_shapes_are_not_repetitions():
    _, folds = fold(drawn(L.Dense(units=8), L.Dense(units=16), L.Dense(units=32)))

    assert folds == []


def test_a_section_whose_middle_is_read_from_outside_is_drawn_in_full():
    blocks = [L.Dense(units=4), L.Dense(units=4, name="inner"), L.Dense(units=4), L.Dense(units=4)]

    _, folds = fold(drawn(*blocks, L.Dense(units=4), L.Add(inputs=("inner", "previous"))))

    assert all(name != "inner" for one in folds for name in one.boxes[:-1])
    assert sum(one.repeats for one in folds) < 5


def test_a_u_net_goes_down_and_up_again_with_both_ends_of_a_skip_in_one_row():
    where = grid(boxes_of(preset("pix2pix").plans["generator"]))
    cells = where.cells

    assert where.is_u
    for down, up in [("down_1", "tanh_1"), ("down_2", "up_1"), ("down_5", "up_4"), ("relu_1", "up_5")]:
        assert (cells[down].column, cells[up].column) == (0, 1)
        assert cells[down].row == cells[up].row


def test_what_feeds_the_chain_stands_a_row_above_in_a_column_of_its_own():
    cells = grid(boxes_of(preset("mnist-cgan").plans["generator"])).cells

    assert cells["input:z"] == Cell(row=1, column=0)
    assert (cells["input:label"], cells["code"]) == (Cell(row=0, column=1), Cell(row=1, column=1))


def test_members_of_a_circle_share_a_column_and_losses_stand_last():
    edges = [("real", "there"), ("there", "back"), ("back", "there"), ("there", "judge"), ("judge", "loss")]

    assert columns_of(["real", "there", "back", "judge", "loss"], edges, last=["loss"]) == {
        "real": 0,
        "there": 1,
        "back": 1,
        "judge": 2,
        "loss": 3,
    }


def test_a_line_that_passes_columns_has_a_place_in_each():
    ways = ways_of([("a", "d"), ("a", "b")], {"a": 0, "b": 1, "c": 2, "d": 3})

    assert [len(way) for way in ways.values()] == [4, 2]
    assert [len(column) for column in ordered({"a": 0, "b": 1, "c": 2, "d": 3}, ways)] == [1, 2, 2, 1]


def test_lines_are_broken_at_blanks_and_where_they_must_within_words():
    lines = wrapped("channels 64, kernel 4, averyverylongwordwithoutablank", 80, 11)

    assert "".join(lines).replace(" ", "") == "channels64,kernel4,averyverylongwordwithoutablank"
    assert max(text_width(line, 11) for line in lines) <= 80


def test_a_setting_is_not_broken_where_it_fits_into_a_line():
    lines = wrapped(together("channels 512, kernel 4, no bias"), 120, 11)

    assert lines == ["channels 512,", "kernel 4, no bias"]
