"""Whether a script crops its pictures or stretches them."""

import ast

import pytest

from gan_core.porting.resizing import resizing_of


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("T.Compose([T.Resize((64, 64)), T.ToTensor()])", "stretch"),
        ("transforms.Resize([size, size])", "stretch"),
        ("transforms.Resize(size=(64, 64))", "stretch"),
        ("T.Compose([T.Resize((70, 70)), T.CenterCrop(64)])", "crop"),
        ("T.Compose([T.Resize(64), T.CenterCrop(64)])", "crop"),
        ("keras.utils.image_dataset_from_directory('x', image_size=(64, 64))", "stretch"),
        ("image_dataset_from_directory('x', image_size=(64, 64), crop_to_aspect_ratio=True)", "crop"),
        ("T.Resize(64)", None),
        ("resize((64, 64))", None),
    ],
)
def test_a_call_tells_how_pictures_are_resized(text: str, way: str | None):
    found = resizing_of(ast.parse(text))

    assert (found.way if found else None) == way
