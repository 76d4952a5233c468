"""A kernel that a program starts needs no home directory, and reads no settings of the user."""

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lossbook.checking import progress
from lossbook.derive import cache
from lossbook.notebook import kernels
from lossbook.notebook.refresh import run


def test_refresh_without_a_home_directory_prints_no_warning(tmp_path):
    """With sockets that are files, and with local TCP as on Windows."""
    path = tmp_path / "small.ipynb"
    draws = "import matplotlib.pyplot as plt\nfrom lossbook.notebook import figures\nprint(1)"
    start = "import sys; from lossbook import cli; from lossbook.notebook import kernels"
    end = "sys.exit(cli.main(sys.argv[1:]))"
    unwanted = ("MPLCONFIGDIR", "IPYTHONDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    told = {name: value for name, value in os.environ.items() if name not in unwanted}
    told |= {"HOME": "/proc/nohome", "USERPROFILE": "/proc/nohome"}
    for source, sockets in ((draws, ""), ("print(1)", "kernels._SOCKET_PATH = 0")):
        nbformat.write(new_notebook(cells=[new_code_cell(source, id="a-cell")]), path)
        done = subprocess.run(
            [sys.executable, "-c", "\n".join([start, sockets, end]), "refresh", str(path)],
            capture_output=True,
            text=True,
            env=told,
        )
        assert done.stderr == ""
        assert done.stdout == f"{path}: refreshed\n"
        assert [o.text for o in nbformat.read(path, 4).cells[0].outputs] == ["1\n"]


@pytest.mark.parametrize("place", [progress.place, cache._folder])
def test_a_user_without_a_home_directory_keeps_nothing(monkeypatch, place):
    for name in ("PYTEST_VERSION", "LOSSBOOK_PROGRESS", "LOSSBOOK_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", Mock(side_effect=RuntimeError("no home directory")))
    assert place() is None


CELLS = {  # in a folder "a book", started from a notebook in JupyterLab, with a user's profile
    "folder": ("import os\nprint(os.path.basename(os.getcwd()))", "a book"),
    "profile": ("print('x' in dir())", "False"),
    "not interactive": (
        "from lossbook.notebook import figures\nprint(figures.is_interactive())",
        "False",
    ),
}


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each of CELLS prints."""
    folder = tmp_path_factory.mktemp("kernel")
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("print('hello')\nx = 1")
    path = folder / "a book" / "small.ipynb"
    path.parent.mkdir()
    nbformat.write(new_notebook(cells=[new_code_cell(code) for code, _ in CELLS.values()]), path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(folder))
        patch.setenv("JPY_SESSION_NAME", "elsewhere.ipynb")
        cells = run(path).cells
    return {name: cell.outputs[0].text for name, cell in zip(CELLS, cells, strict=True)}


@pytest.mark.parametrize("name", CELLS)
def test_kernel_runs_beside_the_notebook_without_the_users_settings(printed, name):
    assert printed[name] == f"{CELLS[name][1]}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sockets that are files")
def test_a_kernel_talks_through_files_and_leaves_none(tmp_path):
    with kernels.isolated() as (environment, configuration):
        folder = environment["IPYTHONDIR"]
        assert configuration["KernelManager"]["transport"] == "ipc"
    assert not os.path.exists(folder)
    assert "KernelManager" not in kernels.configuration(tmp_path / ("x" * 100))
