"""Refreshing: the stored outputs are what the code says today, and no work is ever lost."""

import base64
import copy
import io
import re
from pathlib import Path

import hygiene
import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from lossbook import refresh as module
from lossbook.refresh import RefreshError, canonical, refresh, run

NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))

PICTURE = re.compile(r'(?<=data:image/png;base64,)[\w+/=]+|(?<="image/png": ")[\w+/=]+(?=")')

# Mean difference of two pictures, in levels from 0 to 255. One version of Matplotlib draws the
# same pixels everywhere it was tried, so this leaves room for a few antialiased edges only:
# a curve that moves by one pixel is already well above it (last test of this file).
SAME_PICTURE = 0.1


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def twice(request):
    """A stored notebook and the same one run again: two texts in canonical form."""
    return request.param.read_text(encoding="utf-8"), canonical(run(request.param))


def test_running_again_gives_the_stored_outputs(twice):
    stored, again = (PICTURE.sub("PICTURE", text) for text in twice)
    assert again.splitlines() == stored.splitlines()


def test_running_again_gives_the_stored_pictures(twice):
    pairs = list(zip(*map(PICTURE.findall, twice), strict=True))
    for number, (stored, again) in enumerate(pairs, start=1):
        drawn_by = software(stored)
        if drawn_by != software(again):
            pytest.skip(f"stored pictures are by {drawn_by}, this is Matplotlib {mpl.__version__}")
        apart = difference(stored, again)
        assert apart < SAME_PICTURE, f"picture {number} of {len(pairs)}"


def software(png):
    return Image.open(io.BytesIO(base64.b64decode(png))).info.get("Software", "an unknown hand")


def difference(one, other):
    a, b = (hygiene.decode(png).astype(float) for png in (one, other))
    return np.abs(a - b).mean() if a.shape == b.shape else np.inf


# What refresh does, on notebooks of a few cells.


@pytest.fixture
def write(tmp_path):
    """Store the given cells as a notebook and return its path."""

    def store(*cells):
        path = tmp_path / "a book" / "small.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells)), path)
        return path

    return store


def test_nobody_watches_a_refresh(write, monkeypatch):
    """Not even where it is called from a notebook in JupyterLab, whose mark it would inherit."""
    monkeypatch.setenv("JPY_SESSION_NAME", "elsewhere.ipynb")
    path = write(
        new_code_cell("from lossbook import figures\nprint(figures.watched())", id="a-print")
    )
    assert run(path).cells[0].outputs[0].text == "False\n"


def test_a_second_run_changes_no_byte(write):
    path = write(
        new_markdown_cell("Two spaces  \nbreak a line.\n", id="a-text"),
        new_code_cell("print(1)\nprint({'a', 'b', 'c', 'd'})", id="a-print"),
        new_code_cell("display(2)\nprint(3)\n4", id="a-result"),
        new_code_cell("import ipywidgets\nipywidgets.IntSlider()", id="a-widget"),
    )
    assert refresh(path)
    first = path.read_bytes()
    assert not refresh(path)
    assert path.read_bytes() == first
    assert first.endswith(b"\n}\n")
    assert b"widget-view" not in first
    assert b"execution\"" not in first  # no times
    assert [p.name for p in path.parent.iterdir()] == [path.name]

    notebook = nbformat.reads(first.decode(), as_version=4)
    assert [c.id for c in notebook.cells] == ["a-text", "a-print", "a-result", "a-widget"]
    assert notebook.cells[0].source == "Two spaces  \nbreak a line.\n"
    assert [c.execution_count for c in notebook.cells[1:]] == [1, 2, 3]
    assert [o.output_type for o in notebook.cells[2].outputs] == [
        "display_data",
        "stream",
        "execute_result",
    ]


def test_the_kernel_runs_beside_the_notebook(write):
    path = write(new_code_cell("import os\nprint(os.path.basename(os.getcwd()))", id="a-place"))
    assert run(path).cells[0].outputs[0].text == "a book\n"


def test_a_link_stays_a_link(write, tmp_path):
    path = write(new_code_cell("print(1)", id="a-print"))
    link = tmp_path / "link.ipynb"
    try:
        link.symlink_to(path)
    except OSError:
        pytest.skip("this user may not make links")
    assert refresh(link)
    assert link.is_symlink()
    assert not refresh(path)


def test_without_write_it_only_compares(write):
    path = write(new_code_cell("print(1)", id="a-print"))
    before = path.read_bytes()
    assert refresh(path, write=False)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(1)", "Kernel died"),
        ("assert 1 == 2, 'the sum is off'", "AssertionError: the sum is off"),
    ],
)
def test_a_cell_that_raises_leaves_the_file_alone_and_is_named(write, source, error):
    path = write(new_code_cell("print(1)", id="a-print"), new_code_cell(source, id="a-slip"))
    before = path.read_bytes()
    with pytest.raises(RefreshError, match=f"small.ipynb, cell a-slip: {error}") as info:
        refresh(path)
    assert "\x1b" not in str(info.value)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_work_saved_during_the_run_is_kept(write, monkeypatch):
    path = write(new_code_cell("1", id="a-cell"))

    def run_while_the_author_saves(path):
        notebook = nbformat.read(path, as_version=4)
        path.write_bytes(b"the author's new version")
        return notebook

    monkeypatch.setattr(module, "run", run_while_the_author_saves)
    with pytest.raises(RefreshError, match="was saved while it ran"):
        refresh(path)
    assert path.read_bytes() == b"the author's new version"


@pytest.mark.parametrize("content", ["", "not JSON", '{"x": 1}', '{"nbformat": 4}'])
def test_something_else_is_refused(tmp_path, content):
    path = tmp_path / "other.ipynb"
    path.write_text(content)
    with pytest.raises(RefreshError, match="is not a notebook"):
        refresh(path)
    assert path.read_text() == content


# The canonical form, without a kernel.


@pytest.fixture
def untidy():
    """What an editor leaves: a stream in pieces, times, view state, an identifier of the day."""
    pieces = [new_output("stream", name="stdout", text=text) for text in ("1\n", "2\n")]
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "3f2a"}, "text/plain": "w"}
    image = new_output(
        "display_data",
        data={"image/png": "AAAA", "text/plain": "f"},
        metadata={"image/png": {"width": 640}, "needs_background": "light"},
    )
    cell = new_code_cell(
        "x",
        id="a-cell",
        execution_count=1,
        outputs=[*pieces, new_output("display_data", data=widget), image],
        metadata={
            "execution": {"iopub.status.busy": "2026"},
            "tags": ["keep"],
            "scrolled": True,
            "jupyter": {"source_hidden": True, "outputs_hidden": False},
        },
    )
    return new_notebook(
        cells=[new_markdown_cell("é", id="a-text", metadata={"editable": True}), cell],
        metadata={"widgets": {}, "language_info": {"version": "3.11.7", "name": "python"}},
    )


def test_canonical_form_keeps_what_is_the_authors(untidy):
    before = copy.deepcopy(untidy)
    text = canonical(untidy)
    assert untidy == before
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert "é" in text
    words, cell = notebook.cells
    assert words.metadata == {}
    assert cell.metadata == {"tags": ["keep"], "jupyter": {"source_hidden": True}}
    stream, widget, image = cell.outputs
    assert stream.text == "1\n2\n"
    assert widget.data == {"text/plain": "w"}
    assert image.metadata == {"image/png": {"width": 640}}


def test_canonical_form_is_a_fixed_point(untidy):
    text = canonical(untidy)
    assert canonical(nbformat.reads(text, as_version=4)) == text


def test_a_curve_that_moves_by_a_pixel_is_another_picture():
    def draw(shift):
        fig, ax = plt.subplots(figsize=(6.4, 3.8))
        x = np.linspace(-3, 3, 100)
        ax.plot(x, x**2 + shift, linewidth=2)
        ax.set_ylim(0, 10)
        buffer = io.BytesIO()
        fig.savefig(buffer, format="png", dpi=200)
        plt.close(fig)
        return base64.b64encode(buffer.getvalue()).decode()

    pixel = 10 / (0.77 * 3.8 * 200)  # the axes fill 0.77 of the height
    assert difference(draw(0), draw(0)) == 0
    assert difference(draw(0), draw(pixel)) > 2 * SAME_PICTURE
