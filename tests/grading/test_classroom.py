"""The hand-made classes: each answer is right, or wrong in the way expected."""

import ast
import collections
import dataclasses
import functools
import json
import random
import re

import numpy as np
import pytest

from lossbook.checking import Function, report
from lossbook.exercises import CHAPTERS, checker
from lossbook.grading.marking import points
from tests.helpers import exercise_specs
from tests.helpers.classroom import TWENTY, crowd, empty, solution, twenty, with_answers, write
from tests.helpers.sample_answers import WRITTEN
from tests.helpers.vary_source import vary
from tests.helpers.verdicts import fits

CHECK = checker("02")
NAMES = {"even_and_odd": "best", "newsagent": "tau"}  # what the notebook calls these answers
ANSWERS = [(exercise, key) for exercise, ways in WRITTEN.items() for key in ways]
FUNCTIONS = [
    (exercise, key)
    for exercise, key in ANSWERS
    if isinstance(CHECK.exercises[exercise], Function) and key not in ("endless", "typo")
]


def value_of(exercise, sources):
    """The values of the cells that define the answer to an exercise, in order."""
    name = NAMES.get(exercise, exercise)
    given = {"np": np}
    for source in sources:
        if re.search(rf"^(def {name}\(|{name} =)", source, re.MULTILINE):
            try:
                exec(source, given)
            except SyntaxError:
                continue
    return given.get(name, ...)


def said(exercise, sources, seed=0):
    """The report on the answer to an exercise that these cells hold."""
    return _said(exercise, tuple(sources), seed)


@functools.cache
def _said(exercise, sources, seed):
    spec = CHECK.exercises[exercise]
    if isinstance(spec, Function):
        if any("while True" in source for source in sources if f"def {exercise}" in source):
            spec = dataclasses.replace(spec, seconds=0.2)  # it never ends; no need to wait long
        return exercise_specs.said(spec, value_of(exercise, sources), seed)
    if exercise in NAMES:
        return CHECK.report(value_of(exercise, sources), exercise)
    attempt = CHECK.derivation(exercise).attempt("")
    for source in sources:
        if source.startswith(f"%%attempt {exercise}"):
            attempt = CHECK.derivation(exercise).attempt(source.partition("\n")[2])
    return report.on_proof(spec, attempt)


@functools.cache
def plans(exercise, seed):
    """The tests of a function and their points, with a secret seed."""
    spec = CHECK.exercises[exercise]
    return points.plans_for(exercise_specs.draw(spec), exercise_specs.draw(spec, seed))


def agrees(exercise, sources, score, says="", seed=1):
    """Whether the points and the report are those that are expected."""
    spec, told = CHECK.exercises[exercise], said(exercise, sources)
    earned = spec.stars if told.solved else 0
    if isinstance(spec, Function) and told.findings:
        secret = said(exercise, sources, seed).findings
        earned = points.total(points.earned(plans(exercise, seed), told.findings, secret))
    assert fits(score, earned, spec.stars), f"{earned} of {spec.stars} for {score}\n{told}"
    assert says in str(told), str(told)
    return True


# ----------------------------------------------------------------------------- the answers


@pytest.mark.parametrize(("exercise", "key"), ANSWERS)
def test_each_answer_deserves_its_mark_and_its_sentence(exercise, key):
    answer = WRITTEN[exercise][key]
    assert agrees(exercise, [answer.source], answer.score, answer.says)


@pytest.mark.parametrize(("exercise", "key"), FUNCTIONS)
def test_another_secret_changes_neither_mark_nor_feedback(exercise, key):
    answer = WRITTEN[exercise][key]
    for seed in range(3, 10):  # one draw each, as in a grade
        assert agrees(exercise, [answer.source], answer.score, seed=seed)
        assert answer.says in str(said(exercise, [answer.source], seed))


def test_each_known_mistake_is_a_sample_answer():
    """Recognising is tested on code that is not our own. One mistake has no such code: with one
    inequality only and nothing to bound the weights there is no minimum, and SciPy gives None."""
    sentences = [answer.says for ways in WRITTEN.values() for answer in ways.values()]
    unwritten = [
        mistake.feedback.partition(":")[0]
        for exercise in CHECK.exercises.values()
        if isinstance(exercise, Function)
        for mistake in exercise.mistakes
        if not any(says and says in mistake.feedback for says in sentences)
    ]
    assert unwritten == ["Only one of the two inequalities is there"]


@pytest.mark.parametrize(("exercise", "key"), ANSWERS)
def test_variation_changes_the_text_and_not_the_values(exercise, key):
    answer = WRITTEN[exercise][key]
    hands = [vary(answer.source, random.Random(k), f"n{k}") for k in range(8)]
    assert len({*hands, answer.source}) == 9
    assert agrees(exercise, [hands[0]], answer.score, answer.says)


def test_variation_renames_local_variables_only():
    source = 'def f(x):\n    """Of x."""\n    é = [x for x in range(3)]; b = é\n    return b'
    returned = set()
    for k in range(20):
        text = vary(source, random.Random(k), "m")
        (function,) = ast.parse(text).body
        assert function.name == "f"
        assert function.args.args[0].arg == "x"
        assert ast.get_docstring(function) == "Of x."
        given = {}
        exec(text, given)
        assert given["f"](0) == [0, 1, 2]
        returned.add(function.body[-1].value.id)
    assert "b" in returned
    assert len(returned) > 4


# --------------------------------------------------------------------------- the notebooks


def sources(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_the_solution_is_right_and_the_empty_notebook_is_not_yet():
    for exercise in CHECK.exercises:
        assert said(exercise, sources(solution("02"))).state == "solved"
        assert said(exercise, sources(empty("02"))).state == "not yet"


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_can_be_handed_in(chapter, tmp_path):
    path = tmp_path / "a folder" / "x.ipynb"
    write(solution(chapter), path)
    stored = path.read_text(encoding="utf-8")
    assert "NotImplementedError" not in stored
    assert "your lines here" not in stored
    for mark in ("SOLUTION", "HIDDEN TESTS", "check.require", "**Discussion.**"):
        assert mark not in stored
    cells = json.loads(stored)["cells"]
    assert ["".join(cell["source"]) for cell in cells] == [
        cell["source"] for cell in solution(chapter)["cells"]
    ]


def test_answers_are_put_where_they_belong():
    notebook = with_answers("02", {"newsagent": "tau = 0.25", "even_and_odd": ...})
    assert "tau = 0.25" in sources(notebook)
    assert CHECK.report(value_of("even_and_odd", sources(notebook)), "even_and_odd").solved
    assert said("huber_regression", sources(notebook)).state == "not yet"
    assert "tau = 0.25" not in sources(empty("02"))  # the next student gets a fresh copy


def test_an_unknown_exercise_is_refused():
    with pytest.raises(ValueError, match=r"no exercise \['huber'\]"):
        with_answers("02", {"huber": ...})


# ------------------------------------------------------------------------------ the files


def read(path):
    """The code cells of a submission, however it is stored."""
    content = path.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if path.suffix == ".py":
        magic = r"get_ipython\(\)\.run_cell_magic\('(\w+)', '(\w+)', (.*)\)"
        parts = re.split(r"# In\[.*\]:", text)
        found = [(part.strip(), re.search(magic, part)) for part in parts]
        return [f"%%{m[1]} {m[2]}\n{ast.literal_eval(m[3])}" if m else part for part, m in found]
    notebook = json.loads(text)
    cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
    field = "source" if "cells" in notebook else "input"
    return ["".join(cell[field]) for cell in cells if cell["cell_type"] == "code"]


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twenty")
    return folder, {expected.student: expected for expected in twenty(folder)}


def test_twenty_students_hand_in_twenty_files(handed_in):
    folder, expected = handed_in
    assert len(expected) == 20
    assert files(folder) == sorted(one.file for one in expected.values())


@pytest.mark.parametrize("student", [row.student for row in TWENTY])
def test_each_file_holds_what_is_expected_of_it(handed_in, student):
    folder, everybody = handed_in
    expected = everybody[student]
    path = folder / expected.file
    if expected.status == "blank":
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            read(path)
        assert expected.scores == {}
        return
    assert expected.scores.keys() == CHECK.exercises.keys()
    cells = read(path)
    for exercise, score in expected.scores.items():
        assert agrees(exercise, cells, score, expected.says.get(exercise, ""))


def test_the_file_is_what_its_student_did_to_it(handed_in):
    folder, expected = handed_in

    def content(student):
        return (folder / expected[student].file).read_bytes()

    with pytest.raises(UnicodeDecodeError):
        content("jürgen-groß").decode()
    assert json.loads(content("søren"))["nbformat"] == 3
    assert b"-check" not in content("kwame")
    assert b"nbgrader" not in content("lena")
    assert b"os._exit(0)" in content("bob")
    assert len(content("ivan")) > 300_000
    places = [content("ngọc").index(name) for name in (b"def least_abs", b"def root_mean")]
    assert places == sorted(places)
    assert content("mathilde").startswith(b"#!/usr/bin/env python")


# ------------------------------------------------------------------------------- the crowd


def test_a_crowd_is_the_same_each_time_and_no_two_files_are_alike(tmp_path):
    first = crowd(tmp_path / "a", 60, seed=3)
    assert first == crowd(tmp_path / "b", 60, seed=3)
    stored = [(tmp_path / "a" / name).read_bytes() for name in files(tmp_path / "a")]
    assert stored == [(tmp_path / "b" / name).read_bytes() for name in files(tmp_path / "b")]
    assert len(set(stored)) == len({one.student for one in first}) == 60
    assert first != crowd(tmp_path / "c", 60, seed=4)


def test_a_crowd_holds_its_expectations(tmp_path):
    for one in crowd(tmp_path, 25, seed=1):
        cells = read(tmp_path / one.file) if one.scores else []
        for exercise, score in one.scores.items():
            assert agrees(exercise, cells, score, one.says.get(exercise, ""))


def test_a_plain_crowd_is_what_every_grader_can_read(tmp_path):
    expected = crowd(tmp_path, 40, seed=2, plain=True)
    assert {one.status for one in expected} == {"graded"}
    assert files(tmp_path) == sorted(
        f"{one.student}/02_squared_error_exercises.ipynb" for one in expected
    )
    scores = collections.Counter(score for one in expected for score in one.scores.values())
    assert min(scores[kind] for kind in ("full", "part", "zero")) > 9


def test_no_two_functions_of_a_crowd_are_the_same_text(tmp_path):
    seen = collections.Counter(
        cell
        for one in crowd(tmp_path, 40, seed=2, plain=True)
        for cell in read(tmp_path / one.file)
        if cell.startswith("%%attempt") or "\ndef " in f"\n{cell}"
    )
    seen = {cell: n for cell, n in seen.items() if "YOUR CODE HERE" not in cell}
    assert set(seen.values()) == {1}


def test_an_endless_loop_comes_once(tmp_path):
    told = [one.status for one in crowd(tmp_path, 60, seed=0)]
    assert told.count("partly run") == 1 + 60 // 20  # the loop, and each cell that exits
    assert told.count("blank") == 60 // 20
