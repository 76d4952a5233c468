"""What a stored notebook must look like, read from the file without running it.

nbval compares outputs, but not those of a cell that was never run, of a cell with an ignore tag,
and no pictures. Each rule here closes such a gap or keeps an output the same on every machine.
"""

import re

import numpy as np

from lossbook.notebook import outputs

MAX_WIDTH = 1400  # pixels of a picture
KINDS = {"text/plain", "text/html", "text/markdown", "text/latex", "image/png"}

PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]*)")
IMAGE = re.compile(r"<img\b[^>]*>")
ALT = re.compile(r'\balt="[^"]+"')
_INSTALLS = re.compile(r"\b(?:pip3?|uv|conda|mamba)\s+(?:\S+\s+)*install\b|git\+https?:")
_MARKER = re.compile(r"nbval-[\w-]+|NBVAL_\w+")
_MACHINE = re.compile(
    r"0x[0-9a-fA-F]{6,}"  # the address of an object
    r"|/(?:home|root|tmp|var|Users|content)/|[A-Z]:\\Users"  # a path
    r"|ipykernel_\d+"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d"  # the time of day
)
_DECIMALS = re.compile(r"\d*\.\d{7,}")
_TEXT_FORM = re.compile(r"^Figure .+\nWhat to see: .+", re.MULTILINE)
_READABLE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)


def defects(notebook):
    """Return one sentence for each defect of `notebook`, with the id of the cell."""
    found = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    ids = [cell.get("id", "") for cell in notebook.cells]
    for cell in notebook.cells:
        found += [f"cell {cell.get('id')}: {defect}" for defect in _of_cell(cell, ids)]
    for number, cell in enumerate(code, start=1):
        if cell.execution_count != number:
            found.append(
                f"cell {cell.get('id')}: execution count {cell.execution_count}, expected "
                f"{number}; nbval compares nothing in a cell that was not run"
            )
    return found


def _of_cell(cell, ids):
    cell_id = cell.get("id", "")
    if not _READABLE_ID.fullmatch(cell_id) or _RANDOM_ID.fullmatch(cell_id):
        yield "the id is not readable: choose one like sq-median"
    if ids.count(cell_id) > 1:
        yield "the id occurs more than once"
    if cell.cell_type == "markdown" and CODE.sub("", cell.source).count("$$") % 2:
        yield "a $$ is not closed"
    if cell.cell_type != "code":
        return
    if _INSTALLS.search(cell.source):
        yield "installs a package: anyone may register a name that the project does not own"
    marker = _MARKER.search("\n".join([cell.source, *cell.metadata.get("tags", [])]))
    if marker:
        yield f"{marker[0]} switches the comparison off"
    if cell.source.rstrip().endswith(";"):
        yield "ends in ';', which does not silence the cell under nbval"
    yield from _of_outputs(cell.outputs)


def _of_outputs(outputs):
    pictures, pictured, told = [], 0, 0
    for output in outputs:
        if output.output_type == "error":
            yield f"stores the error {output.ename}: {output.evalue}"
        if output.output_type == "stream" and output.name != "stdout":
            yield f"writes to {output.name}: {output.text.strip()[:60]!r}"
        data = output.get("data", {})
        for kind in data.keys() - KINDS:
            yield f"shows {kind}, which is not compared; allowed are {', '.join(sorted(KINDS))}"
        inside = PICTURE.findall(data.get("text/html", ""))
        if "image/png" in data:
            inside.append(data["image/png"])
            if not output.metadata.get("image/png", {}).get("alt"):
                yield "shows a picture without alt text in its metadata"
        if not all(ALT.search(tag) for tag in IMAGE.findall(data.get("text/html", ""))):
            yield "shows a picture in HTML without alt text"
        pictures += inside
        pictured += bool(inside)  # the frames of a slider are told together
        texts = [text for kind, text in data.items() if kind.startswith("text/")]
        for text in [output.get("text", ""), *texts]:
            told += len(_TEXT_FORM.findall(text))
            yield from _of_text(PICTURE.sub("", text))
    for picture in pictures:
        yield from _of_picture(picture)
    if told < pictured:
        yield "shows a picture without its text form ('Figure …', 'What to see: …')"


def _of_text(text):
    if machine := _MACHINE.search(text):
        yield f"says {machine[0]!r}, which differs between machines or days"
    if decimals := _DECIMALS.search(text):
        yield f"says {decimals[0]!r}: more than 6 decimals do not hold on every machine"


def _of_picture(png):
    try:
        pixels = decode(png)
    except OSError as error:
        yield f"holds a picture that cannot be read: {error}"
        return
    if np.ptp(pixels) == 0:
        yield "holds a blank picture"
    if pixels.shape[1] > MAX_WIDTH:
        yield f"holds a picture {pixels.shape[1]} pixels wide, at most {MAX_WIDTH}"


def decode(png):
    """The pixels of a base64-encoded PNG, shape (height, width, 3), 0 to 255."""
    return np.asarray(outputs.opened(png).convert("RGB"))
