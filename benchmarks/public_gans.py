"""Public GANs against the library: which are experiments without Python, as a page.

Run as  python benchmarks/public_gans.py [--out docs/public_gans.md]. Each entry of benchmarks/public_gans.toml that
says "data" is opened, with its changes, and checked; an error of one is an error here. Nothing is trained, and no data
are read.
"""

import argparse
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gan_core.experiments.checks import notes
from gan_core.experiments.experiment import Experiment
from gan_core.presets.loading import load_experiment

ROOT = Path(__file__).parent.parent
TABLE = Path(__file__).with_suffix(".toml")
PAGE = ROOT / "docs" / "public_gans.md"
INTRODUCTION = """# Public GANs

{data} of {all} public GANs are experiments here without a line of Python; {code} need something of one's own, with the
lines that it takes ([words of your own](extending.md)); {no} cannot be done.

- **data**: a preset, or a file of [benchmarks/public](../benchmarks/public), which has the networks, first weights,
  losses, optimizers, order of updates and handling of batches of that script. `gan show benchmarks/public/NAME.toml`
  tells it, `gan train` trains it on any framework. What is known to differ stands beside it.
- In all of them random numbers are this library's. A sigmoid before a cross-entropy is in the loss; a bias before a
  norm is left out, since the norm takes it away, and so is one that the loss does not see.
- "Nothing known" is no proof: the scripts were read, not run. What was trained beside loops written by hand, with the
  same numbers: the presets of [presets.md](presets.md), and PyTorch-GAN's cgan, cluster_gan and ebgan and Keras-GAN's
  gan (`tests/parity/test_public_gan_loops.py`).

`python benchmarks/public_gans.py` opens every experiment of `benchmarks/public_gans.toml` and writes this page.
"""


class Gan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A public GAN: what it is here (see the head of the table), with the fields of its verdict."""

    name: str
    verdict: str
    preset: str = ""
    file: str = ""
    changes: tuple[str, ...] = ()
    differs: str = ""
    needs: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        given = {"data": bool(self.preset) != bool(self.file) and bool(self.differs), "code": bool(self.needs)}
        if not given.get(self.verdict, self.verdict == "no" and bool(self.why)):
            raise ValueError(f"{self.name}: the verdict {self.verdict!r} lacks its fields")

    def experiment(self) -> Experiment:
        """Return the experiment of one that is data, checked. Raises `GanError` for a fault."""
        return load_experiment(self.preset or ROOT / self.file, self.changes)


class Collection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """GANs of one place; repository: "owner/name", or "" for several."""

    name: str
    repository: str
    note: str
    gans: tuple[Gan, ...]


def collections() -> list[Collection]:
    """Return the table."""
    return msgspec.convert(tomllib.loads(TABLE.read_text(encoding="utf-8"))["collections"], list[Collection])


def counts(gans: Sequence[Gan]) -> Counter[str]:
    """Return how many GANs have each verdict."""
    return Counter(gan.verdict for gan in gans)


def page(table: Sequence[Collection]) -> str:
    """Return the page, in Markdown."""
    every = [gan for collection in table for gan in collection.gans]
    found = counts(every)
    lines = [INTRODUCTION.format(all=len(every), **{word: found[word] for word in ("data", "code", "no")})]
    lines += ["| collection | GANs | data | code | no |", "|---|---|---|---|---|"]
    for collection in table:
        of_it = counts(collection.gans)
        numbers = " | ".join(str(of_it[word]) for word in ("data", "code", "no"))
        lines.append(f"| {collection.name} | {len(collection.gans)} | {numbers} |")
    lines.append(f"| together | {len(every)} | {found['data']} | {found['code']} | {found['no']} |")
    for collection in table:
        where = f" ({collection.repository})" if collection.repository else ""
        lines += ["", f"## {collection.name}", "", f"{collection.note}{where}", ""]
        lines += ["| GAN | is | differs, or needs |", "|---|---|---|"]
        lines += [f"| {gan.name} | {_what(gan)} | {gan.differs or gan.needs or gan.why} |" for gan in collection.gans]
    return "\n".join(lines) + "\n"


def _what(gan: Gan) -> str:
    if gan.verdict != "data":
        return gan.verdict
    changes = "".join(f", `{change}`" for change in gan.changes)
    if gan.preset:
        return f"preset `{gan.preset}`{changes}"
    return f"[{Path(gan.file).stem}](../{gan.file}){changes}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=PAGE)
    chosen = parser.parse_args()
    table = collections()
    for gan in (gan for collection in table for gan in collection.gans if gan.verdict == "data"):
        for note in notes(gan.experiment()):
            raise SystemExit(f"{gan.name}: {note}")
    chosen.out.write_text(page(table), encoding="utf-8")
    found = counts([gan for collection in table for gan in collection.gans])
    print(f"{chosen.out}: {found['data']} data, {found['code']} code, {found['no']} no")


if __name__ == "__main__":
    main()
