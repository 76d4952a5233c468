"""Refreshing: the stored outputs are what the code says today, and no work is ever lost."""

import base64
import copy
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image, PngImagePlugin

from lossbook import cli, kernels, outputs
from lossbook import refresh as module
from lossbook.derive import cache
from lossbook.grading import progress
from lossbook.refresh import RefreshError, canonical, check, refresh, run

ROOT = Path(__file__).parents[1]

# That every notebook gives its stored outputs and pictures, each is asked behind its own cells
# (lossbook/notebook_tests.py). That the command gives them as well, one chapter can show.


def test_a_chapter_that_is_refreshed_stays_as_it_is(capfd, tmp_path):
    path = shutil.copy(min(ROOT.glob("notebooks/*.ipynb")), tmp_path)
    assert outputs.PICTURE.search(Path(path).read_text("utf-8"))
    assert cli.main(["refresh", "--check", str(path)]) == 0
    said, warned = capfd.readouterr()
    assert said == f"{path}: as promised\n"
    assert warned == ""  # the newest ipykernel warns of unencrypted TCP


def grey(level, software="Matplotlib by hand"):
    """A small picture in base64."""
    file, about = io.BytesIO(), PngImagePlugin.PngInfo()
    about.add_text("Software", software)
    Image.new("L", (4, 4), level).save(file, format="png", pnginfo=about)
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
    "as it is": (TOLD, grey(90), grey(90)),
    "hardly another picture": (TOLD, grey(91), grey(89)),
    "the kind": (
        [words(1), shown("execute_result", execution_count=1), words(2)],
        grey(90),
        grey(90),
    ),
    "the order": ([words("1\n2"), shown()], grey(90), grey(90)),
    "the picture": (TOLD, grey(120), grey(90)),
    "the picture in a page": (TOLD, grey(90), grey(120)),
    "drawn by another": (TOLD, grey(120, "Matplotlib 1.0"), grey(90)),
}


def store(path, told, *pngs):
    """Write a notebook whose cells give TOLD and two pictures of level 90."""
    cells = [
        new_code_cell("print(1)\ndisplay('x')\nprint(2)", id="a-text", outputs=told),
        new_code_cell("import base64\nfrom IPython.display import HTML, Image", id="a-start"),
    ]
    for kind, png in zip((image, markup), pngs, strict=True):
        output = result(kind(png)[1], count=len(cells) + 1)
        source, cell_id = kind(grey(90))[0], f"a-{kind.__name__}"
        cells.append(new_code_cell(source, id=cell_id, outputs=[output]))
    for number, cell in enumerate(cells, start=1):
        cell.execution_count = number
    path.write_text(canonical(new_notebook(cells=cells)))


def nbval(folder, *arguments):
    """What a run of `pytest --nbval` in a folder like that of `lossbook lab` prints."""
    shutil.copy(ROOT / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "--nbval", "-rA", "--color=no", *arguments]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:xdist"],
        capture_output=True,
        text=True,
        cwd=folder,
        env=plain | {"PYTHONPATH": str(ROOT)},
    )
    return done.stdout + done.stderr


def test_what_nbval_overlooks_is_found_behind_the_cells(tmp_path):
    """Every cell passes; the notebook does only where what is stored is what it gives."""
    for name, stored in STORED.items():
        store(tmp_path / f"{name}.ipynb", *stored)
    said = nbval(tmp_path)
    found = re.findall(r"^FAILED (.*?)\.ipynb::(\w+)", said, re.MULTILINE)
    assert sorted(found) == [
        (name, "outputs_and_pictures")
        for name in ("the kind", "the order", "the picture", "the picture in a page")
    ], said
    assert "cell a-image, picture 1 of 1 looks different: by 30 of 255 levels" in said
    assert re.search("SKIPPED.*1 picture.* the stored are by Matplotlib 1.0, this is", said)
    assert len(re.findall("^PASSED", said, re.MULTILINE)) == 7 * (4 + 1) - len(found) - 1


def test_one_notebook_alone_is_compared_too(tmp_path):
    store(tmp_path / "one.ipynb", *STORED["the picture"])
    assert "looks different" in nbval(tmp_path, "one.ipynb")


def test_the_line_to_type_is_told_where_nbval_is_missing(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['nbval'] = None")
    shutil.copy(ROOT / "conftest.py", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-p", "no:nbval", "-p", "no:xdist"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert done.stderr.strip() == "ERROR: the notebooks are tested by nbval: pip install nbval"


# What check says, and its exit status.


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
def test_check_says_in_one_line_what_differs(tmp_path, capsys, name, status, said):
    path = tmp_path / "small.ipynb"
    store(path, *STORED[name])
    before = path.read_bytes()
    assert cli.main(["refresh", "--check", str(path)]) == status
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(said)
    assert all(part in line for part, line in zip(said, lines, strict=True)), lines
    assert path.read_bytes() == before


def test_what_cannot_be_run_is_neither_as_promised_nor_different(tmp_path, capsys):
    path = tmp_path / "small.ipynb"
    path.write_text("not JSON")
    for options in ([], ["--check"]):
        assert cli.main(["refresh", *options, str(path)]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "small.ipynb is not a notebook" in err


def test_a_picture_that_looks_the_same_keeps_its_bytes(tmp_path):
    path = tmp_path / "small.ipynb"
    store(path, *STORED["hardly another picture"])
    before = path.read_bytes()
    assert not refresh(path)
    assert path.read_bytes() == before
    store(path, *STORED["the picture"])
    assert refresh(path)
    assert grey(120) not in path.read_text()


# On machines of many kinds.


@pytest.mark.parametrize("windows", [False, True])
def test_the_terminal_stays_empty_and_a_home_is_not_needed(tmp_path, windows):
    """Where no place in the home directory can be written; and without sockets that are files."""
    path = tmp_path / "small.ipynb"
    source = "import matplotlib.pyplot as plt\nfrom lossbook import figures\nprint(1)"
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="a-cell")]), path)
    code = "import sys; from lossbook import cli, kernels\n"
    code += "kernels._SOCKET_PATH = 0\n" if windows else ""
    code += "sys.exit(cli.main(sys.argv[1:]))"
    unwanted = ("MPLCONFIGDIR", "IPYTHONDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    told = {name: value for name, value in os.environ.items() if name not in unwanted}
    told |= {"HOME": "/proc/nohome", "USERPROFILE": "/proc/nohome"}
    for verdict in ("refreshed", "unchanged"):
        done = subprocess.run(
            [sys.executable, "-c", code, "refresh", str(path)],
            capture_output=True,
            text=True,
            env=told,
        )
        assert done.stderr == ""
        assert done.stdout == f"{path}: {verdict}\n"
    assert [o.text for o in nbformat.read(path, 4).cells[0].outputs] == ["1\n"]


@pytest.mark.parametrize("place", [progress.place, cache._folder])
def test_a_user_without_a_home_directory_keeps_nothing(monkeypatch, place):
    for name in ("PYTEST_VERSION", "LOSSBOOK_PROGRESS", "LOSSBOOK_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", Mock(side_effect=RuntimeError("no home directory")))
    assert place() is None


def test_a_kernel_reads_nothing_of_the_users_settings(tmp_path, monkeypatch):
    profile = tmp_path / "profile_default" / "startup"
    profile.mkdir(parents=True)
    (profile / "00.py").write_text("print('hello')\nx = 1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    path = tmp_path / "small.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("print('x' in dir())", id="a-cell")]), path)
    assert run(path).cells[0].outputs[0].text == "False\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sockets that are files")
def test_a_kernel_talks_through_files_and_leaves_none(tmp_path):
    with kernels.isolated() as (environment, configuration):
        folder = environment["IPYTHONDIR"]
        assert configuration["KernelManager"]["transport"] == "ipc"
    assert not os.path.exists(folder)
    assert "KernelManager" not in kernels.configuration(tmp_path / ("x" * 100))


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


def test_check_only_compares(write):
    path = write(new_code_cell("print(1)", id="a-print"))
    before = path.read_bytes()
    assert check(path).differences == ["cell a-print gives 'stream', stored is nothing more"]
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
    assert notebook.metadata.language_info == {
        "file_extension": ".py",  # or nbconvert calls a script .txt
        "mimetype": "text/x-python",
        "name": "python",
    }
    assert "é" in text
    words, cell = notebook.cells
    assert words.metadata == {}
    assert cell.metadata == {"tags": ["keep"], "jupyter": {"source_hidden": True}}
    stream, widget, image = cell.outputs
    assert stream.text == "1\n2\n"
    assert widget.data == {"text/plain": "w"}
    assert image.metadata == {"image/png": {"alt": "A bowl", "width": 640}}


def test_canonical_form_is_a_fixed_point(untidy):
    text = canonical(untidy)
    assert canonical(nbformat.reads(text, as_version=4)) == text
