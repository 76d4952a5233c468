"""`lossbook check`: what the checks in a notebook say, read from a shell."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lossbook import cli
from lossbook.notebook.answers import answers


def notebook(path, *sources):
    nbformat.write(new_notebook(cells=[new_code_cell(s) for s in sources]), path)
    return path


START = 'from lossbook.exercises import checker\ncheck = checker("02")'


@pytest.fixture
def mixed(tmp_path):
    return notebook(
        tmp_path / "mine.ipynb",
        START,
        'check(2 / 3, "newsagent")',
        "1 / 0",
        'check("b", "even_and_odd")',
    )


def test_each_check_is_read_and_an_error_stops_nothing(mixed):
    before = mixed.read_bytes()
    found = answers(mixed)
    assert found.solved == {"02.newsagent": True, "02.even_and_odd": False}
    assert found.reports["02.newsagent"].startswith("✓ newsagent")
    assert [error for _, error in found.errors] == ["ZeroDivisionError: division by zero"]
    assert mixed.read_bytes() == before


def test_the_last_check_of_an_exercise_counts(tmp_path):
    path = notebook(tmp_path / "n.ipynb", START, 'check(1, "newsagent")\ncheck(2/3, "newsagent")')
    assert answers(path).solved == {"02.newsagent": True}


def test_the_command_says_so_and_fails(mixed, capsys):
    assert cli.main(["check", str(mixed)]) == 1
    told = capsys.readouterr().out
    assert "✓ newsagent: 0.666667 is right." in told
    assert "raised ZeroDivisionError" in told
    assert "1 of 2 exercises are solved." in told


def test_the_command_succeeds_where_all_is_solved(tmp_path, capsys):
    path = notebook(tmp_path / "n.ipynb", START, 'check(2/3, "newsagent")')
    assert cli.main(["check", str(path)]) == 0
    assert "1 of 1 exercises are solved." in capsys.readouterr().out


def test_a_notebook_without_checks_is_no_success(tmp_path):
    assert cli.main(["check", str(notebook(tmp_path / "n.ipynb", "1"))]) == 1


NO_CELLS = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}'


@pytest.mark.parametrize(
    "content", [None, "", "{}", "no notebook", "[]", "1", '{"nbformat": 9}', NO_CELLS]
)
def test_what_is_no_notebook_is_named_in_one_sentence(tmp_path, capsys, content):
    path = Path(tmp_path / "n.ipynb")
    if content is not None:
        path.write_text(content)
    assert cli.main(["check", str(path)]) == 2
    told = capsys.readouterr()
    assert str(path) in told.err
    assert told.err.count("\n") == 1
