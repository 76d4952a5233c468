"""`python -m lossbook.derive`: the report on the %%derive cells of notebooks."""

import json
import re

import pytest

from lossbook.derive.__main__ import main

RIGHT = "%%derive The square\nLet a \\in \\mathbb{R}\n(2 a)^2 = 4 a^2\nNote a = 7\n"
WRONG = "%%derive The slip\nLet a \\in \\mathbb{R}\n(2 a)^2 = 2 a^2\n(2 a)^2 = 4 a^2\n"


def notebook(path, *cells):
    kinds = [{"cell_type": kind, "id": name, "source": text} for kind, name, text in cells]
    path.write_text(json.dumps({"cells": kinds}), encoding="utf-8")
    return str(path)


def test_right_lines(tmp_path, capsys):
    path = notebook(
        tmp_path / "a.ipynb",
        ("code", "sq-1", RIGHT.splitlines(keepends=True)),  # Jupyter stores lists of lines
        ("markdown", "sq-2", WRONG),
        ("code", "sq-3", "raise SystemExit  # other code is not run"),
        ("code", "sq-4", "%%derived\n1 = 2"),
    )
    assert main([path]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["notebook", "cell", "lines", "hold", "seconds"]
    assert len(rows) == 1
    assert re.fullmatch(r"a +sq-1 +1 +1 +\d+\.\d\d", rows[0])


def test_a_wrong_line_is_shown_and_turns_the_build_red(tmp_path, capsys):
    good = notebook(tmp_path / "a.ipynb", ("code", "sq-1", RIGHT))
    bad = notebook(tmp_path / "b.ipynb", ("code", "sq-2", WRONG))
    assert main([good, bad]) == 1
    out = capsys.readouterr().out
    assert re.search(r"\nb +sq-2 +2 +1 +\d", out)
    assert "  (1) ✗ (2 a)² = 2 a²\n        false: for  a = " in out
    assert "(2) " not in out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": [1]}'])
def test_what_is_no_notebook(tmp_path, capsys, text):
    path = tmp_path / "c.ipynb"
    path.write_text(text)
    assert main([str(path)]) == 2
    assert "not a notebook" in capsys.readouterr().err
    assert main([str(tmp_path / "missing.ipynb")]) == 2


def test_no_arguments_say_how_to_use_it(capsys):
    assert main([]) == 2
    assert "python -m lossbook.derive" in capsys.readouterr().out
