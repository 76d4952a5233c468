"""Refreshing: stored outputs are compared with new ones and replaced; no work is lost.

Starting a kernel takes a second, so a run is shared where the kernel is not what is tested.
"""

import copy
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lossbook import cli
from lossbook.notebook import outputs
from lossbook.notebook import refresh as module
from lossbook.notebook.refresh import RefreshError, canonical, check, refresh, run
from tests.helpers.main_path import FOLDED
from tests.helpers.picture_notebook import STORED, grey, store

ROOT = Path(__file__).parents[2]

# lossbook/notebook/pytest_plugin.py compares every notebook with its stored outputs. One chapter
# is enough to test that the command finds the same.


def test_refreshed_chapter_is_as_promised(capfd, tmp_path):
    path = shutil.copy(min(ROOT.glob("notebooks/*.ipynb")), tmp_path)
    assert outputs.PICTURE.search(Path(path).read_text("utf-8"))
    assert cli.main(["refresh", "--check", str(path)]) == 0
    said, warned = capfd.readouterr()
    verdict, *unseen = said.splitlines()
    assert verdict == f"{path}: as promised"
    # Another Matplotlib draws other pixels: its pictures are named, not compared.
    assert all("not compared: the stored are by Matplotlib" in line for line in unseen)
    assert warned == ""  # the newest ipykernel warns of unencrypted TCP


# What check says, and its exit status.


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """A run of the notebook of two pictures."""
    path = tmp_path_factory.mktemp("pictures") / "small.ipynb"
    store(path, *STORED["as it is"])
    return run(path)


@pytest.fixture
def given(monkeypatch):
    """Let every run return this notebook."""

    def set_run(notebook):
        monkeypatch.setattr(module, "run", lambda path: copy.deepcopy(notebook))

    return set_run


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("as it is", 0, ["as promised"]),
        ("hardly another picture", 0, ["as promised"]),
        ("the order", 1, ["differs", "cell a-text gives 'text: ', stored is 'text: 2'"]),
        ("the picture", 1, ["differs", "cell a-image, picture 1 of 1 looks different"]),
        ("drawn by another", 0, ["as promised", "1 picture(s) not compared: the stored are by"]),
    ],
)
def test_check_reports_each_difference_in_a_line(
    tmp_path, capsys, pictures, given, name, status, said
):
    given(pictures)
    path = tmp_path / "small.ipynb"
    store(path, *STORED[name])
    before = path.read_bytes()
    assert cli.main(["refresh", "--check", str(path)]) == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True)), lines
    assert path.read_bytes() == before


def test_exit_status_is_2_where_a_notebook_cannot_be_run(tmp_path, capsys):
    path = tmp_path / "small.ipynb"
    path.write_text("not JSON")
    for options in ([], ["--check"]):
        assert cli.main(["refresh", *options, str(path)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "small.ipynb is not a notebook" in err


def test_picture_that_looks_the_same_keeps_its_bytes(tmp_path, pictures, given):
    given(pictures)
    path = tmp_path / "small.ipynb"
    store(path, *STORED["hardly another picture"])
    before = path.read_bytes()
    assert not refresh(path)
    assert path.read_bytes() == before
    store(path, *STORED["the picture"])
    assert refresh(path)
    assert grey(120) not in path.read_text()


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


def test_second_run_changes_no_byte(write):
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
    assert b'execution"' not in first  # no times
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


def test_link_stays_a_link(write, tmp_path, given):
    path = write(new_code_cell("print(1)", id="a-print"))
    printed = new_output("stream", name="stdout", text="1\n")
    given(new_notebook(cells=[new_code_cell("print(1)", id="a-print", outputs=[printed])]))
    link = tmp_path / "link.ipynb"
    try:
        link.symlink_to(path)
    except OSError:
        pytest.skip("this user may not make links")
    assert refresh(link)
    assert link.is_symlink()
    assert not refresh(path)


def test_check_leaves_the_file_alone(write, given):
    path = write(new_code_cell("print(1)", id="a-print"))
    printed = new_output("stream", name="stdout", text="1\n")
    given(new_notebook(cells=[new_code_cell("print(1)", id="a-print", outputs=[printed])]))
    before = path.read_bytes()
    assert check(path).differences == ["cell a-print gives 'stream', stored is nothing more"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("import os\nos._exit(1)", "Kernel died"),
    ],
)
def test_raising_cell_is_named_and_the_file_left_alone(write, source, error):
    path = write(new_code_cell("print(1)", id="a-print"), new_code_cell(source, id="a-slip"))
    before = path.read_bytes()
    with pytest.raises(RefreshError, match=f"small.ipynb, cell a-slip: {error}") as info:
        refresh(path)
    assert "\x1b" not in str(info.value)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_file_saved_during_the_run_is_kept(write, monkeypatch):
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
def test_invalid_file_is_rejected(tmp_path, content):
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
        metadata={"image/png": {"alt": "A bowl", "width": 640}, "needs_background": "light"},
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
        cells=[
            new_markdown_cell("# é", id="a-text", metadata={"editable": True, FOLDED: True}),
            cell,
        ],
        metadata={"widgets": {}, "language_info": {"version": "3.11.7", "name": "python"}},
    )


def test_canonical_form_keeps_what_the_author_wrote(untidy):
    before = copy.deepcopy(untidy)
    text = canonical(untidy)
    assert untidy == before
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {
        "file_extension": ".py",  # or nbconvert calls a script .txt
        "mimetype": "text/x-python",
        "name": "python",
    }
    assert "é" in text
    words, cell = notebook.cells
    assert words.metadata == {FOLDED: True}
    assert cell.metadata == {"tags": ["keep"], "jupyter": {"source_hidden": True}}
    stream, widget, image = cell.outputs
    assert stream.text == "1\n2\n"
    assert widget.data == {"text/plain": "w"}
    assert image.metadata == {"image/png": {"alt": "A bowl", "width": 640}}


def test_canonical_form_is_a_fixed_point(untidy):
    text = canonical(untidy)
    assert canonical(nbformat.reads(text, as_version=4)) == text
