"""`lossbook check`: the results of the checks in a notebook, in a shell."""

import copy
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lossbook import cli
from lossbook.notebook import answers as module
from lossbook.notebook.answers import answers


def notebook(path, *sources):
    nbformat.write(new_notebook(cells=[new_code_cell(s) for s in sources]), path)
    return path


START = 'from lossbook.exercises import checker\ncheck = checker("02")'


@pytest.fixture(scope="module")
def run_of_mixed(tmp_path_factory):
    """A notebook with an exercise that is solved, one that is not, and an error; and its run."""
    path = notebook(
        tmp_path_factory.mktemp("mixed") / "mine.ipynb",
        START,
        'check(2 / 3, "newsagent")',
        "1 / 0",
        'check("b", "even_and_odd")',
    )
    before = path.read_bytes()
    ran = module.run(path, allow_errors=True)
    assert path.read_bytes() == before
    return path, ran


@pytest.fixture
def mixed(run_of_mixed, monkeypatch):
    path, ran = run_of_mixed

    def run(path, *, allow_errors):
        assert allow_errors
        return ran

    monkeypatch.setattr(module, "run", run)
    return path


def test_each_check_is_read_and_an_error_stops_nothing(mixed):
    found = answers(mixed)
    assert found.solved == {"02.newsagent": True, "02.even_and_odd": False}
    assert found.reports["02.newsagent"].startswith("✓ newsagent")
    assert [error for _, error in found.errors] == ["ZeroDivisionError: division by zero"]


def test_command_reports_errors_and_fails(mixed, capsys):
    assert cli.main(["check", str(mixed)]) == 1
    told = capsys.readouterr().out
    assert "✓ newsagent: 0.666667 is right." in told
    assert "raised ZeroDivisionError" in told
    assert "1 of 2 exercises are solved." in told


def test_error_beside_solved_exercises_is_no_success(mixed, run_of_mixed, monkeypatch, tmp_path):
    solved = copy.deepcopy(run_of_mixed[1])
    del solved.cells[-1]  # the exercise that is not solved
    monkeypatch.setattr(module, "run", lambda path, **_: copy.deepcopy(solved))
    assert cli.main(["check", str(mixed)]) == 1
    del solved.cells[-1]  # the error
    assert cli.main(["check", str(mixed)]) == 0
    missing = str(tmp_path / "missing.ipynb")
    assert cli.main(["check", missing, str(mixed)]) == 2


def test_command_succeeds_where_the_last_check_of_each_exercise_is_right(tmp_path, capsys):
    path = notebook(tmp_path / "n.ipynb", START, 'check(1, "newsagent")\ncheck(2/3, "newsagent")')
    assert cli.main(["check", str(path)]) == 0
    assert "1 of 1 exercises are solved." in capsys.readouterr().out


def test_notebook_without_checks_is_no_success(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "run", lambda path, **_: nbformat.read(path, as_version=4))
    assert cli.main(["check", str(notebook(tmp_path / "n.ipynb", "1"))]) == 1


NO_CELLS = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}'


@pytest.mark.parametrize(
    "content", [None, "", "{}", "no notebook", "[]", "1", '{"nbformat": 9}', NO_CELLS]
)
def test_invalid_notebook_is_named_in_a_line(tmp_path, capsys, content):
    path = Path(tmp_path / "n.ipynb")
    if content is not None:
        path.write_text(content)
    assert cli.main(["check", str(path)]) == 2
    told = capsys.readouterr()
    assert str(path) in told.err
    assert told.err.count("\n") == 1
