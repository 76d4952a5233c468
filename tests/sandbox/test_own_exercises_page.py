"""The commands and the code of docs/own_exercises.md do what the page says."""

import csv
import re
import shlex
import shutil

from nbformat import write
from nbformat.v4 import new_code_cell, new_notebook

from lossbook import cli
from tests.test_house import ROOT

PAGE = (ROOT / "docs" / "own_exercises.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def typed(line):
    program, *argv = shlex.split(line)
    assert program == "lossbook"
    return cli.main(argv)


def scores(grades):
    with (grades / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row["score"] for row in csv.DictReader(file)}


def test_from_nothing_to_a_marked_class(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make, mark = blocks("sh")
    assert [typed(line) for line in make.splitlines()] == [0, 0, 0]
    assert {path.name for path in (tmp_path / "students").iterdir()} == {
        "week3.ipynb",
        "week3.json",
    }
    (tmp_path / "submissions").mkdir()
    shutil.copy("students/week3.ipynb", "submissions/ada.ipynb")
    shutil.copy("mycourse/week3/week3.ipynb", "submissions/bo.ipynb")
    assert typed(f"{mark.strip()} --trusted") == 0
    assert scores(tmp_path / "grades") == {"ada": "0", "bo": "4"}
    assert (tmp_path / "lossbook-seed.txt").is_file()


def test_an_exercise_in_fifteen_lines(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exercises, answer, check, start = blocks("python")
    assert len([line for line in exercises.splitlines() if line.strip()]) <= 15
    (tmp_path / "week4").mkdir()
    (tmp_path / "week4" / "exercises.py").write_text(exercises, encoding="utf-8")
    cells = [new_code_cell(source.strip()) for source in (start, answer, check)]
    write(new_notebook(cells=cells), "week4/week4.ipynb")
    assert cli.main(["verify", "week4"]) == 0, capsys.readouterr().out
