"""A teacher's own chapter, without a sandbox; with one: tests/sandbox/test_own_chapter.py."""

import sys
import zipfile

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from lossbook import cli
from lossbook.checking.source import load
from lossbook.exercises import checker, find
from lossbook.notebook.release import MarkError, with_numbers
from tests.test_house import ROOT

SHORT = """
import numpy as np
from lossbook.checking import Function, Mistake

def spread(x):
    return np.max(x) - np.min(x)

def draw(rng):
    yield rng.normal(size=4).round(2),

EXERCISES = [
    Function("spread", "The spread", 1, spread, draw, [Mistake("This is the largest.", np.max)])
]
"""


@pytest.fixture
def week(tmp_path):
    """Write a text as the exercises.py of a folder week3, and return the folder."""

    def made(text):
        (tmp_path / "week3").mkdir(exist_ok=True)
        (tmp_path / "week3" / "exercises.py").write_text(text, encoding="utf-8")
        return tmp_path / "week3"

    return made


def test_a_folder_is_a_chapter(week):
    chapter = find(str(week(SHORT)))
    assert (chapter.number, chapter.name, chapter.title) == ("week3", "week3", "week3")
    assert [exercise.name for exercise in chapter.exercises()] == ["spread"]
    assert find(str(week(SHORT + 'TITLE = "Week three"'))).title == "Week three"


def test_inputs_are_enough_for_cases_and_hidden_cases(week):
    [exercise] = find(str(week(SHORT))).exercises()
    assert [case.about for case in exercise.draw_cases()] == ["case 1"]
    hidden = exercise.draw_cases(7)
    assert len(hidden) == 3
    assert len({tuple(case.args[0]) for case in hidden}) == 3


def test_a_file_may_import_its_neighbours_as_they_are_now(week, tmp_path):
    used = SHORT.replace("np.max(x) - np.min(x)", "helper.SIZE * x[0]").replace(
        "import numpy as np", "import numpy as np\nimport helper"
    )
    folder = week(used)
    for size in (2, 3):
        (folder / "helper.py").write_text(f"from more import ONE\nSIZE = {size} * ONE\n")
        (folder / "more.py").write_text("ONE = 1\n")
        [exercise] = find(str(folder)).exercises()
        assert exercise.reference([1.0]) == size
    assert not {"helper", "more"} & set(sys.modules)
    assert str(folder) not in sys.path
    assert sorted(path.name for path in folder.iterdir()) == [
        "exercises.py",
        "helper.py",
        "more.py",
    ]
    (folder / "helper.py").write_text("SIZE = 1 / 0\n")
    with pytest.raises(ValueError, match=r"exercises\.py, line 3: ZeroDivisionError"):
        find(str(folder))
    assert str(folder) not in sys.path


DRAWN = """
from lossbook.checking import Choice, Function, Prediction
import numbers as numbers_of_python

def numbers(rng):
    return {"n": int(rng.integers(2, 10**6))}

def exercises(n):
    letters = {"a": "even", "b": "odd"}
    answer = "ab"[n % 2]
    other = {"a": "It is odd.", "b": "It is even."}
    del other[answer]
    return [
        Function("f", "A function", 1, lambda x: x, lambda rng: [], []),
        Prediction("twice", "Twice", 1, 2 * n, [], "", variable="t"),
        Choice("parity", "Parity", 1, letters, answer, other, "", variable="p"),
    ]
"""


def test_numbers_and_choices_are_drawn_and_functions_stay(week):
    chapter = find(str(week(DRAWN)))
    draw = chapter.drawn()
    common = chapter.exercises()
    (numbers, first), (same, again), (other, second) = draw(0), draw(0), draw(7)
    assert numbers == same != other
    assert [one.answer for one in first[1:]] == [one.answer for one in again[1:]]
    assert first[1].answer == common[1].answer == 2 * numbers["n"]
    assert second[1].answer == 2 * other["n"]
    assert second[2].answer == "ab"[other["n"] % 2]
    assert first[0] is second[0]


def test_without_a_draw_all_have_the_same(week):
    chapter = find(str(week(SHORT + "import numbers\n")))
    draw = chapter.drawn()
    assert draw(0) == draw(7) == ({}, draw(0)[1])
    assert find("02").drawn()(3)[0] == {}


@pytest.mark.parametrize("many", [0, 2])
def test_the_numbers_need_one_cell(many):
    cells = [new_code_cell("# your numbers\nn = 3", outputs=[]) for _ in range(many)]
    with pytest.raises(MarkError, match=f"one cell must begin with `# your numbers`.*{many}"):
        with_numbers(new_notebook(cells=cells), {"n": 1})


def test_the_numbers_are_written_and_old_outputs_go():
    shown = new_output("execute_result", {"text/plain": "6"}, execution_count=1)
    cells = [
        new_code_cell("# your numbers\nn = 3"),
        new_code_cell("2 * n", outputs=[shown]),
        new_code_cell("2 * none", outputs=[shown]),
    ]
    made = with_numbers(new_notebook(cells=cells), {"n": 5, "word": "a"}, "0123456789")
    assert made.cells[0].source == "# your numbers 0123456789\nn = 5\nword = 'a'"
    assert [len(cell.outputs) for cell in made.cells] == [0, 0, 1]
    assert cells[0].source == "# your numbers\nn = 3"


def test_loading_leaves_nothing_behind(week):
    folder = week(SHORT)
    find(str(folder)).exercises()
    assert [path.name for path in folder.iterdir()] == ["exercises.py"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nx +\n", "line 2: SyntaxError"),
        ("\n\nimport nowhere_at_all\n", "line 3: ModuleNotFoundError"),
        ("def f():\n    return 1 / 0\n\nf()\n", "line 2: ZeroDivisionError"),
        ("x = 1\n", "EXERCISES must be a list of exercises, got None"),
        ("EXERCISES = []\n", "EXERCISES must be a list"),
        ("EXERCISES = [3]\n", "must be a Function, Prediction, Choice, Proof, got 3"),
        (SHORT + "EXERCISES *= 2\n", "a name must be a new Python name, got 'spread'"),
        (SHORT.replace('"spread"', '"my spread"'), "got 'my spread'"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(week, text, said):
    with pytest.raises(ValueError, match=r"exercises\.py") as error:
        load(str(week(text) / "exercises.py"))
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["3", "a-b", "a b", "woche-drei", "x" * 21])
def test_the_name_of_a_folder_must_fit_into_file_names(tmp_path, name, capsys):
    assert cli.main(["new", str(tmp_path / name)]) == 2
    assert f"got {name!r}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_new_writes_the_template_and_overwrites_nothing(tmp_path, capsys):
    template = ROOT / "lossbook" / "exercises" / "template"
    assert cli.main(["new", str(tmp_path / "mine" / "week3")]) == 0
    folder = tmp_path / "mine" / "week3"
    assert {path.name for path in folder.iterdir()} == {"exercises.py", "week3.ipynb"}
    text = (folder / "week3.ipynb").read_text(encoding="utf-8")
    assert text.count("week3") == 1
    ours = (template / "template.ipynb").read_text(encoding="utf-8")
    assert text.replace("week3", "template") == ours
    assert cli.main(["new", str(folder)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_check_takes_the_released_file_before_the_folder(week, monkeypatch, tmp_path):
    monkeypatch.chdir(week(SHORT))
    assert list(checker("week3").exercises) == ["spread"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"week3 with a file week3\.json beside the notebook"):
        checker("week3")


def test_release_needs_a_folder_for_the_students(week, capsys):
    folder = week(SHORT)
    (folder / "week3.ipynb").touch()
    for argv in ([], ["--to", str(folder)]):
        assert cli.main(["release", str(folder), *argv]) == 2
    err = capsys.readouterr().err
    assert "--to DIRECTORY" in err
    assert "would be lost" in err


def test_gradescope_gets_the_two_files_of_the_chapter(week, tmp_path, capsys):
    pytest.importorskip("filelock")  # of the extra `grading`
    folder, out = week(SHORT), tmp_path / "a.zip"
    (folder / "week3.ipynb").touch()
    seed = tmp_path / "seed.txt"
    assert cli.main(["gradescope", str(folder), "--to", str(out), "--seed-file", str(seed)]) == 0, (
        capsys.readouterr().err
    )
    with zipfile.ZipFile(out) as archive:
        own = {one for one in archive.namelist() if one.startswith("own/")}
        script, setup = (archive.read(name).decode() for name in ("run_autograder", "setup.sh"))
    assert own == {"own/week3/exercises.py", "own/week3/week3.ipynb"}
    assert "chapter=${LOSSBOOK_CHAPTER:-/root/lossbook/week3}" in script
    assert "mv own/* /root/lossbook/" in setup
