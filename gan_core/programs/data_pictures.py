"""The text that finds the pictures in a folder, opens one, and brings it to the size that the networks see."""

from collections.abc import Sequence

from gan_core.data.decoding import ENDINGS, LARGEST_MEGAPIXELS, Target
from gan_core.programs.data_reading import PILLOW, written

IMPORTS = ("import glob", PILLOW, "from PIL import ImageOps")
PICTURE_FILES = '''
    FORMATS = "$formats".split()


    def picture_files(folder: Path) -> list[str]:
        """Return the names of all pictures in a folder and its subfolders, in order."""
        if not folder.is_dir():
            raise SystemExit(f"no folder {folder}: expected a folder of pictures")
        names = glob.glob("**/*", root_dir=folder, recursive=True)
        names = sorted(name for name in names if Path(name).suffix[1:].lower() in FORMATS)
        if not names:
            raise SystemExit(f"{folder} holds no pictures: expected files of {', '.join(FORMATS)}")
        return names
'''
OPEN_PICTURE = '''
    def open_picture(path: Path) -> Image.Image:
        """Return a picture upright and in colour, on white where it is transparent."""
        with Image.open(path) as file:
            if file.mode.startswith(("I", "F")):
                raise SystemExit(f"{path} has more than 8 bits a channel: save it with 8")
            picture = ImageOps.exif_transpose(file)
        if picture.has_transparency_data:
            picture = picture.convert("RGBA")
            picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
        return picture.convert("RGB")
'''
SQUARE = """
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    box = (left, top, left + side, top + side)
"""
OBLONG = """
    across = min(picture.width, int(picture.height * $width / $height + 0.5))
    down = min(picture.height, int(picture.width * $height / $width + 0.5))
    left, top = (picture.width - across) // 2, (picture.height - down) // 2
    box = (left, top, left + across, top + down)
"""


def picture_blocks(*forms: Target) -> tuple[str, ...]:
    """Return the constants and functions that find, open and scale pictures.

    forms: what pictures become; of two different ones, `pixels_of` takes the form as arguments.
    """
    formats = " ".join(ending.removeprefix(".") for ending in sorted(ENDINGS))
    limit = forms[0].largest_megapixels
    limited = () if limit == LARGEST_MEGAPIXELS else (f"Image.MAX_IMAGE_PIXELS = {round(1e6 * limit)}",)
    return (*limited, written(PICTURE_FILES, formats=formats), written(OPEN_PICTURE), _pixels_of(forms))


def form_arguments(form: Target, *others: Target) -> str:
    """Return the arguments behind the picture in a call of `pixels_of`: none, unless there are several forms."""
    if all(other.shape == form.shape for other in others):
        return ""
    return f", width={form.width}, height={form.height}, channels={form.channels}"


def _pixels_of(forms: Sequence[Target]) -> str:
    """Return the function that brings a picture to a form; its filter, and what it cuts off, are `decode`'s."""
    form, several = forms[0], len({form.shape for form in forms}) > 1
    width, height = ("width", "height") if several else (str(form.width), str(form.height))
    box, what, argument = "", "a picture", ""
    if form.resize == "crop":
        square = all(one.width == one.height for one in forms)
        box = written(SQUARE if square else OBLONG, width=width, height=height)
        what, argument = "the centre of a picture", ", box=box"
    shape = "[channels, height, width]" if several else list(form.shape)
    parameters = ", width: int, height: int, channels: int" if several else ""
    body = [
        f'"""Return {what}, scaled to uint8 {shape}."""',
        *box.split("\n"),
        f"picture = picture.resize(({width}, {height}), Image.Resampling.BICUBIC{argument})",
        *_channels_first({one.channels for one in forms}),
    ]
    signature = f"def pixels_of(picture: Image.Image{parameters}) -> np.ndarray:"
    return "\n".join([signature, *(f"    {line}" for line in body if line)])


def _channels_first(channels: set[int]) -> tuple[str, ...]:
    grey, colour = (
        'return np.asarray(picture.convert("L"))[None]',
        "return np.asarray(picture).transpose(2, 0, 1).copy()",
    )
    if channels == {1}:
        return (grey,)
    return (colour,) if channels == {3} else ("if channels == 1:", f"    {grey}", colour)
