"""Cutting solutions out leaves no trace of them, and says where a mark is wrong."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lossbook.notebook.release import MarkError, student_version, without_solution

FUNCTION = """\
def f(x):
    \"\"\"Double x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""

STUB = """\
def f(x):
    \"\"\"Double x.\"\"\"
    # YOUR CODE HERE
    raise NotImplementedError()"""


@pytest.mark.parametrize(
    ("source", "left"),
    [
        (FUNCTION, STUB),
        ("a = ...\n### BEGIN SOLUTION\na = 2\n### END SOLUTION", "a = ..."),
        (
            "%%attempt p\n% ### BEGIN SOLUTION\n= 1\n% ### END SOLUTION",
            "%%attempt p\n% your lines here",
        ),
        ("check(f)\n### BEGIN HIDDEN TESTS\nassert f(1)\n### END HIDDEN TESTS", "check(f)"),
        ("nothing = 'to cut'", "nothing = 'to cut'"),
    ],
)
def test_regions_are_cut(source, left):
    assert without_solution(source) == left


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("### BEGIN SOLUTION\n1", "END SOLUTION is missing"),
        ("1\n### END SOLUTION", "has not begun"),
        ("### BEGIN SOLUTION\n### BEGIN HIDDEN TESTS\n", "before the one above has ended"),
        ("### BEGIN SOLUTION\n### END HIDDEN TESTS", "has not begun"),
    ],
)
def test_misplaced_marks_are_named(source, words):
    with pytest.raises(MarkError, match=f"cell sq-a: .*{words}"):
        without_solution(source, "sq-a")


def test_a_notebook_loses_solutions_discussions_and_outputs():
    shown = new_output("stream", name="stdout", text="42")
    discussion = new_markdown_cell("Because.", id="a-why", metadata={"tags": ["discussion"]})
    code = new_code_cell(FUNCTION, id="a-b", outputs=[shown], execution_count=3)
    before = new_notebook(cells=[new_markdown_cell("Text", id="a-t"), code, discussion])
    after = student_version(before)
    assert [cell.id for cell in after.cells] == ["a-t", "a-b"]
    assert after.cells[1].source == STUB
    assert after.cells[1].outputs == []
    assert after.cells[1].execution_count is None
    assert before.cells[1].source == FUNCTION  # the source is as it was


def test_a_region_in_a_text_cell_is_refused():
    text = new_markdown_cell("### BEGIN SOLUTION\nx\n### END SOLUTION", id="a-t")
    with pytest.raises(MarkError, match="cell a-t"):
        student_version(new_notebook(cells=[text]))
