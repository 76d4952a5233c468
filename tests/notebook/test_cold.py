"""A cell that is run before the cells above it names the cure; other errors stay."""

import atexit
import symtable
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from lossbook.notebook import cold

ROOT = Path(__file__).parents[2]
PAGES = [
    path
    for folder in ("notebooks", "exercises", "exercises/solutions")
    for path in sorted(ROOT.glob(f"{folder}/*.ipynb"))
]
ABOVE = """%matplotlib inline
import numpy as np
from math import pi as half
x, (y, *z) = 1, (2, 3)
for step in range(3): pass
def f(): inside = 1
class C: pass"""


@pytest.fixture
def shell(monkeypatch, tmp_path):
    """A shell of its own on an open page of three cells, with the extension."""
    cells = [
        new_code_cell(ABOVE, id="a-start"),
        new_markdown_cell("below = 1", id="a-text"),
        new_code_cell("print(x)", id="a-use"),
        new_code_cell("below = 1", id="a-below"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a page.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "a page.ipynb"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))
    cold.load_ipython_extension(shell)
    yield shell
    atexit.unregister(shell.atexit_operations)


def run(shell, capsys, source, cell_id="a-use"):
    """The error of a cell, and what it printed."""
    result = shell.run_cell(source, cell_id=cell_id)
    return result.error_in_exec, capsys.readouterr().out


@pytest.mark.parametrize("name", ["np", "half", "x", "y", "z", "step", "f", "C"])
def test_a_name_from_above_is_cured_in_one_line(shell, capsys, name):
    error, said = run(shell, capsys, f"1 + {name}")
    assert type(error) is NameError  # so that "Run All" stops here
    assert said == cold.CURE.format(name=name) + "\n"
    assert "Run ▸ Run All Above Selected Cell" in said


@pytest.mark.parametrize(
    ("source", "cell_id"),
    [
        ("prnt(1)", "a-use"),  # a typo
        ("below", "a-use"),  # made below only
        ("inside", "a-use"),  # local to a function
        ("x", "a-start"),  # the first cell
        ("x", "new"),  # a cell that is not stored yet
        ("x", None),  # a console
        ("def g():\n    print(x)\n    x = 1\ng()", "a-use"),  # UnboundLocalError
    ],
)
def test_another_name_error_keeps_its_traceback(shell, capsys, source, cell_id):
    error, said = run(shell, capsys, source, cell_id)
    assert isinstance(error, NameError)
    assert type(error).__name__ in said
    assert "Traceback" in said
    assert "Run All Above" not in said


def test_after_the_cells_above_have_run_nothing_is_said(shell, capsys):
    shell.run_cell("x = 1", cell_id="a-start")
    assert run(shell, capsys, "print(x)") == (None, "1\n")
    error, said = run(shell, capsys, "raise NameError('x', name='x')")
    assert "Traceback" in said
    assert error


@pytest.mark.parametrize("page", ["", "no such file.ipynb"])
def test_without_a_page_the_traceback_is_shown(shell, capsys, monkeypatch, page):
    monkeypatch.setenv("JPY_SESSION_NAME", page)
    assert "Traceback" in run(shell, capsys, "x")[1]


def test_an_attempt_names_its_missing_exercise(shell):
    shell.extension_manager.load_extension("lossbook.derive.magics")
    error = shell.run_cell("%%attempt proof\n1 = 1", cell_id="a-use").error_in_exec
    assert type(error) is NameError
    assert error.name == "proof"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_name_that_a_cell_needs_is_made_above_it(shell, path):
    page = nbformat.read(path, as_version=4)
    known = set(shell.user_ns) | set(shell.user_ns["__builtins__"].__dict__)
    for cell in page.cells:
        if cell.cell_type == "code":
            table = symtable.symtable(shell.transform_cell(cell.source), "a cell", "exec")
            needed = {
                symbol.get_name()
                for symbol in table.get_symbols()
                if symbol.is_referenced() and not symbol.is_assigned() and not symbol.is_imported()
            }
            above = cold.names_above(page, cell.id, shell.transform_cell)
            assert needed - known - above == set(), cell.id
