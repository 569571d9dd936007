"""The text that reads mixed tables and encodes their columns, with what was fitted to them as constants."""

from collections.abc import Sequence

from gan_core.data.cancer_table import GRADES, LEFT_OUT, CancerTable
from gan_core.data.columns import DEVIATIONS, FARTHEST, Column
from gan_core.data.mixed_tables import MixedTable, TableData
from gan_core.data.table_words import MISSING
from gan_core.programs import data_tables
from gan_core.programs.data_reading import REAL, Array, Reading, Wants, quoted, reading, statements, written
from gan_core.randomness import stream

LONGEST_LINE = 100
ENCODED = '''
    def encoded(words: dict[str, list[str]]) -> np.ndarray:
        """Return the rows of a table: numbers within modes, categories one-hot."""
        parts = []
        for name, (key, *modes) in NUMBERS.items():
            weights, means, deviations = map(np.array, modes)
            distances = (np.array(words[name], float)[:, None] - means) / deviations
            logits = np.log(weights / deviations) - distances**2 / 2
            shares = np.exp(logits - logits.max(axis=1, keepdims=True))
            ends = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
            drawn = np.random.Generator(np.random.Philox(key=key)).random(len(distances))
            chosen = np.minimum((ends < drawn[:, None]).sum(axis=1), len(means) - 1)
            within = distances[np.arange(len(distances)), chosen] / $deviations
            parts.append(np.clip(within, -$farthest, $farthest)[:, None])
            if len(means) > 1:
                parts.append(np.eye(len(means))[chosen])
        for name, categories in CATEGORIES.items():
            places = [categories.index(word) for word in words[name]]
            parts.append(np.eye(len(categories))[places])
        return np.concatenate(parts, axis=1)
'''
TUMOURS = '''
    def tumours() -> dict[str, list[str]]:
        """Return scikit-learn's table of tumours by column, two of its numbers as grades."""
        table = load_breast_cancer()
        words = {}
        for name, values in zip(table.feature_names[:10], table.data.T, strict=False):
            name = name.removeprefix("mean ")
            if name in GRADES:
                grades = GRADES[name]
                ends = np.quantile(values, np.arange(1, len(grades)) / len(grades))
                places = np.searchsorted(ends, values, side="right")
                words[name] = [grades[place] for place in places]
            elif name not in $left_out:
                words[name] = [repr(float(value)) for value in values]
        return words | {"diagnosis": [str(table.target_names[target]) for target in table.target]}
'''
WORDS = """
    names, *rows = cut(path)
    names = [name.strip() for name in names]
    lacking = {
        number
        for number, row in enumerate(rows)
        if any(is_missing(row[names.index(one)]) for one in COLUMNS)
    }
    $lacking
    rows = [row for number, row in enumerate(rows) if number not in lacking]
    words = {name: [row[names.index(name)].strip() for row in rows] for name in COLUMNS}
"""
IS_MISSING = '''
    def is_missing(word: str) -> bool:
        """Return whether a word says that there is no value."""
        return word.strip().lower().lstrip("+-") in MISSING
'''
REFUSED = 'if lacking:\n    raise SystemExit(f"{path}: {len(lacking)} rows lack a value")'
DROPPED = 'print(f"{len(lacking)} of {len(rows)} rows lack a value and are left out")'
SPLIT = """
    rows = encoded(words)
    # the key of data.seed=$seed in gan train, for the same rows; default_rng() would do too
    random = np.random.Generator(np.random.Philox(key=$key))
    order = random.permutation(len(rows))
    held_out = round(len(rows) * $share)
    rows = rows[np.sort(order[$part])].astype(np.$dtype)
"""


@reading.register
def _cancer(spec: CancerTable, wants: Wants) -> Reading:
    grades = _table("GRADES", [_told(name, words) for name, words in GRADES.items()])
    return Reading(
        imports=("from sklearn.datasets import load_breast_cancer",),
        default="",
        blocks=(grades, *_constants(spec), written(TUMOURS, left_out=repr(LEFT_OUT).replace("'", '"')), _encoded()),
        statements=("words = tumours()  # of scikit-learn, which holds them: no file is read", *_split(spec, wants)),
        arrays={REAL: Array(expression="rows", kind="floats")},
        what="the encoded rows of a table of tumours",
        channels=0,
    )


@reading.register
def _mixed(spec: MixedTable, wants: Wants) -> Reading:
    missing = f"MISSING = ({', '.join(map(quoted, sorted(MISSING)))})"
    names = _list("COLUMNS", [quoted(column.name) for column in spec.columns])
    lacking = REFUSED if spec.missing == "refuse" else DROPPED
    return Reading(
        imports=data_tables.IMPORTS,
        default=spec.path,
        blocks=(missing, names, *_constants(spec), written(data_tables.CUT), written(IS_MISSING), _encoded()),
        statements=(*statements(WORDS, lacking=lacking), *_split(spec, wants)),
        arrays={REAL: Array(expression="rows", kind="floats")},
        what="the encoded rows of a table",
        channels=0,
        parameter="path",
    )


def _encoded() -> str:
    return written(ENCODED, deviations=f"{DEVIATIONS:g}", farthest=FARTHEST)


def _constants(spec: TableData) -> tuple[str, str]:
    """The columns: of numbers the key of their random numbers and their modes, of categories these."""
    numbers = [_modes(column, spec.seed) for column in spec.columns if not column.categories]
    told = [_told(column.name, column.categories) for column in spec.columns if column.categories]
    return "# the key of its random numbers, and the modes' weights, means and deviations\n" + _table(
        "NUMBERS", numbers
    ), _table("CATEGORIES", told)


def _modes(column: Column, seed: int) -> str:
    modes = (column.weights, column.means, column.deviations)
    parts = [f"    {_listed([repr(number) for number in one], 8)}," for one in modes]
    key = _key(seed, f"modes of {column.name}")
    return "\n    ".join([f"{quoted(column.name)}: (", f"    {key},", *parts, ")"])


def _key(seed: int, purpose: str) -> str:
    low, high = stream(seed, purpose).bit_generator.state["state"]["key"].tolist()
    return f"0x{low + (high << 64):X}"


def _split(spec: TableData, wants: Wants) -> tuple[str, ...]:
    part = "held_out:" if spec.split == "train" else ":held_out"
    key = _key(spec.seed, "rows held out")
    return statements(SPLIT, seed=spec.seed, key=key, share=spec.test_share, part=part, dtype=wants.dtype)


def _table(name: str, entries: Sequence[str]) -> str:
    return "\n".join([f"{name} = {{", *(f"    {entry}," for entry in entries), "}"])


def _list(name: str, entries: Sequence[str]) -> str:
    return "\n".join([f"{name} = [", *(f"    {entry}," for entry in entries), "]"])


def _told(name: str, categories: Sequence[str]) -> str:
    """An entry of a table: a name, and its categories."""
    start = f"{quoted(name)}: "
    return start + _listed([quoted(word) for word in categories], 4, len(start))


def _listed(entries: Sequence[str], margin: int, before: int = 0) -> str:
    """A list, over several lines where it does not fit into one. before: what stands in its line behind the margin."""
    whole = f"[{', '.join(entries)}]"
    if margin + before + len(whole) < LONGEST_LINE:
        return whole
    space = " " * margin
    return "\n".join(["[", *(f"{space}    {entry}," for entry in entries), f"{space}]"])
