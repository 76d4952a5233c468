"""Refreshing: the stored outputs are what the code says today, and no work is ever lost."""

import base64
import copy
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, PngImagePlugin
from stored import PICTURE, SAME_PICTURE, difference, same_outputs, same_pictures

from lossbook import refresh as module
from lossbook.refresh import RefreshError, canonical, refresh, run

ROOT = Path(__file__).parents[1]

# That every notebook gives its stored outputs and pictures, each is asked behind its own cells
# (stored.py). That the command gives them as well, one chapter can show.


def test_a_chapter_that_is_refreshed_stays_as_it_is():
    path = min(ROOT.glob("notebooks/*.ipynb"))
    stored, again = path.read_text(encoding="utf-8"), canonical(run(path))
    assert PICTURE.search(stored)
    same_outputs(stored, again)
    same_pictures(stored, again)


def grey(level):
    """A small picture in base64."""
    file, software = io.BytesIO(), PngImagePlugin.PngInfo()
    software.add_text("Software", "by hand")
    Image.new("L", (4, 4), level).save(file, format="png", pnginfo=software)
    return base64.b64encode(file.getvalue()).decode()


def words(text):
    return new_output("stream", name="stdout", text=f"{text}\n")


def shown(kind="display_data", **more):
    return new_output(kind, data={"text/plain": "'x'"}, **more)


def result(data, count):
    return new_output("execute_result", data=data, execution_count=count)


def image(png):
    """A cell that shows a picture, its output included."""
    data = {"image/png": png, "text/plain": "<IPython.core.display.Image object>"}
    return f"Image(base64.b64decode('{png}'))", data


def markup(png):
    tag = f'<img src="data:image/png;base64,{png}">'
    return f"HTML('{tag}')", {"text/html": tag, "text/plain": "<IPython.core.display.HTML object>"}


TOLD = [words(1), shown(), words(2)]
# What is stored where the cells give TOLD and two pictures of level 90.
STORED = {
    "as it is": (TOLD, 90, 90),
    "the kind": ([words(1), shown("execute_result", execution_count=1), words(2)], 90, 90),
    "the order": ([words("1\n2"), shown()], 90, 90),
    "the picture": (TOLD, 91, 90),
    "the picture in a page": (TOLD, 90, 91),
}


def test_what_nbval_overlooks_is_found_behind_the_cells(tmp_path):
    """Every cell passes; the notebook does only where what is stored is what it gives."""
    for name, (told, *levels) in STORED.items():
        cells = [
            new_code_cell("print(1)\ndisplay('x')\nprint(2)", id="a-text", outputs=told),
            new_code_cell("import base64\nfrom IPython.display import HTML, Image", id="a-start"),
        ]
        for kind, level in zip((image, markup), levels, strict=True):
            output = result(kind(grey(level))[1], count=len(cells) + 1)
            source, cell_id = kind(grey(90))[0], f"a-{kind.__name__}"
            cells.append(new_code_cell(source, id=cell_id, outputs=[output]))
        for number, cell in enumerate(cells, start=1):
            cell.execution_count = number
        (tmp_path / f"{name}.ipynb").write_text(canonical(new_notebook(cells=cells)))
    options = ["-p", "stored", "-p", "no:cacheprovider", "-q", "-rA", "--color=no"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", *options, tmp_path],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
    )
    found = re.findall(r"^FAILED (.*?)\.ipynb::(\w+)", done.stdout, re.MULTILINE)
    assert found == [
        ("the kind", "same_outputs"),
        ("the order", "same_outputs"),
        ("the picture in a page", "same_pictures"),
        ("the picture", "same_pictures"),
    ], done.stdout
    assert len(re.findall("^PASSED", done.stdout, re.MULTILINE)) == 5 * (4 + 2) - len(found)


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
