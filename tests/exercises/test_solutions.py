"""The exercise notebooks: solutions are right, students' versions are cut from them, and mutated
solutions fail, so the cases are strict enough."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lossbook.checking import Choice, report
from lossbook.checking.calls import Runner
from lossbook.checking.compare import compare
from lossbook.exercises import CHAPTERS, FORBIDDEN, checker
from lossbook.exercises.pages import for_students
from lossbook.notebook.release import student_version
from tests.helpers.equivalent_mutants import EQUIVALENT
from tests.helpers.exercise_specs import CHOICES, FUNCTIONS, PREDICTIONS, draw, label
from tests.helpers.mutate_source import mutants

ROOT = Path(__file__).parents[2]
SOLUTIONS = sorted(ROOT.glob("exercises/solutions/*.ipynb"))
STUDENTS = sorted(ROOT.glob("exercises/*.ipynb"))
by_name = pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)


def chapter(path):
    return CHAPTERS[path.name[:2]]


def students(path):
    """The students' version of a notebook with solutions, as it is stored."""
    return ROOT / "exercises" / chapter(path).students_file


def read(path):
    return nbformat.read(path, as_version=4)


def test_each_chapter_has_both_notebooks():
    chapters = CHAPTERS.values()
    assert [path.name for path in SOLUTIONS] == [one.solutions_file for one in chapters]
    assert [path.name for path in STUDENTS] == [one.students_file for one in chapters]


@by_name
def test_students_version_is_cut_from_the_solutions(path):
    """If this fails: `lossbook release`."""
    expected, stored = (
        for_students(student_version(read(path)), chapter(path)),
        read(students(path)),
    )
    assert [(c.id, c.cell_type, c.source, c.metadata) for c in stored.cells] == [
        (c.id, c.cell_type, c.source, c.metadata) for c in expected.cells
    ]


def said(notebook):
    """What each check cell printed."""
    return [
        output.data["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.startswith("check(")
        for output in cell.outputs
    ]


@by_name
def test_stored_checks_pass_in_solutions_only(path):
    right, stubs = said(read(path)), said(read(students(path)))
    assert len(right) == len(stubs) == len(checker(path.name[:2]).exercises)
    assert all(text.startswith("✓") for text in right), right
    assert all(text.startswith("○") for text in stubs), stubs


@by_name
def test_checks_are_in_the_order_of_the_specification(path):
    ids = [cell.id for cell in read(path).cells if cell.id.endswith("-check")]
    for name, cell_id in zip(checker(path.name[:2]).exercises, ids, strict=True):
        assert name.replace("_", "-") in cell_id


@by_name
def test_the_chapter_points_to_its_exercises(path):
    page = ROOT / "notebooks" / f"{chapter(path).stem}.ipynb"
    texts = "\n".join(cell.source for cell in read(page).cells)
    links = re.findall(rf"\[([^\]]*)\]\(\.\./exercises/{chapter(path).students_file}\)", texts)
    assert len(links) > 2  # two of them in the lines of links
    stars = {e.title: "★" * e.stars for e in checker(path.name[:2]).exercises.values()}
    titles = [link for link in links if link[0].isupper()]

    def names(link, title):
        return title in link or title.startswith(link)

    assert [link for link in titles if not any(names(link, title) for title in stars)] == []
    assert set(re.findall(r"\*([^*\n]+)\* (★+)", texts)) <= stars.items()


@by_name
def test_students_version_has_no_solution(path):
    text = students(path).read_text(encoding="utf-8")
    for mark in ("SOLUTION", "HIDDEN TESTS", "Discussion", "check.require"):
        assert mark not in text


def cells(chapter, folder=ROOT / "exercises" / "solutions"):
    """id → source of the cells of a chapter's exercises, and what the ids begin with."""
    notebook = read(next(folder.glob(f"{chapter}_*.ipynb")))
    prefix = notebook.cells[0].id.partition("-")[0]
    return {cell.id.removeprefix(f"{prefix}-"): cell.source for cell in notebook.cells}


@pytest.mark.parametrize(("chapter", "exercise"), PREDICTIONS + CHOICES, ids=label)
def test_answer_is_in_the_variable_of_the_specification(chapter, exercise):
    name, variable = exercise.name.replace("_", "-"), exercise.variable
    solutions, students = cells(chapter), cells(chapter, ROOT / "exercises")
    assert f'check({variable}, "{exercise.name}")' in solutions[f"{name}-check"].splitlines()
    assert f'check({variable}, "{exercise.name}")' in students[f"{name}-check"].splitlines()
    assert students[f"{name}-answer"].startswith(f"{variable} = ...")
    space = {"np": np}
    exec(solutions[f"{name}-answer"], space)
    report_on = report.on_choice if isinstance(exercise, Choice) else report.on_prediction
    assert report_on(exercise, space[variable]).solved


@by_name
def test_solutions_import_nothing_forbidden(path):
    """The check and the derivations come from lossbook; the answers do without it."""
    for notebook in (read(path), read(students(path))):
        code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
        loads = re.findall(rf"^.*(?:import|load_ext).*\b(?:{'|'.join(FORBIDDEN)})\b.*$", code, re.M)
        froms = re.findall(rf"^\s*from (?:{'|'.join(FORBIDDEN)})\b.*$", code, re.M)
        assert sorted({line.strip() for line in loads + froms}) == [
            "%load_ext lossbook.derive",
            "from lossbook.exercises import checker",
        ]


# --------------------------------------------------------------- slips in the solutions


def solution(chapter, name):
    """The source of the solution of a function exercise, and the imports of its notebook."""
    sources = cells(chapter)
    imports = re.findall(r"^(?:import|from) .*", sources["start"], re.MULTILINE)
    return sources[f"{name.replace('_', '-')}-answer"], "\n".join(imports)


def run(source, imports, name):
    space = {}
    exec(compile(f"{imports}\n{source}", f"<{name}>", "exec"), space)
    return space[name]


def is_right(exercise, function):
    """Whether it would be solved; the first wrong case settles that."""
    drawn = draw(exercise)
    with Runner(function, seconds=1) as call:  # some slips never end
        return not any(
            compare(exercise, case, right, call(case.args, case.kwargs))
            for case, right in zip(drawn.cases, drawn.expected, strict=True)
        )


@pytest.mark.parametrize(("chapter", "exercise"), FUNCTIONS, ids=label)
def test_solution_is_right_on_hidden_cases(chapter, exercise):
    """It is not the reference: it was written the way a student would."""
    source, imports = solution(chapter, exercise.name)
    said = report.on_function(exercise, run(source, imports, exercise.name), [3, 1])
    assert said.solved, str(said)


@pytest.mark.parametrize(("chapter", "exercise"), FUNCTIONS, ids=label)
def test_mutated_solution_fails(chapter, exercise):
    source, imports = solution(chapter, exercise.name)
    assert report.on_function(exercise, run(source, imports, exercise.name)).solved
    survivors = [
        what
        for what, changed in mutants(source)
        if is_right(exercise, run(changed, imports, exercise.name))
    ]
    excused = EQUIVALENT.get(exercise.name, {})
    unseen = [what for what in survivors if not what.startswith(tuple(excused))]
    assert unseen == [], "add a case that sees these, or say why they are right as well"
    idle = [what for what in excused if not any(one.startswith(what) for one in survivors)]
    assert idle == [], "these excuses excuse nothing"
