"""The text that reads pairs of pictures: from two folders by the names of files, or from the halves of each file."""

from gan_core.data.pairs import SOURCE, PairedFolders, SideBySide
from gan_core.programs.data_pictures import IMPORTS, form_arguments, picture_blocks
from gan_core.programs.data_reading import REAL, Array, Reading, Wants, quoted, reading, statements, written

FILES_BY_STEM = '''
    def files_by_stem(folder: Path) -> dict[str, Path]:
        """Return the pictures in a folder by their names without the ending, in order."""
        names = picture_files(folder)
        files = {str(Path(name).with_suffix("")): folder / name for name in names}
        if len(files) < len(names):
            raise SystemExit(f"{folder}: some files differ in their endings alone, as 1.png and 1.jpg")
        return files
'''
PAIRED = """
    sources, targets = files_by_stem(folder / $source), files_by_stem(folder / $target)
    stems = [stem for stem in targets if stem in sources]
    if alone := len(sources) + len(targets) - 2 * len(stems):
        print(f"{alone} pictures are left out, which have no partner of the same name")
"""
HALVES = """
    left, right = [], []
    for name in $names:
        picture = open_picture(folder$place / name)
        if picture.width % 2:
            raise SystemExit(f"{name} is {picture.width} pixels wide: expected two halves")
        middle = picture.width // 2
        left_half = picture.crop((0, 0, middle, picture.height))
        right_half = picture.crop((middle, 0, picture.width, picture.height))
"""


@reading.register
def _paired_folders(spec: PairedFolders, wants: Wants) -> Reading:
    forms = (spec.target_form, spec.source_form)
    source, target = (quoted(name.replace("{split}", spec.split)) for name in (spec.source, spec.target))
    lines = [*statements(PAIRED, source=source, target=target), *_part_of("stems", spec)]
    for variable, files, form in (("pictures", "targets", forms[0]), ("source", "sources", forms[1])):
        if variable == "pictures" or SOURCE in wants.names:
            call = f"pixels_of(open_picture({files}[stem]){form_arguments(form, *forms)})"
            lines += _stacked(variable, call)
    return _pairs(spec, wants, (written(FILES_BY_STEM),), lines)


def _stacked(variable: str, call: str) -> list[str]:
    line = f"{variable} = np.stack([{call} for stem in stems])"
    if len(line) + 4 <= 100:
        return [line]
    inner = f"    [{call} for stem in stems]"
    if len(inner) + 4 <= 100:
        return [f"{variable} = np.stack(", inner, ")"]
    return [f"{variable} = np.stack(", "    [", f"        {call}", "        for stem in stems", "    ]", ")"]


@reading.register
def _side_by_side(spec: SideBySide, wants: Wants) -> Reading:
    forms = (spec.target_form, spec.source_form)
    left, right = forms[::-1] if spec.direction == "left_to_right" else forms
    target, source = ("right", "left") if spec.direction == "left_to_right" else ("left", "right")
    place = spec.folder.replace("{split}", spec.split)
    inner = "" if place == "." else f" / {quoted(place)}"
    lines = [f"names = picture_files(folder{inner})", *_part_of("names", spec)]
    lines += statements(HALVES, names="names", place=inner)
    for half, form in (("left", left), ("right", right)):
        if half == target or SOURCE in wants.names:
            arguments = form_arguments(form, *forms)
            lines.append(f"    {half}.append(pixels_of({half}_half{arguments}))")
    lines.append(f"pictures = np.stack({target})")
    if SOURCE in wants.names:
        lines.append(f"source = np.stack({source})")
    return _pairs(spec, wants, (), lines)


def _part_of(variable: str, spec: PairedFolders | SideBySide) -> list[str]:
    """Return the statements that keep the part of all pairs which is asked for."""
    if not spec.first and spec.count is None:
        return []
    first, end = spec.first or "", "" if spec.count is None else spec.first + spec.count
    least = spec.first + (spec.count or 1)
    return [
        f"if len({variable}) < {least}:",
        f'    raise SystemExit(f"{{folder}} holds {{len({variable})}} pairs; expected {least} or more")',
        f"{variable} = {variable}[{first}:{end}]",
    ]


def _pairs(spec: PairedFolders | SideBySide, wants: Wants, blocks: tuple[str, ...], lines: list[str]) -> Reading:
    shape = ", ".join(map(str, spec.target_form.shape))
    made = ', and as "source" what each is to be made of' if SOURCE in wants.names else ""
    return Reading(
        imports=IMPORTS,
        default=spec.path,
        blocks=(*picture_blocks(spec.target_form, spec.source_form), *blocks),
        statements=tuple(lines),
        arrays={REAL: Array(expression="pictures"), SOURCE: Array(expression="source")},
        what=f"the pictures, uint8 [N, {shape}]{made}",
        channels=spec.channels,
        value_range=spec.value_range,
    )
