"""What a report says: the kinds of failure, the smallest case, the mistake, never the answer."""

import numpy as np
import pytest

from lossbook.checking import Case, Choice, Function, Mistake, Prediction
from lossbook.checking import report as reports


def mean(x):
    x = np.asarray(x, dtype=float)
    if x.size == 0:
        raise ValueError("x must not be empty")
    return x.mean()


def cases(rng):
    yield Case("large sample", (rng.normal(size=40).round(3),))
    yield Case("two numbers", ([1.0, 3.0],))
    yield Case("three numbers", ([1.0, 2.0, 6.0],))
    yield Case("huge numbers", ([1e308, 1e308],), extreme=True)
    yield Case("nothing", ([],))


MEAN = Function(
    "mean_of",
    "The mean",
    1,
    lambda x: mean(np.asarray(x) / 2) * 2 if np.size(x) else mean(x),
    cases,
    [
        Mistake("This is the median.", lambda x: np.median(x) if np.size(x) else mean(x)),
        Mistake("This is the middle of the range.", lambda x: (np.min(x) + np.max(x)) / 2),
    ],
    on_success="Well averaged.",
)


def said(function):
    return reports.on_function(MEAN, function)


def test_the_right_answer():
    report = said(MEAN.reference)
    assert str(report) == "✓ mean_of: right in all 5 cases.\nWell averaged."
    assert report.solved


def naive(x):
    return mean(x)


def writes(x):
    if isinstance(x, np.ndarray):
        x[:] = 0
    return mean(x)


def endless(x):
    while True:
        pass


@pytest.mark.parametrize(
    ("function", "kind", "words"),
    [
        (lambda x: None, "missing", "not yet written"),
        (lambda x: 1 / 0, "raises", "it raises ZeroDivisionError: division by zero"),
        (lambda: 1, "raises", "it raises TypeError"),
        (lambda x: [1.0, 2.0], "wrong shape", "an array of shape (2,); expected is a number"),
        (lambda x: np.array([MEAN.reference(x)]), "other shape", "a number; the numbers are right"),
        (lambda x: 7.0, "wrong value", "expected  2"),
        (naive, "unstable", "numerically unstable: the result overflows to infinity"),
        (lambda x: MEAN.reference(x) if np.size(x) else 0.0, "does not raise", "raise ValueError"),
        (lambda x: {}, "no answer", "it returns a dict"),
        (lambda x: MEAN.reference(x) * (1 + 1e-6), "wrong value", "nearly: it is off by 1e-06"),
        (writes, "changes its input", "it writes into the arrays"),
    ],
)
def test_kinds_of_failure_are_told_apart(function, kind, words):
    report = said(function)
    assert report.kind == kind
    assert words in str(report)
    assert not report.solved


def test_a_wrong_error():
    def raises_key_error(x):
        if not np.size(x):
            raise KeyError("x")
        return MEAN.reference(x)

    report = said(raises_key_error)
    assert "it raises KeyError, and should raise ValueError" in str(report)


def test_too_slow():
    impatient = Function("mean_of", "", 1, mean, cases, [], seconds=0.2)
    report = reports.on_function(impatient, endless)
    assert report.kind == "too slow"
    assert "had not finished after 0.2 seconds" in str(report)


def test_the_smallest_failing_case_is_shown():
    assert said(lambda x: 7.0).call == (
        "mean_of([1, 3])      # two numbers",
        "yours     7",
        "expected  2",
    )


def test_a_value_far_from_zero_is_wrong_without_a_warning():
    report = reports.on_function(
        Function("zero_of", "Zero", 1, lambda x: 0.0, lambda rng: [Case("one", (1.0,))], []),
        lambda x: 1e10,
    )
    assert report.kind == "wrong value"


def test_a_known_mistake_is_named_and_what_works_is_said():
    report = said(MEAN.mistakes[0].function)
    assert report.mistake is MEAN.mistakes[0]
    assert "**What it looks like:** This is the median." in str(report)
    assert "Works already: two numbers, nothing." in str(report)


def test_a_mistake_that_does_not_explain_what_is_shown_is_not_named():
    absolute = Function(
        "absolute",
        "The absolute value",
        1,
        abs,
        lambda rng: [Case("one", (1.0,)), Case("minus", (-2.0,))],
        [Mistake("The sign stays.", lambda x: x)],
    )
    report = reports.on_function(absolute, lambda x: {1.0: 5.0, -2.0: -2.0}[x])
    assert report.call[0].endswith("# one")
    assert "The sign stays." not in str(report)
    assert reports.on_function(absolute, lambda x: x).mistake


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (lambda n: -1, "The sign is wrong everywhere"),
        (lambda n: n, "n times the expected value"),
        (lambda n: 1 / n, "divided by n"),
        (lambda n: 2, "twice the expected value"),
        (lambda n: 0.5, "half of the expected value"),
        (lambda n: 1 / np.log(2), "in bits"),
        (lambda n: np.log(2), "in nats"),
        (lambda n: 3, "everywhere 3 times"),
    ],
)
def test_a_constant_factor_is_named(factor, words):
    report = said(lambda x: MEAN.reference(x) * factor(len(x)))
    assert words in str(report)


TINY = Function(
    "tiny",
    "A small multiple",
    1,
    lambda x: 1e-11 * x,
    lambda rng: [Case("one", (1.0,)), Case("two", (2.0,))],
    [],
)


def test_a_factor_that_no_float_holds_is_not_named():
    """1e300 x / 1e-11 x is "everywhere" infinite, which says nothing about the answer."""
    assert "everywhere 1e+300 times" in str(reports.on_function(TINY, lambda x: 1e289 * x))
    beyond = reports.on_function(TINY, lambda x: 1e300 * x)
    assert beyond.kind == "wrong value"
    assert beyond.feedback == ()


def test_a_transpose_is_named():
    table = Function(
        "outer",
        "",
        1,
        lambda a, b: np.outer(a, b),
        lambda rng: [Case("small", ([1.0, 2.0], [1.0, 2.0, 3.0]))],
        [],
    )
    report = reports.on_function(table, lambda a, b: np.outer(b, a))
    assert "the transpose" in str(report)


def test_a_probe_asks_the_students_own_function():
    def slope_of_itself(ask):
        if ask([2.0]) != 2.0:
            return "The mean of one number is that number."

    probing = Function("m", "", 1, mean, cases, [], probes=(slope_of_itself,))
    report = reports.on_function(probing, lambda x: mean(x) + (np.size(x) == 1) + np.size(x) / 9)
    assert "The mean of one number is that number." in str(report)


@pytest.mark.parametrize("odd", [3, "mean", None, mean([1.0]), object()])
def test_what_is_no_function(odd):
    report = said(odd)
    assert not report.solved
    assert "without calling it" in str(report)


def test_markdown_fences_what_the_student_wrote():
    report = said(lambda x: "```<script>alert(1)</script>")
    head, fenced, *_ = report.markdown().split("\n\n")
    assert head.startswith("**✗ mean_of")
    assert fenced.startswith("```text\n")
    assert fenced.endswith("\n```")
    assert fenced.count("```") == 2


def test_values_are_shown_in_eight_digits_unless_they_differ_further_behind():
    close = Function("f", "", 1, lambda x: 1 / 3, lambda rng: [Case("c", (1.0,))], [], rtol=0)
    assert "yours     0.4" in str(reports.on_function(close, lambda x: 0.4))
    report = str(reports.on_function(close, lambda x: 1 / 3 + 1e-11))
    assert "yours     0.33333333334333" in report
    assert "expected  0.3333333333333333" in report


# ------------------------------------------------------------------- predictions, choices

HALF = Prediction("half", "", 1, 0.5, [(2.0, "That is its inverse.")], "Because.")
PICK = Choice("pick", "", 1, {"a": "one", "b": "two"}, "b", {"a": "No, since."}, "Because.")


def test_predictions():
    assert str(reports.on_prediction(HALF, 0.5)) == "✓ half: 0.5 is right.\nBecause."
    assert str(reports.on_prediction(HALF, 2)) == "✗ half: 2 is not it.\nThat is its inverse."
    assert str(reports.on_prediction(HALF, 0.7)) == "✗ half: 0.7 is not it."
    assert str(reports.on_prediction(HALF, [])) == "✗ half: one number is asked for."
    assert "without quotation marks" in str(reports.on_prediction(HALF, "np.exp(0) / 2"))


def test_choices():
    assert str(reports.on_choice(PICK, "b")) == "✓ pick: 'b' is right.\nBecause."
    assert str(reports.on_choice(PICK, "a")) == "✗ pick: 'a' is not it.\nNo, since."
    assert str(reports.on_choice(PICK, "c")) == "✗ pick: one of 'a', 'b' is asked for."


def test_a_choice_explains_each_wrong_option():
    with pytest.raises(ValueError, match="each option but 'a'"):
        Choice("pick", "", 1, {"a": "", "b": "", "c": ""}, "a", {"b": ""}, "")


def test_a_long_text_in_the_place_of_a_number_is_cut():
    """Eight million letters fit into an answer, and into no report."""
    said = reports.on_function(MEAN, lambda x: 1_000_000 * "x")
    assert sum(map(len, said.call)) < 500


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: np.array(0.0),  # 0 times the expected value says nothing
        lambda x: MEAN.reference(x) if np.size(x) else 0.0,  # 1 times: these cases are right
    ],
)
def test_a_factor_of_0_or_1_is_not_named(answer):
    assert "What it looks like" not in str(said(answer))


PAIR = Function(
    "pair",
    "A number, and a vector",
    1,
    lambda x: (x[0], x),
    lambda rng: [Case("two", (np.array([1.0, 2.0]),)), Case("one", (np.array([3.0]),))],
    [],
)
BOTH_ENDS = Function(
    "ends",
    "Two numbers",
    1,
    lambda x: (x[0], x[-1]),
    lambda rng: [Case("three", (np.array([1.0, 2.0, 4.0]),))],
    [],
)


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (PAIR, lambda x: [x[0], x]),
        (BOTH_ENDS, lambda x: [x[0], x[-1]]),
        (BOTH_ENDS, lambda x: x[[0, -1]]),
        (TINY, lambda x: 1e-11 * x),
    ],
)
def test_a_list_or_an_array_may_be_returned_where_a_tuple_is(exercise, answer):
    assert reports.on_function(exercise, answer).solved


def test_a_tuple_of_numbers_may_be_returned_where_an_array_is():
    double = Function("double", "", 1, lambda x: 2 * x, PAIR.cases, [])
    assert reports.on_function(double, lambda x: tuple(2 * entry for entry in x)).solved
    assert not reports.on_function(double, lambda x: tuple(x)).solved
    assert not reports.on_function(double, lambda x: (2 * x, 2 * x)).solved
