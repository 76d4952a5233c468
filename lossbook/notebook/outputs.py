"""Compare stored outputs with new ones: text exactly, pictures by how they look.

The bytes of a picture depend on the last bits of floating-point sums: an edge may fall on another
fraction of a pixel, and the 256 colours of the file may be chosen differently. So pictures are
compared as images.
"""

import base64
import io
import json
import re
from itertools import zip_longest
from typing import NamedTuple

from PIL import Image, ImageChops, ImageFilter

PICTURE = re.compile(r"(?<=data:image/png;base64,)[A-Za-z0-9+/=]+")  # within HTML

# The largest difference, in levels from 0 to 255, of two pictures that look the same. Each is
# blurred over 3 x 3 pixels first, so a difference in a single pixel counts a ninth.
# Other processors (NumPy without AVX2, OpenBLAS for Haswell and Nehalem) change a figure of the
# notebooks by at most 4 levels, and so does noise in the last bits of all data.
# The smallest visible change measured, a missing thin pale grid, is 21 levels; a dot, a letter, a
# tick, or a curve that moves by a pixel is 60 or more.
SAME_PICTURE = 14

_BLUR = ImageFilter.BoxBlur(1)  # one pixel to each side


class Comparison(NamedTuple):
    """The differences between the stored outputs of a notebook and its new ones.

    differences : list of str
        One line for each cell and each picture that differs.
    unseen : list of str
        One line for each reason for which pictures could not be compared.
    """

    differences: list
    unseen: list


def compare(stored, given):
    """Compare the outputs of two notebooks of the same cells, both in canonical form."""
    differences, unseen = [], {}
    for before, after in zip(code_cells(stored), code_cells(given), strict=True):
        where = f"cell {after.get('id', '')}"
        if difference := _of_texts(before.outputs, after.outputs):
            differences.append(f"{where} {difference}")
            continue  # the pictures cannot be paired
        pairs = zip(pictures(before), pictures(after), strict=True)
        pairs = list(dict.fromkeys(pairs))  # the PNG of a figure is also in its HTML
        for number, pair in enumerate(pairs, start=1):
            which = f"{where}, picture {number} of {len(pairs)}"
            if reason := not_comparable(*pair):
                unseen[reason] = [*unseen.get(reason, []), which]
            elif difference := _of_pictures(*pair):
                differences.append(f"{which} {difference}")
    return Comparison(
        differences,
        [f"{len(which)} picture(s) not compared: {reason}" for reason, which in unseen.items()],
    )


def keep_pictures(stored, given):
    """Replace each picture in `given` that looks the same by its stored bytes, in place.

    Cells whose number of pictures has changed are left as they are.
    """
    befores = {cell.get("id"): cell for cell in code_cells(stored)}
    for cell in code_cells(given):
        old, new = pictures(befores[cell.get("id")]), pictures(cell)
        if len(old) == len(new):
            kept = {
                after: before
                for before, after in zip(old, new, strict=True)
                if not not_comparable(before, after) and not _of_pictures(before, after)
            }
            _replace(cell, kept)


def code_cells(notebook):
    """The code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def pictures(cell):
    """The pictures in the outputs of a cell, in base64, in their order."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        found += [data["image/png"].strip()] if "image/png" in data else []
        found += PICTURE.findall(data.get("text/html", ""))
    return found


def _replace(cell, kept):
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            data["image/png"] = kept.get(data["image/png"].strip(), data["image/png"])
        if "text/html" in data:
            data["text/html"] = PICTURE.sub(lambda m: kept.get(m[0], m[0]), data["text/html"])


# ------------------------------------------------------------------------------------- text


def _of_texts(stored, given):
    """The first difference of the texts of a cell's outputs in one line, "" if there is none."""
    before, after = ([line for o in outputs for line in _lines(o)] for outputs in (stored, given))
    for old, new in zip_longest(before, after):
        if old != new:
            return f"gives {_short(new)}, stored is {_short(old)}"
    return ""


def _lines(output):
    """An output as lines of text, with a placeholder for each picture."""
    parts = {**output, **output.get("data", {})}
    for name in ("data", "execution_count", "traceback"):
        parts.pop(name, None)
    yield parts.pop("output_type")
    for name, content in sorted(parts.items()):
        text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
        text = "PICTURE" if name == "image/png" else PICTURE.sub("PICTURE", text)
        for line in text.split("\n"):
            yield f"{name}: {line}"


def _short(line, longest=100):
    if line is None:
        return "nothing more"
    return repr(line if len(line) <= longest else line[: longest - 1] + "…")


# --------------------------------------------------------------------------------- pictures


def not_comparable(before, after):
    """Why two pictures in base64 cannot be compared, "" if they can.

    Another version of Matplotlib draws text differently.
    """
    try:
        old, new = drawn_by(before), drawn_by(after)
    except OSError:
        return ""  # not a picture: reported as a difference
    return "" if before == after or old == new else f"the stored are by {old}, this is {new}"


def _of_pictures(before, after):
    """How two pictures differ, in one line, "" if they look the same."""
    if before == after:
        return ""
    try:
        far = distance(before, after)
    except OSError as error:
        return f"cannot be read: {error}"
    if far < SAME_PICTURE:
        return ""
    return f"looks different: by {far} of 255 levels, less than {SAME_PICTURE} is the same"


def drawn_by(png):
    """The program that made a picture in base64, from the picture's metadata."""
    software = opened(png).info.get("Software", "an unknown program")
    return software.replace(" version", " ").replace(", https://matplotlib.org/", "")


def distance(one, other):
    """The largest difference of two blurred pictures in base64, 0 to 255."""
    a, b = opened(one).convert("RGB"), opened(other).convert("RGB")
    if a.size != b.size:
        return 255
    extrema = ImageChops.difference(a.filter(_BLUR), b.filter(_BLUR)).getextrema()
    return max(high for _, high in extrema)


def opened(png):
    """The Pillow image of a picture in base64. Raises OSError if it is not one."""
    try:
        return Image.open(io.BytesIO(base64.b64decode(png, validate=True)))
    except ValueError as error:  # not base64
        raise OSError(str(error)) from None
