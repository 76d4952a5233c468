"""The commands and the code of docs/own_exercises.md do what the page says."""

import csv
import re
import shlex
import shutil

from nbformat import read, write
from nbformat.v4 import new_code_cell, new_notebook

from lossbook import cli
from lossbook.exercises import checker
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
    make, mark, _ = blocks("sh")
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
    exercises, answer, check, start, *_ = blocks("python")
    assert len([line for line in exercises.splitlines() if line.strip()]) <= 15
    (tmp_path / "week4").mkdir()
    (tmp_path / "week4" / "exercises.py").write_text(exercises, encoding="utf-8")
    cells = [new_code_cell(source.strip()) for source in (start, answer, check)]
    write(new_notebook(cells=cells), "week4/week4.ipynb")
    assert cli.main(["verify", "week4"]) == 0, capsys.readouterr().out


def test_numbers_of_their_own(tmp_path, monkeypatch, capsys):
    """Each student's numbers are those of the name; a copied answer is wrong."""
    monkeypatch.chdir(tmp_path)
    exercises, given, answer = blocks("python")[4:]
    start = blocks("python")[3].replace("week4", "week5")
    folder = tmp_path / "mycourse" / "week5"
    folder.mkdir(parents=True)
    (folder / "exercises.py").write_text(exercises, encoding="utf-8")
    sources = (start, given, answer, 'check(mean, "mean_loss")')
    cells = [new_code_cell(source.strip()) for source in sources]
    write(new_notebook(cells=cells), folder / "week5.ipynb")
    assert cli.main(["verify", str(folder)]) == 0, capsys.readouterr().out
    (tmp_path / "names.csv").write_text("name\nAda Lovelace\nBo Li\nCy\nDi\n")
    make, mark = blocks("sh")[2].splitlines()
    assert typed(make) == 0
    students = sorted((tmp_path / "students").iterdir())
    assert [path.name for path in students] == ["Ada Lovelace", "Bo Li", "Cy", "Di"]
    answers = []
    for path in students:
        assert {file.name for file in path.iterdir()} == {"week5.ipynb", "week5.json"}
        notebook = read(path / "week5.ipynb", 4)
        own = {}
        exec(notebook.cells[1].source, own)
        answers.append(own["s"] / own["n"])
        notebook.cells[2].source = f"mean = {answers[-1]}"
        monkeypatch.chdir(path)
        checker("week5")(answers[-1], "mean_loss")
        assert "✓ mean_loss" in capsys.readouterr().out
        monkeypatch.chdir(tmp_path)
        if path.name == "Cy":  # copies an answer
            notebook.cells[2].source = f"mean = {answers[0]}"
        if path.name == "Di":  # makes up numbers
            notebook.cells[1].source = "# your numbers 0123456789\nn, s = 1, 1"
        (tmp_path / "submissions" / path.name).mkdir(parents=True)
        write(notebook, tmp_path / "submissions" / path.name / "week5.ipynb")
    assert len(set(answers)) == 4
    copied = (tmp_path / "submissions" / "Ada Lovelace" / "week5.ipynb").read_bytes()
    (tmp_path / "submissions" / "Bo Li" / "week5.ipynb").write_bytes(copied)
    assert typed(f"{mark} --trusted") == 0
    with (tmp_path / "grades" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    scores = {name: (row["score"], row["open"]) for name, row in rows.items()}
    assert scores == {
        "Ada Lovelace": ("1", "0"),
        "Bo Li": ("1", "0"),
        "Cy": ("0", "0"),
        "Di": ("0", "1"),
    }
    assert rows["Ada Lovelace"]["look_at"] == ""
    assert "drawn for another student" in rows["Bo Li"]["look_at"]
    assert rows["Bo Li"]["numbers"] == "Ada Lovelace"
    assert "(0123456789) are those of no student" in rows["Di"]["look_at"]
