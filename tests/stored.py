"""Behind the cells of a notebook: what they gave once more is what is stored, to the last byte.

nbval compares what each cell says, and overlooks every picture, in which order words and pictures
come, and what kind of output each is. To run a notebook takes seconds; so what nbval hears from
its kernel is kept, and two more tests of each notebook compare it as `lossbook refresh` stores it.

tests/conftest.py brings this into every run of all tests.
"""

import base64
import copy
import io
import re

import hygiene
import matplotlib as mpl
import numpy as np
import pytest
from nbformat.v4 import output_from_msg
from nbval.plugin import IPyNbCell
from PIL import Image

from lossbook.refresh import canonical

PICTURE = re.compile(r'(?<=data:image/png;base64,)[\w+/=]+|(?<="image/png": ")[\w+/=]+(?=")')

# Mean difference of two pictures, in levels from 0 to 255. One version of Matplotlib draws the
# same pixels everywhere it was tried, so this leaves room for a few antialiased edges only:
# a curve that moves by one pixel is already well above it (last test of test_refresh.py).
SAME_PICTURE = 0.1

_OUTPUTS = ("stream", "display_data", "execute_result", "error")


@pytest.hookimpl(trylast=True)  # when it is settled which tests are wanted
def pytest_collection_modifyitems(items):
    """Add two tests behind the last cell of each notebook of which every cell is run."""
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    for notebook in dict.fromkeys(cell.parent for cell in cells):
        own = [cell for cell in cells if cell.parent is notebook]
        if len(own) == len(_code(notebook.nb)):
            heard = _listen(notebook)
            behind = items.index(own[-1]) + 1
            items[behind:behind] = [
                _Stored.from_parent(notebook, name=compare.__name__, compare=compare, heard=heard)
                for compare in (same_outputs, same_pictures)
            ]


def _code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _listen(notebook):
    """What nbval hears from the kernel of a notebook: a list that fills while the cells run."""
    heard, hear = [], notebook.get_kernel_message

    def keep(*args, **kwargs):
        heard.append(hear(*args, **kwargs))
        return heard[-1]

    notebook.get_kernel_message = keep
    return heard


class _Stored(pytest.Item):
    """Holds the stored text of a notebook against what its kernel gave."""

    def __init__(self, *, compare, heard, **kwargs):
        super().__init__(**kwargs)
        self.compare, self.heard = compare, heard

    def runtest(self):
        again = canonical(_with_outputs(self.parent.nb, self.heard))
        self.compare(self.path.read_text(encoding="utf-8"), again)

    def repr_failure(self, excinfo):
        """How the texts differ; the way through pytest helps nobody."""
        return excinfo.exconly()

    def reportinfo(self):
        return self.path, None, f"{self.path.name}: {self.name}"


def _with_outputs(notebook, heard):
    """A copy of the notebook with the outputs that were heard instead of the stored ones."""
    notebook = copy.deepcopy(notebook)
    given = []
    for message in heard:
        if message["msg_type"] == "execute_input":  # how each cell begins
            given.append([])
        elif message["msg_type"] in _OUTPUTS:
            given[-1].append(output_from_msg(message))
    cells = _code(notebook)
    if len(given) != len(cells):
        pytest.skip(f"{len(given)} of {len(cells)} cells were run")
    for number, (cell, outputs) in enumerate(zip(cells, given, strict=True), start=1):
        for output in outputs:
            if "execution_count" in output:  # nbval's kernel does not count
                output.execution_count = number
        cell.outputs, cell.execution_count = outputs, number
    return notebook


# ------------------------------------------------------------------- two texts of a notebook


def same_outputs(stored, again):
    """Assert that two texts of a notebook are the same, the pixels of pictures aside."""
    assert PICTURE.sub("PICTURE", again).splitlines() == PICTURE.sub("PICTURE", stored).splitlines()


def same_pictures(stored, again):
    """Assert that the pictures are the same; skip where another Matplotlib has drawn them."""
    pairs = list(zip(PICTURE.findall(stored), PICTURE.findall(again), strict=True))
    for number, (before, after) in enumerate(pairs, start=1):
        drawn_by = _software(before)
        if drawn_by != _software(after):
            pytest.skip(f"stored pictures are by {drawn_by}, this is Matplotlib {mpl.__version__}")
        assert difference(before, after) < SAME_PICTURE, f"picture {number} of {len(pairs)}"


def _software(png):
    return Image.open(io.BytesIO(base64.b64decode(png))).info.get("Software", "an unknown hand")


def difference(one, other):
    """The mean difference of two pictures in base64, in levels."""
    a, b = (hygiene.decode(png).astype(float) for png in (one, other))
    return np.abs(a - b).mean() if a.shape == b.shape else np.inf
