"""What could not be asked is open, never 0: the marks of answers that a teacher would look at."""

import pytest

from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.proof_checker import ProofChecker
from tests.helpers.classroom import solution, with_answers

ROOT, HUBER = "root_mean_squared_error", "huber_regression"
SOLVED = solution("02")["cells"]
RIGHT = next(cell["source"] for cell in SOLVED if cell["id"].endswith("squared-error-answer"))


def inside(line):
    """RIGHT with one more line before it returns."""
    return RIGHT.replace("    return", f"    {line}\n    return")


@pytest.fixture
def graded(assignment, sandbox, proofs, hand_in):
    """The Result of a notebook."""
    return lambda notebook: grade(hand_in(notebook), assignment, sandbox, ProofChecker(proofs))


def solved_but(**answers):
    """The solution with other answers."""
    notebook = solution("02")
    changed = with_answers("02", answers)
    for cell, other in zip(notebook["cells"], changed["cells"], strict=True):
        if any(cell["id"].endswith(f"-{name.replace('_', '-')}-answer") for name in answers):
            cell["source"] = other["source"]
    return notebook


def answer(result, name):
    return next(one for one in result.answers if one.name == name)


# --------------------------------------------- asked all the same, although its cell has failed


@pytest.mark.parametrize(
    ("above", "note"),
    [
        ("!pip install numpy", "asks the system for"),
        ("%pip install numpy", "asks the system for"),
        ("import sklearn", "cannot be imported"),
        ("from lossbook.regression import huber_loss", "lossbook.regression"),
        ("import no_such_package", "No module named 'no_such_package'"),
        ("print 'hello'", "SyntaxError in line 2: `Missing parentheses"),
        ("open('data.csv')", "FileNotFoundError"),
        ("name = input()", "EOFError"),
        ("exit()", "SystemExit"),
        ("assert 1 == 2, 'not yet'", "AssertionError in line 2: `not yet`"),
    ],
)
def test_a_statement_that_fails_costs_no_answer_below_it(graded, above, note):
    result = graded(solved_but(**{ROOT: f"\n{above}\n{RIGHT}"}))
    assert (result.score, result.open_points, result.look_at) == (14, 0, ())
    assert note in " ".join(result.notes)


def test_missing_setup_cells_are_run(graded):
    notebook = solution("02")
    del notebook["cells"][
        next(k for k, c in enumerate(notebook["cells"]) if c["id"] == "xsq-start")
    ]
    result = graded(notebook)
    assert (result.score, result.look_at) == (14, ())
    assert "released notebook are missing" in " ".join(result.notes)


# --------------------------------------------------------------------------------- open


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (RIGHT.replace("):", ")", 1), "raised SyntaxError in line 1: `expected ':'`"),
        (RIGHT.replace(ROOT, "rmse"), "there is rmse: is it this one?"),
        (RIGHT.replace(ROOT, "RootMeanSquaredError"), "there is RootMeanSquaredError: is it"),
        ("import torch\n" + inside("torch.no_grad()"), "raised ModuleNotFoundError in line"),
        (inside("import torch"), "No module named 'torch'"),
        (inside("open('data.csv')"), "raises FileNotFoundError"),
        (inside("import multiprocessing; multiprocessing.Pool()"), "raises "),
        (RIGHT + "\nwhile True: pass", "was left out: it had not finished"),
        ("import os; os._exit(3)\n" + RIGHT, "was left out: it ended its process"),
    ],
)  # fmt: skip
def test_what_is_written_and_cannot_be_asked_is_open(graded, source, why):
    result = graded(solved_but(**{ROOT: source}))
    one = answer(result, ROOT)
    assert (one.state, one.earned) == ("open", 0)
    assert why in result.look_at[0]
    assert result.look_at[0].startswith(f"{ROOT} is open")
    assert (result.score, result.open_points) == (13, 1)


def test_a_function_that_returns_nothing_is_wrong_and_looked_at(graded):
    source = "def root_mean_squared_error(y, f):\n    np.sqrt(np.mean((np.array(y) - f) ** 2))"
    result = graded(solved_but(**{ROOT: source.replace("np.array(y) - f", "1")}))
    assert (answer(result, ROOT).state, result.score) == ("wrong", 13)
    assert result.look_at == (f"{ROOT}: it returns nothing in every case.",)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("np.array([value])", "its numbers are right, and their shape is not the expected one"),
        ("written_into(y_true, value)", "it writes into its arguments, and its values may be"),
    ],
)
def test_an_answer_that_is_wrong_only_in_its_form_is_looked_at(graded, value, why):
    """All cases are asked; a person decides what the form costs."""
    above = RIGHT.replace(ROOT, "_right")
    below = f"""
def written_into(y, value):
    if isinstance(y, np.ndarray):
        y[...] = 0
    return value


def {ROOT}(y_true, y_pred):
    value = _right(y_true, y_pred)
    return {value}
"""
    result = graded(solved_but(**{ROOT: above + below}))
    assert result.look_at == (f"{ROOT}: {why}{' right' * why.endswith('be')}.",)
    assert result.score < 14


def test_answers_behind_too_many_cells_are_open(graded):
    notebook = solution("02")
    cell = next(one for one in notebook["cells"] if one["id"] == "xsq-start")
    notebook["cells"][:0] = [cell | {"id": f"mine-{k}", "source": "1"} for k in range(2000)]
    result = graded(notebook)
    assert (result.score, result.open_points) == (0, 14)
    assert "its last cells were not read" in result.look_at[0]


def test_stubs_are_nothing_written(graded):
    result = graded(with_answers("02", {}))
    assert (result.score, result.open_points, result.look_at) == (0, 0, ())
    assert {one.state for one in result.answers} == {"not yet"}


def test_a_stub_with_a_comment_is_nothing_written(graded):
    notebook = with_answers("02", {"newsagent": "tau = ...  # I do not know"})
    assert graded(notebook).look_at == ()


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("newsagent", "from fractions import Fraction\ntau = Fraction(2, 3)"),
        ("newsagent", "tau = np.array([2 / 3])"),
        ("even_and_odd", "best = ['c)']"),
    ],
)
def test_values_are_accepted_as_a_teacher_would(graded, name, source):
    result = graded(solved_but(**{name: source}))
    assert (result.score, result.look_at) == (14, ())


@pytest.mark.parametrize(
    ("name", "source", "opens", "why"),
    [
        ("newsagent", "tau = 'two thirds'", 2, "one number is asked for"),
        ("newsagent", "tau = np.array", 2, "returns"),
        ("newsagent", "Tau = 2 / 3", 2, "there is Tau: is it this one?"),
        ("newsagent", "tau = 0.67", 0, "0.67 is not it. Nearly"),
        ("even_and_odd", "best = 'b or c'", 2, "one of 'a', 'b', 'c', 'd' is asked for"),
        ("weighted_mean", "= S", 2, "it is not defined"),
    ],
)
def test_an_unclear_value_is_looked_at(graded, name, source, opens, why):
    result = graded(solved_but(**{name: source}))
    assert (result.score, result.open_points) == (12, opens)
    assert why in result.look_at[0]
