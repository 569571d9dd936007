"""The text that makes data of other data: second domains, tints, few labels, and pictures to be restored."""

from collections.abc import Mapping
from dataclasses import replace

from gan_core.data.derived import Derived
from gan_core.data.derived_domains import COLOURS, LabelledPart, PlainAndChanged, Stacked, Tinted
from gan_core.data.derived_pairs import FILLS, MASK, FromGrey, FromLowResolution, FromMasked
from gan_core.data.domains import GreyAndColour
from gan_core.errors import SpecError
from gan_core.programs.data_reading import (
    LABEL,
    PILLOW,
    REAL,
    SECOND,
    SECOND_LABEL,
    Array,
    Reading,
    Wants,
    random_statements,
    reading,
    reading_of,
    statements,
    written,
)
from gan_core.specs.spec import variant_name

LUMA = '''
    def luma(pictures: np.ndarray) -> np.ndarray:
        """Return pictures [N, 3, H, W] in grey, [N, 1, H, W], with Pillow's weights of the colours."""
        red, green, blue = np.moveaxis(pictures.astype(np.uint32), 1, 0)
        return ((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16).astype(np.uint8)[:, None]
'''
EDGES = '''
    def edges(pictures: np.ndarray) -> np.ndarray:
        """Return outlines: the largest of each 3 × 3 pixels less the one in the middle."""
        height, width = pictures.shape[2:]
        bordered = np.pad(pictures, ((0, 0), (0, 0), (1, 1), (1, 1)))
        largest = pictures.copy()
        for top in range(3):
            for left in range(3):
                shifted = bordered[:, :, top : top + height, left : left + width]
                np.maximum(largest, shifted, out=largest)
        return largest - pictures
'''
SMALL = '''
    def smaller(pictures: np.ndarray) -> np.ndarray:
        """Return pictures $factor times smaller, each way."""
        small = []
        for pixels in pictures:
            image = Image.fromarray(pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0).copy())
            $resized
            small.append(np.atleast_3d(np.asarray(image)).transpose(2, 0, 1).copy())
        return np.stack(small)
'''
RESIZED = {
    "area": "image = image.reduce($factor)",
    "bicubic": "size = (image.width // $factor, image.height // $factor)\n"
    "        image = image.resize(size, Image.Resampling.BICUBIC)",
}
TINT = """
    tints = np.array($tints, np.uint16)
    $random
    labels = random.integers($count, size=len($pictures))
    pictures = $pictures.astype(np.uint16) * tints[labels][:, :, None, None]
    pictures = ((pictures + 127) // 255).astype(np.uint8)
"""
STACK = """
    $random
    chosen = random.integers(len($pictures), size=($count, 3))
    pictures = $pictures[chosen][:, :, 0]
"""
STACKED_LABELS = """
    classes = $labels.max() + 1
    labels = $labels[chosen] @ np.array([classes**2, classes, 1])
"""
CHOOSE = '''
    def labelled_part(labels: np.ndarray) -> np.ndarray:
        """Return the places of the samples whose labels are used: $per_class of each class, in order."""
        $random
        order = random.permutation(len(labels))
        chosen = [order[labels[order] == label][:$per_class] for label in np.unique(labels)]
        if min(map(len, chosen)) < $per_class:
            raise SystemExit("a class has fewer than $per_class samples")
        return np.sort(np.concatenate(chosen))
'''
SQUARES = {
    "centre": """
        top, left = (height - $side) // 2, (width - $side) // 2
        square = np.s_[:, :, top : top + $side, left : left + $side]
    """,
    "random": """
        $random
        tops = random.integers(height - $side + 1, size=count).tolist()
        lefts = random.integers(width - $side + 1, size=count).tolist()
    """,
}
HIDE = {
    "masked": "masked = $pictures.copy()",
    "masks": "masks = np.zeros((count, 1, height, width), np.$dtype)",
    "hidden": "hidden = np.empty((count, channels, $side, $side), np.uint8)",
}
SET = {
    "masked": "masked[square] = $fill",
    "masks": "masks[square] = 1",
    "hidden": "hidden$place = $pictures[square]",
}
EACH = """
    for number, (top, left) in enumerate(zip(tops, lefts, strict=True)):
        square = np.s_[number, :, top : top + $side, left : left + $side]
"""


def _source(spec: Derived | GreyAndColour, wants: Wants, channels: tuple[int, ...] = (1, 3)) -> Reading:
    """Return the text that reads a source's pictures. Raises `SpecError` for one that holds no such pictures."""
    source, word = reading_of(spec.source, wants), variant_name(type(spec).__name__)
    if type(spec) is type(spec.source):
        raise SpecError(f"{word} of {word} cannot be written as a program; expected another source")
    if source.two_domains:
        raise SpecError(f"{word}: its source has two domains already; expected one set of samples")
    if not channels:
        return source
    if source.channels is None:
        of_bytes = f"""
            if {source.arrays[REAL].expression}.dtype != np.uint8:
                raise SystemExit("the samples are no pictures of bytes")
        """
        return replace(source, statements=source.statements + statements(of_bytes))
    if source.channels not in channels:
        expected = " or ".join(map(str, channels))
        raise SpecError(f"{word}: its source holds no pictures of {expected} channels; expected such")
    return source


def _made(
    source: Reading, lines: tuple[str, ...], arrays: Mapping[str, Array], what: str, *blocks: str, **changes: object
) -> Reading:
    """Return a source's text with further statements, arrays and blocks."""
    added = {
        "statements": source.statements + lines,
        "arrays": {**source.arrays, **arrays},
        "what": what,
        "blocks": source.blocks + blocks,
    }
    return replace(source, **added, **changes)  # type: ignore[arg-type]


def _halves(source: Reading, first: str, second: str) -> dict[str, Array]:
    """Return the arrays of two domains: the first half of a source, and the second. first, second: the pictures."""
    halves = {name: replace(array, expression=f"{array.expression}[:half]") for name, array in source.arrays.items()}
    halves |= {REAL: Array(expression=first), SECOND: Array(expression=second)}
    if LABEL in source.arrays:
        halves[SECOND_LABEL] = Array(expression=f"{source.arrays[LABEL].expression}[half:]", kind="labels")
    return halves


@reading.register
def _grey_and_colour(spec: GreyAndColour, wants: Wants) -> Reading:
    source = _source(spec, wants.of_source(), channels=(3,))
    pictures = source.arrays[REAL].expression
    arrays = _halves(source, f"np.repeat(luma({pictures}[:half]), 3, axis=1)", f"{pictures}[half:]")
    what = f"{source.what}: half in grey, half in colour"
    return _made(source, (f"half = len({pictures}) // 2",), arrays, what, written(LUMA), two_domains=True)


@reading.register
def _plain_and_changed(spec: PlainAndChanged, wants: Wants) -> Reading:
    source = _source(spec, wants.of_source())
    pictures = source.arrays[REAL].expression
    negative = spec.change == "negative"
    changed = f"255 - {pictures}[half:]" if negative else f"edges({pictures}[half:])"
    what = f"{source.what}, the second half as {'negatives' if negative else 'outlines'}"
    blocks = () if negative else (written(EDGES),)
    arrays = _halves(source, f"{pictures}[:half]", changed)
    return _made(source, (f"half = len({pictures}) // 2",), arrays, what, *blocks, two_domains=True)


@reading.register
def _labelled_part(spec: LabelledPart, wants: Wants) -> Reading:
    """Write the choice of the labelled part, which is the library's: both use NumPy's Philox with one key."""
    source = _source(spec, wants.of_source(labels=True), channels=())
    if LABEL not in source.arrays:
        raise SpecError("labelled_part: its source has no labels; expected one with labels")
    real, label = source.arrays[REAL], source.arrays[LABEL]
    choose = written(
        CHOOSE, per_class=spec.per_class, random="\n    ".join(random_statements(spec.seed, "labelled part", "choice"))
    )
    arrays = {name: array for name, array in source.arrays.items() if name != LABEL} | {
        SECOND: replace(real, expression=f"{real.expression}[chosen]"),
        SECOND_LABEL: replace(label, expression=f"{label.expression}[chosen]"),
    }
    what = f"{source.what}, and {spec.per_class} of each class with labels"
    lines = (f"chosen = labelled_part({label.expression})",)
    made = _made(source, lines, arrays, what, choose, two_domains=True)
    return replace(made, arrays=arrays)


@reading.register
def _tinted(spec: Tinted, wants: Wants) -> Reading:
    """Write the choice of the tints, which is the library's: both use NumPy's Philox with one key."""
    source = _source(spec, wants.of_source(labels=False), channels=(1,))
    lines = statements(
        TINT,
        pictures=source.arrays[REAL].expression,
        tints=[COLOURS[name] for name in spec.colours],
        count=len(spec.colours),
        random="\n".join(random_statements(spec.seed, "tints", "colours")),
    )
    arrays = {REAL: Array(expression="pictures"), LABEL: Array(expression="labels", kind="labels")}
    what = f"{source.what}, in {len(spec.colours)} colours"
    return _made(source, lines, arrays, what, channels=3)


@reading.register
def _stacked(spec: Stacked, wants: Wants) -> Reading:
    """Write the choice of the pictures, which is the library's: both use NumPy's Philox with one key."""
    source = _source(spec, wants.of_source(), channels=(1,))
    pictures = source.arrays[REAL].expression
    lines = statements(
        STACK,
        pictures=pictures,
        count=str(spec.count or f"len({pictures})"),
        random="\n".join(random_statements(spec.seed, "stacks", "pictures")),
    )
    arrays = {REAL: Array(expression="pictures")}
    if wants.labels and LABEL in source.arrays:
        lines += statements(STACKED_LABELS, labels=source.arrays[LABEL].expression)
        arrays[LABEL] = Array(expression="labels", kind="labels")
    return _made(source, lines, arrays, f"{source.what}, three of them a picture", channels=3)


@reading.register
def _from_grey(spec: FromGrey, wants: Wants) -> Reading:
    source = _source(spec, wants.of_source(spec.field), channels=(3,))
    grey = Array(expression=f"luma({source.arrays[REAL].expression})")
    return _with_field(spec, source, grey, f"{source.what}, and each in grey", written(LUMA))


@reading.register
def _from_low_resolution(spec: FromLowResolution, wants: Wants) -> Reading:
    source = _source(spec, wants.of_source(spec.field))
    resized = RESIZED[spec.method].replace("$factor", str(spec.factor))
    block = written(SMALL, factor=spec.factor, resized=resized)
    small = Array(expression=f"smaller({source.arrays[REAL].expression})")
    what = f"{source.what}, and each {spec.factor} times smaller"
    return _with_field(spec, replace(source, imports=(*source.imports, PILLOW)), small, what, block)


def _with_field(spec: FromGrey | FromLowResolution, source: Reading, values: Array, what: str, block: str) -> Reading:
    return _made(source, (), {spec.field: values}, what, block)


@reading.register
def _from_masked(spec: FromMasked, wants: Wants) -> Reading:
    """Write the choice of the squares, which is the library's: both use NumPy's Philox with one key."""
    source = _source(spec, wants.of_source(spec.field, MASK))
    names = {spec.field: "masked", MASK: "masks", REAL: "hidden" if spec.target == "hidden" else ""}
    made = [variable for name, variable in names.items() if name in wants.names and variable]
    if not made:
        return source
    values = {
        "pictures": source.arrays[REAL].expression,
        "side": spec.side or "side",
        "fill": FILLS[spec.fill],
        "dtype": wants.dtype,
        "random": "\n".join(random_statements(spec.seed, "masks", "squares")),
    }
    lines = [written("count, channels, height, width = $pictures.shape", **values)]
    lines += ["side = min(height, width) // 2"] if spec.side is None else []
    lines += statements(SQUARES[spec.place], **values)
    each = spec.place == "random"  # else all squares are one slice, and the hidden ones a view
    lines += [written(HIDE[variable], **values) for variable in made if each or variable != "hidden"]
    lines += statements(EACH, **values) if each else ()
    indent, place = ("    ", "[number]") if each else ("", "")
    lines += [indent + written(SET[variable], place=place, **values) for variable in made]
    hidden = spec.target == "hidden"
    what = f"{source.what}{': hidden squares, and the rest' if hidden else ', and each with a hidden square'}"
    arrays = {
        spec.field: Array(expression="masked"),
        MASK: Array(expression="masks", kind="floats"),
        REAL: Array(expression="hidden") if hidden else source.arrays[REAL],
    }
    return _made(source, tuple(lines), arrays, what)
