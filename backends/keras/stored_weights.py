"""What Keras's files hold, read without Keras: models (``.keras``), weights (``.weights.h5``), and Keras 2's ``.h5``.

A layer's arrays are named by their place among its own: ``dense_1.0`` is the kernel, ``dense_1.1`` the bias. Of a
model's configuration only the names of its layers are read.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from gan_core.errors import DamagedError
from gan_core.files.file_parts import Archive, FilePart
from gan_core.files.hdf5_files import Node, read_tree
from gan_core.files.stored_arrays import LARGEST_INDEX_BYTES, Table

SUFFIXES: tuple[str, ...] = (".keras", ".weights.h5", ".h5", ".hdf5")
IGNORED: tuple[str, ...] = ()
_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
_LEFT_OUT = ("optimizer", "seed_generator", "optimizer_weights", "top_level_model_weights")


def stored_weights(part: FilePart) -> Table:
    """Return the arrays in a file. Raises `DamagedError` for what is none of Keras's."""
    if part.length >= 4 and part.read(0, 4) == b"PK\x03\x04":
        archive = Archive(part)
        names = _container_names(archive)
        return _ordered(_layers(read_tree(archive.part("model.weights.h5")), names), list(names.values()))
    root = read_tree(part)
    root = root.children.get("model_weights", root)
    if "layer_names" in root.words:
        return _of_keras_2(root)
    return _ordered(_layers(root, {}), [])


def _layers(node: Node, names: Mapping[str, str]) -> dict[str, Any]:
    """The layers below a group, each with its arrays, in the order in which they were written."""
    found: dict[str, Any] = {}
    for key, child in sorted(node.children.items(), key=lambda item: item[1].address):
        if key in _LEFT_OUT or child.array is not None:
            continue
        if key == "vars":
            found |= _numbered(child)
        elif key in _CONTAINERS:
            found |= _layers(child, names)
        elif inner := _layers(child, {}):
            own = child.children["vars"].words.get("name", []) if "vars" in child.children else []
            found[own[0] if own else names.get(key, key)] = inner
    return found


def _numbered(node: Node) -> dict[str, Any]:
    arrays = {key: child.array for key, child in node.children.items() if child.array is not None and key.isdigit()}
    return dict(sorted(arrays.items(), key=lambda item: int(item[0][:9])))


def _ordered(found: dict[str, Any], order: list[str]) -> Table:
    known = [name for name in order if name in found]
    return {name: found[name] for name in [*known, *(name for name in found if name not in known)]}


def _of_keras_2(root: Node) -> Table:
    found = {}
    for name in root.words["layer_names"]:
        layer = root.children.get(name)
        paths = layer.words.get("weight_names", []) if layer else []
        arrays = [_at(layer, path) for path in paths] if layer else []
        if arrays:
            found[name] = {str(index): one.array for index, one in enumerate(arrays) if one is not None}
    return found


def _at(node: Node, path: str) -> Node | None:
    place: Node | None = node
    for word in path.split("/"):
        place = place.children.get(word) if place else None
    return place if place and place.array is not None else None


def _container_names(archive: Archive) -> dict[str, str]:
    """The group of each layer in the weights → the layer's name, as the configuration has them, in its order."""
    try:
        config = json.loads(archive.read("config.json", LARGEST_INDEX_BYTES))["config"]
        layers = [(str(one["class_name"]), str(one.get("config", {}).get("name", ""))) for one in config["layers"]]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{archive.path}: its config.json cannot be read ({type(error).__name__})") from None
    counts: dict[str, int] = {}
    names = {}
    for kind, name in layers:
        word = _snake(kind)
        counts[word] = counts.get(word, -1) + 1
        names[f"{word}_{counts[word]}" if counts[word] else word] = name
    return names


def _snake(name: str) -> str:
    """A class's name as Keras writes it in its files: ``Conv2DTranspose`` is ``conv2d_transpose``."""
    plain = re.sub(r"\W+", "", name)
    plain = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", plain)
    return re.sub("([a-z])([A-Z])", r"\1_\2", plain).lower()
