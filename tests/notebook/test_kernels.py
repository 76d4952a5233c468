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


@pytest.mark.parametrize("windows", [False, True])
def test_the_terminal_stays_empty_and_a_home_is_not_needed(tmp_path, windows):
    """Where no place in the home directory can be written; and without sockets that are files."""
    path = tmp_path / "small.ipynb"
    source = "import matplotlib.pyplot as plt\nfrom lossbook.notebook import figures\nprint(1)"
    nbformat.write(new_notebook(cells=[new_code_cell(source, id="a-cell")]), path)
    code = "import sys; from lossbook import cli; from lossbook.notebook import kernels\n"
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
