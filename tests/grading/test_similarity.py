"""Copies are found under other names; independent answers and short ones are not."""

import itertools
import re
import tracemalloc

import pytest

from lossbook.grading.reports.similarity import LEAST, LOOK, fingerprints, similarities
from lossbook.grading.reports.statistics import ClassStatistics
from lossbook.grading.reports.student import Adjustment, student_page
from lossbook.grading.reports.summary import class_pages
from tests.helpers.classroom import empty, solution
from tests.helpers.sample_answers import WRITTEN
from tests.helpers.sample_results import graded


def code(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


GIVEN, SOLVED = code(empty("02")), code(solution("02"))
FITS = [answer.source for answer in WRITTEN["huber_regression"].values()]


def disguised(source):
    """Other names, numbers, blanks and comments."""
    source = re.sub(r"\b(r|beta|weights?|X|y|delta|step)\b", r"my_\1", source)
    return re.sub(r"\b\d+\b", "7", source).replace("\n", "   # mine\n").replace(" = ", "=")


def test_a_disguised_copy_is_found_on_both_sides():
    files = {"ada": SOLVED, "bo": [*map(disguised, SOLVED)], "cy": FITS[:1]}
    found = similarities(files, {}, GIVEN)
    assert found["ada"].other == "bo"
    assert found["bo"].other == "ada"
    assert min(found["ada"].percent, found["bo"].percent) >= 95
    assert found["ada"].reason
    assert not found["cy"].reason


def test_the_solutions_are_compared_too():
    found = similarities({"ada": SOLVED}, {"the solutions": SOLVED}, GIVEN)
    assert found["ada"] == (100, "the solutions")


def test_independent_answers_to_one_exercise_are_not_alike():
    """Right and wrong ones, each written by hand for the tests of the grader."""
    long = [one for one in FITS if (fingerprints([one]) - fingerprints(GIVEN)).total() >= LEAST]
    assert len(long) > 5
    for one, other in itertools.permutations(long, 2):
        found = similarities({"a": [one], "b": [other]}, {"none": []}, GIVEN)
        assert found["a"].percent < LOOK - 20


def test_short_answers_and_what_was_released_give_no_number():
    short = "def f(y, c):\n    return np.mean(np.abs(y - c))"
    assert similarities({"a": [short], "b": [short]}, {}) == {}
    assert similarities({"a": GIVEN, "b": GIVEN}, {"the solutions": GIVEN}, GIVEN) == {}
    # A function that is handed out is long enough to be compared, if it were not left out.
    handed_out = {"a": FITS[:1], "b": FITS[:1]}
    assert similarities(handed_out, {}).keys() == {"a", "b"}
    assert similarities(handed_out, {"the solutions": FITS[:1]}, FITS[:1]) == {}


def test_what_many_have_does_not_count():
    files = {f"s{k}": [FITS[0]] for k in range(9)}
    assert similarities(files, {}) == {}
    files = {f"s{k}": [FITS[0]] for k in range(8)}
    assert {one.percent for one in similarities(files, {}).values()} == {100}


DEEP = ["(" * 5000, "-" * 19_000 + "1", "a." * 9_000 + "a", "not " * 4_000 + "a", "x" * 10**6]


@pytest.mark.parametrize("cell", ["def f(:", "%%attempt x\n= y", "\0", "\ud800", *DEEP])
def test_no_cell_stops_it(cell):
    assert fingerprints([FITS[0], cell, FITS[1]]) >= fingerprints([FITS[0], FITS[1]])


def test_a_strangers_text_takes_little_memory_and_prints_nothing(capfd):
    cells = ["x = [" + "1, " * 6_000 + "]", "'\\d' " * 3_000, "a + " * 4_900 + "a"] * 50
    tracemalloc.start()
    try:
        fingerprints(cells)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60_000_000
    assert capfd.readouterr() == ("", "")


def test_magics_do_not_hide_a_cell():
    assert fingerprints(["%matplotlib inline\n!ls\n" + FITS[0]]) == fingerprints([FITS[0]])


def test_only_the_teacher_sees_whose_code_it_is():
    alike = similarities({"ada": SOLVED, "mallory": SOLVED}, {}, GIVEN)["ada"]
    shown = Adjustment(3.0, similar=alike)
    assert "mallory" not in student_page(graded(), shown)
    statistics = ClassStatistics()
    statistics.add(graded(), shown)
    index = dict(class_pages(statistics, "x"))["index.html"]
    assert index.count("mallory") == 2  # on the look-at list and in the table
    assert "100 %" in index
