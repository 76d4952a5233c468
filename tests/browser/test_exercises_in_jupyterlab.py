"""The first two exercises of each chapter: a wrong answer is typed first, then the right one."""

import nbformat
import pytest

from lossbook.checking import Choice, Function, Prediction, Proof
from lossbook.exercises import checker
from tests.browser.conftest import ROOT, SCREENSHOTS

CELL = ".jp-NotebookPanel .jp-Cell"


def sources(path):
    """The sources of a notebook by cell id."""
    return {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}


def wrong_answer(exercise, cell):
    """A plausible wrong answer, in place of the source of the answer cell."""
    if isinstance(exercise, Function):
        return f"def {exercise.name}(*args, **kwargs):\n    return 0.125"
    if isinstance(exercise, Proof):
        return f"%%attempt {exercise.name}\n{exercise.false[0][0].strip()}"
    variable = cell.partition(" = ")[0]
    if isinstance(exercise, Choice):
        return f"{variable} = {min(exercise.distractors)!r}"
    assert isinstance(exercise, Prediction)
    return f"{variable} = {exercise.distractors[0][0]!r}"


def type_and_check(page, answer, check, text, mark):
    """Type `text` into the answer cell, run it and the check below; return what the check says."""
    editor = page.locator(CELL).nth(answer).locator(".cm-content")
    editor.scroll_into_view_if_needed()
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    page.locator(CELL).nth(check).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    said = page.locator(CELL).nth(check).locator(".jp-OutputArea-output").first
    page.wait_for_function(
        """([index, mark]) => {
            const cell = document.querySelectorAll(".jp-NotebookPanel .jp-Cell")[index];
            return cell.querySelector(".jp-OutputArea-output")?.innerText.startsWith(mark);
        }""",
        arg=[check, mark],
    )
    return said.inner_text()


def test_nothing_raises_before_anything_is_written(exercises):
    page, _ = exercises
    assert page.ran is True
    errors = page.locator(f'{CELL} [data-mime-type="application/vnd.jupyter.error"]')
    assert errors.all_inner_texts() == []


def test_wrong_answer_then_right_answer(exercises):
    page, path = exercises
    right = sources(ROOT / "exercises/solutions" / path.name.replace("exercises", "solutions"))
    ids = list(sources(path))
    for exercise in list(checker(path.name[:2]).exercises.values())[:2]:
        name = exercise.name.replace("_", "-")
        answer = next(k for k, cell in enumerate(ids) if cell.endswith(f"-{name}-answer"))
        check = next(k for k, cell in enumerate(ids) if cell.endswith(f"-{name}-check"))
        first = wrong_answer(exercise, right[ids[answer]])
        said = type_and_check(page, answer, check, first, "✗")
        assert exercise.name in said
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"exercise-{path.stem}-{name}-wrong.png")
        said = type_and_check(page, answer, check, right[ids[answer]], "✓")
        assert exercise.name in said
        page.screenshot(path=SCREENSHOTS / f"exercise-{path.stem}-{name}-right.png")


def test_formulas_and_hints_are_there(exercises):
    page, _ = exercises
    assert page.locator("mjx-merror").all_inner_texts() == []
    hints = page.locator(f"{CELL} details")
    assert hints.count() >= 4
    assert not hints.first.evaluate("hint => hint.open")
    hints.first.locator("summary").click()
    assert hints.first.evaluate("hint => hint.open")


@pytest.fixture(autouse=True)
def _nothing_complains(exercises):
    page, _ = exercises
    yield
    assert page.errors == []
