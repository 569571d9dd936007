"""The text that reads folders of pictures: one, with classes or attributes or without, or two that show two domains."""

from gan_core.data.decoding import Target
from gan_core.data.domains import UnpairedFolders
from gan_core.data.folder import ATTRIBUTES, ImageFolder
from gan_core.programs.data_pictures import IMPORTS, picture_blocks
from gan_core.programs.data_reading import (
    LABEL,
    REAL,
    SECOND,
    Array,
    Reading,
    Wants,
    quoted,
    reading,
    statements,
    written,
)

READ_FOLDER = '''
    def read_folder(folder: Path) -> np.ndarray:
        """Return all pictures in a folder, uint8 [N, $shape]."""
        return np.stack([pixels_of(open_picture(folder / name)) for name in picture_files(folder)])
'''
NATURAL_ORDER = '''
    def natural_order(name: str) -> tuple[list[str | int], str]:
        """Return the sort key of a name by which 2 comes before 10."""
        parts = re.split(r"(\\d+)", name)
        return [int(part) if part.isdecimal() else part for part in parts], name
'''
CLASSES_OF_FOLDERS = '''
    def folder_labels(folder: Path, names: list[str]) -> np.ndarray:
        """Return the class of each picture, int64 [N]: the number of the subfolder that it lies in."""
        if loose := [name for name in names if len(Path(name).parts) == 1]:
            raise SystemExit(f"{folder / loose[0]} lies in no subfolder, and each subfolder is a class")
        $classes
        return np.array([classes.index(Path(name).parts[0]) for name in names], np.int64)
'''
# A folder without pictures keeps its number; what starts so is hidden, or was left there by an archive of macOS.
NATURAL_CLASSES = """
    folders = [place.name for place in folder.iterdir() if place.is_dir()]
    folders = [name for name in folders if not name.startswith((".", "__MACOSX"))]
    classes = sorted(folders, key=natural_order)
"""
CLASSES_BY_WORD = "classes = sorted({Path(name).parts[0] for name in names})"
READ_ATTRIBUTES = '''
    def read_attributes(folder: Path, names: list[str]) -> np.ndarray:
        """Return the attributes of each picture, $dtype [N, A]: 1 where it has one, else 0."""
        places = [folder / TABLE, folder.resolve().parent / TABLE, Path(TABLE)]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise SystemExit(f"no file {places[0]}, and none in the folder above: expected a table")
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
        if lines[0].strip().isdecimal():  # as CelebA's: the number of rows, the attributes, the rows
            known, *rows = [line.split() for line in lines[1:]]
        else:
            separator = max(",;\\t|", key=lines[0].count)
            (_, *known), *rows = [
                [field.strip() for field in row] for row in csv.reader(lines, delimiter=separator)
            ]
        $columns
        values = {"1": 1, "+1": 1, "-1": 0, "0": 0}
        table = {row[0]: [values[row[column]] for column in columns] for row in rows}
        keys = [name if name in table else Path(name).name for name in names]
        if lacking := [key for key in keys if key not in table]:
            raise SystemExit(f"{path} has no row for {lacking[0]}")
        return np.array([table[key] for key in keys], np.$dtype)
'''


@reading.register
def _image_folder(spec: ImageFolder, wants: Wants) -> Reading:
    arrays = {REAL: Array(expression="pictures")}
    blocks, lines, imports = [], [], []
    if spec.labels == "subfolders":
        arrays[LABEL] = Array(expression="labels", kind="labels")
    if spec.attributes is not None:
        arrays[ATTRIBUTES] = Array(expression="attributes", kind="floats")
    if LABEL in arrays and wants.labels:
        blocks += _class_blocks(spec)
        imports += ["import re"] if spec.numbering == "natural" else []
        lines += ["labels = folder_labels(folder, names)"]
    if ATTRIBUTES in arrays and ATTRIBUTES in wants.names:
        blocks += _attribute_blocks(spec, wants.dtype)
        imports += ["import csv"]
        lines += ["attributes = read_attributes(folder, names)"]
    return Reading(
        imports=(*imports, *IMPORTS),
        default=spec.path,
        blocks=(*picture_blocks(spec.target), *blocks),
        statements=(
            "names = picture_files(folder)",
            "pictures = np.stack([pixels_of(open_picture(folder / name)) for name in names])",
            *lines,
        ),
        arrays=arrays,
        what=f"all pictures in the folder, uint8 [N, {_shape(spec.target)}]",
        channels=spec.channels,
        value_range=spec.value_range,
    )


def _shape(form: Target) -> str:
    return ", ".join(map(str, form.shape))


def _class_blocks(spec: ImageFolder) -> list[str]:
    if spec.numbering == "by_word":
        return [written(CLASSES_OF_FOLDERS, classes=CLASSES_BY_WORD)]
    classes = "\n    ".join(statements(NATURAL_CLASSES))
    return [written(NATURAL_ORDER), written(CLASSES_OF_FOLDERS, classes=classes)]


def _attribute_blocks(spec: ImageFolder, dtype: str) -> list[str]:
    constants, columns = [f"TABLE = {quoted(spec.attributes or '')}"], "columns = range(1, len(known) + 1)"
    if spec.attribute_names:
        constants += [f"ATTRIBUTES = [{', '.join(map(quoted, spec.attribute_names))}]"]
        columns = "columns = [1 + known.index(name) for name in ATTRIBUTES]"
    return ["\n".join(constants), written(READ_ATTRIBUTES, columns=columns, dtype=dtype)]


@reading.register
def _unpaired_folders(spec: UnpairedFolders, wants: Wants) -> Reading:
    form = ImageFolder(
        path=spec.path,
        size=spec.size,
        channels=spec.channels,
        resize=spec.resize,
        largest_megapixels=spec.largest_megapixels,
    ).target
    folders = {REAL: spec.folder_a, SECOND: spec.folder_b}
    arrays = {
        name: Array(expression=f"read_folder(folder / {quoted(folder.replace('{split}', spec.split))})")
        for name, folder in folders.items()
    }
    return Reading(
        imports=IMPORTS,
        default=spec.path,
        blocks=(*picture_blocks(form), written(READ_FOLDER, shape=_shape(form))),
        arrays=arrays,
        what=f"the pictures of two folders, uint8 [N, {_shape(form)}]",
        channels=spec.channels,
        value_range=spec.value_range,
        two_domains=True,
    )
