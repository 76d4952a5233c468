"""Weights, a subset of exercises, and what a late submission loses."""

from dataclasses import replace

import pytest

from lossbook.grading.gradebook.overrides import apply, read_overrides
from lossbook.grading.gradebook.policy import LatePolicy, read_weights, weighted
from tests.helpers.sample_results import HUBER, RMSE, blank, graded

NAMES = (RMSE.name, HUBER.name)  # 1 of 3 and 2 of 2 points
EVENING = "2026-03-01T23:59+08:00"
FILE = "the time of the file on this disk"
ZIP = "the time in the zip file"


# ------------------------------------------------------------------------------------ weights


@pytest.mark.parametrize(
    ("weights", "only", "score", "most"),
    [
        ("", "", 3, 5),
        ("huber=2", "", 5, 7),
        (" huber = 0.5 ", "", 2, 4),
        ("huber=0", "", 1, 3),
        ("", "huber", 2, 2),
        ("huber=3,root_mean_squared_error=2", "huber", 6, 6),
    ],
)
def test_weights_count_in_every_sum(weights, only, score, most):
    factors = read_weights(weights, only, NAMES)
    counted = weighted(graded(), factors, most)
    assert (counted.score, counted.most) == (score, most)
    assert sum(answer.earned for answer in counted.answers) == score
    assert sum(answer.points for answer in counted.answers) == most
    for answer in counted.answers:
        if answer.tests:
            assert sum(test.points for test in answer.tests) == answer.points
    nothing = weighted(blank(most=5.0), factors, most)
    assert (nothing.score, nothing.most) == (None, most)


def test_what_is_left_out_asks_for_no_look():
    waiting = replace(RMSE, state="open", earned=0.0)
    reasons = (f"{RMSE.name} is open: its cell raised SyntaxError.", "It opened a socket.")
    one = graded(answers=(waiting, HUBER), score=2.0, look_at=reasons)
    counted = weighted(one, read_weights("", "huber", NAMES), 2)
    assert (counted.score, counted.open_points, counted.look_at) == (2, 0, reasons[1:])


@pytest.mark.parametrize(
    ("weights", "only", "says"),
    [
        ("hubert=2", "", "there is no exercise 'hubert'; is it 'huber'?"),
        ("huber", "", "must be like huber=2,newsagent=0.5, got 'huber'"),
        ("huber=-1", "", "must be like"),
        ("", "hubert", "is it 'huber'"),
        ("huber=0", "huber", "at least one exercise"),
    ],
)
def test_a_slip_in_the_weights_is_said(weights, only, says):
    with pytest.raises(ValueError, match=r"there is no|weights must") as caught:
        read_weights(weights, only, NAMES)
    assert says in str(caught.value)


# ----------------------------------------------------------------------------------- lateness


@pytest.mark.parametrize(
    ("rate", "handed_in", "score"),
    [
        ("10%/day", "2026-03-01T15:59:00+00:00", 3),  # the very minute, in another zone
        ("10%/day", "2026-03-01T15:59:01+00:00", 2.7),
        ("10%/day", "2026-03-02T15:59:00+00:00", 2.7),
        ("10%/day", "2026-03-02T15:59:01+00:00", 2.4),
        ("10%/day", "2026-03-01T23:59:00", 3),  # of a zip file: in the zone of the deadline
        ("10%/day", "2026-03-02T00:00:00", 2.7),
        ("10%/day", "2027-03-02T00:00:00", 0),  # not below 0
        ("2.5 % / hour", "2026-03-02T01:00:00", 2.85),
        ("50%/week", "2026-03-07T00:00:00", 1.5),
        ("10%/day", "", 3),  # not known: nothing is taken away
    ],
)
def test_each_period_that_has_begun_takes_a_share(rate, handed_in, score):
    policy, one = LatePolicy.of(rate, EVENING), graded(handed_in=handed_in, time_from=FILE)
    final = apply(one, policy.added({}, [one]))
    assert final.score == score
    assert bool(policy.doubt(one)) == (not handed_in)


def test_nothing_is_taken_twice():
    """Twelve days at 10 % a day take all, and not 120 %."""
    one = graded(handed_in="2026-03-13T00:00:00", time_from=FILE)
    assert LatePolicy.of("10%/day", EVENING).change(one).number == 100


def test_the_reason_says_the_time_and_what_tells_it(tmp_path):
    (tmp_path / "o.csv").write_text("student,exercise,points,why\nada,,-10%,copied\n")
    one = graded(handed_in="2026-03-03T07:00:00", time_from=ZIP)
    by_hand = read_overrides(tmp_path / "o.csv", [one])
    final = apply(one, LatePolicy.of("10%/day", EVENING).added(by_hand, [one]))
    assert final.score == 2.1  # 10 % by hand and 20 % together
    assert (
        "total: -20% (2 days late by the time in the zip file, 2026-03-03 07:00:00 in the time "
        "zone of the deadline)"
    ) in final.explanation()
    utc = replace(one, handed_in="2026-03-03T07:00:00+00:00")
    assert LatePolicy.of("10%/day", EVENING).change(utc).why.endswith("07:00:00+00:00")


def test_a_blank_result_loses_nothing_and_the_word_of_canvas_is_looked_at():
    policy = LatePolicy.of("10%/day", EVENING)
    assert policy.change(blank(handed_in="2026-03-09T00:00:00")) is None
    one = graded(
        handed_in="2026-03-01T00:00:00", time_from=ZIP, notes=("Canvas says that it came late.",)
    )
    assert policy.doubt(one) == (
        "Canvas says that it came late; the time in the zip file is before the deadline."
    )


@pytest.mark.parametrize(
    ("rate", "deadline", "says"),
    [
        ("10/day", EVENING, "late must be like 10%/day"),
        ("10%/month", EVENING, "late must be like"),
        ("10%/day", "tomorrow", "deadline must be like 2026-03-01T23:59"),
    ],
)
def test_a_slip_in_the_policy_is_said(rate, deadline, says):
    with pytest.raises(ValueError, match=says):
        LatePolicy.of(rate, deadline)


# ----------------------------------------------------------------------------------- comments


def test_a_row_without_points_is_a_comment(tmp_path):
    (tmp_path / "o.csv").write_text(
        "student,exercise,points,why\n"
        "ada,huber,,see (2.8)\nada,huber,1,only half of it\nada,,,well written\n"
    )
    one = graded()
    final = apply(one, read_overrides(tmp_path / "o.csv", [one]))
    assert final.comments == {"huber": ["see (2.8)", "only half of it"], "": ["well written"]}
    assert final.score == 2
    assert final.explanation() == "3 points as graded; huber: 1 point (only half of it)"


def test_comments_alone_change_nothing(tmp_path):
    (tmp_path / "o.csv").write_text("student,exercise,points,why\nbo,,,come and see me\n")
    final = apply(blank(), read_overrides(tmp_path / "o.csv", [blank()]))
    assert (final.score, final.status, final.explanation()) == (None, "blank", "")
    assert final.comments == {"": ["come and see me"]}
