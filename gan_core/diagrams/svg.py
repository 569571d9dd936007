"""A scene as SVG: text as text, colours that follow the reader's light or dark mode, a title and a description."""

import re
from xml.sax.saxutils import escape, quoteattr

from gan_core.diagrams.letters import FONTS
from gan_core.diagrams.scene import Line, Scene, Shape, Word

LIGHT = {
    "paper": "#ffffff", "panel": "#f6f7f9", "ink": "#1b1f24", "muted": "#57606a", "line": "#6e7781", "skip": "#0969a8",
    "edge": "#d0d7de", "weights": "#ddeafb", "weights-edge": "#4a88cf", "block": "#dcf1e1", "block-edge": "#3f9a5a",
    "join": "#fbeecb", "join-edge": "#b58a1b", "plain": "#ffffff", "plain-edge": "#8c959f", "input": "#ebe4fa",
    "input-edge": "#8763c9", "output": "#fae3e3", "output-edge": "#c25a5a", "phase": "#ffffff", "phase-edge": "#57606a",
}  # fmt: skip
DARK = {
    "paper": "#0d1117", "panel": "#151b23", "ink": "#e6edf3", "muted": "#9da7b3", "line": "#8b949e", "skip": "#79c0ff",
    "edge": "#30363d", "weights": "#16304f", "weights-edge": "#5a9be0", "block": "#143322", "block-edge": "#56b574",
    "join": "#3b2f0c", "join-edge": "#d3a93c", "plain": "#1c232c", "plain-edge": "#6e7681", "input": "#2b2145",
    "input-edge": "#a98ae6", "output": "#40201f", "output-edge": "#e08383", "phase": "#0d1117", "phase-edge": "#9da7b3",
}  # fmt: skip
ROLES = ("weights", "block", "join", "plain", "input", "output", "phase")
VARIABLE = 2 * "-" + "gan-"  # begins the name of every variable of the style
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ROUND = {"input": 16, "output": 16, "panel": 10, "frame": 10}  # pixels of a corner


def svg(scene: Scene, title: str, description: str, name: str) -> str:
    """Return a drawing as the text of an SVG file, which may also stand in a page.

    title, description: for those who do not see it, and for the pointer. name: begins its identifiers, so that several
    drawings can stand in one page. Colours are variables, ``--gan-ink`` and its like, which a page may set on
    ``.gan-diagram``.
    """
    own = re.sub(r"[^a-z0-9]+", "-", name.lower()) or "gan"
    width, height = (f"{side:.0f}" for side in (scene.width, scene.height))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="gan-diagram" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" aria-labelledby="{own}-title {own}-description">',
            f'<title id="{own}-title">{_text(title)}</title>',
            f'<desc id="{own}-description">{_text(description)}</desc>',
            f"<style>{_style()}</style>",
            f"<defs>{_arrow(own, 'line')}{_arrow(own, 'skip')}</defs>",
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *(_shape(shape) for shape in scene.frames),
            *(_line(line, own) for line in scene.lines),
            *(_shape(shape) for shape in scene.shapes),
            *(_word(word) for word in scene.words),
            "</svg>\n",
        ]
    )


def _style() -> str:
    roles = [f".{role}>rect{{fill:{_use(role)};stroke:{_use(f'{role}-edge')}}}" for role in ROLES]
    rules = [
        f"{{{_variables(LIGHT)}font-family:{FONTS};color:{_use('ink')};max-width:100%;height:auto}}",
        f" .paper{{fill:{_use('paper')}}}",
        " text{fill:currentColor;white-space:pre}",
        f" .muted{{fill:{_use('muted')}}}",
        f" path{{fill:none;stroke:{_use('line')};stroke-width:1.4}}",
        f" path.skip{{stroke:{_use('skip')}}}",
        f" marker path{{fill:{_use('line')};stroke:none}}",
        f" marker path.skip{{fill:{_use('skip')};stroke:none}}",
        f" .panel>rect{{fill:{_use('panel')};stroke:{_use('edge')}}}",
        f" .frame>rect{{fill:none;stroke:{_use('muted')};stroke-dasharray:5 4}}",
        " .phase>rect{stroke-dasharray:3 3}",
        *(f" {rule}" for rule in roles),
    ]
    light = "".join(f".gan-diagram{rule}" for rule in rules)
    return f"{light}@media (prefers-color-scheme:dark){{.gan-diagram{{{_variables(DARK)}}}}}"


def _use(name: str) -> str:
    return f"var({VARIABLE}{name})"


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"{VARIABLE}{name}:{colour};" for name, colour in colours.items())


def _arrow(own: str, kind: str) -> str:
    return (
        f'<marker id="{own}-{kind}" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path class="{kind}" d="M0 0.5L8 4L0 7.5Z"/></marker>'
    )


def _text(text: str) -> str:
    """Return a text as it stands in XML, without letters that XML has no place for."""
    return escape(NOT_IN_XML.sub("", text))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _shape(shape: Shape) -> str:
    place = {"x": shape.x, "y": shape.y, "width": shape.width, "height": shape.height, "rx": ROUND.get(shape.role, 5)}
    attributes = " ".join(f'{key}="{_number(value)}"' for key, value in place.items())
    title = f"<title>{_text(shape.title)}</title>" if shape.title else ""
    return f'<g class="{shape.role}">{title}<rect {attributes}/>{"".join(map(_word, shape.words))}</g>'


def _word(word: Word) -> str:
    kind = ' class="muted"' if word.muted else ""
    weight = ' font-weight="600"' if word.bold else ""
    anchor = ' text-anchor="end"' if word.ends else ""
    place = f'x="{_number(word.x)}" y="{_number(word.y)}" font-size="{_number(word.size)}"'
    return f"<text{kind} {place}{weight}{anchor}>{_text(word.text)}</text>"


def _line(line: Line, own: str) -> str:
    points = [f"{_number(x)} {_number(y)}" for x, y in line.points]
    path = f"M{points[0]}C{' '.join(points[1:])}" if line.curved else "M" + "L".join(points)
    kind = "skip" if line.skips else "line"
    marker = f" marker-end={quoteattr(f'url(#{own}-{kind})')}" if line.arrow else ""
    return f'<path class="{kind}" d="{path}"{marker}/>'
