"""Who is to blame: a cell for what it breaks, and nobody for what was done to them from outside."""

import contextlib
import os
import signal
import sys
import time

import pytest
from classroom import solution
from processes import tree

from lossbook.exercises import checker
from lossbook.grading.marking import batch
from lossbook.grading.marking.grader import grade
from lossbook.grading.marking.proof_checker import Clerks

# The cell itself is answered; the room ends when it is next asked anything.
BREAKS = "import os\nos.read = lambda *of: os._exit(5)"
ENDS = "import os; os._exit(6)"
SOLVED = solution("02")["cells"]
LAST = len(SOLVED)


def with_cells(sources, before=LAST):
    """The solution, with more cells."""
    more = [
        {"cell_type": "code", "id": f"more{k}", "metadata": {}, "outputs": [], "source": source}
        for k, source in enumerate(sources)
    ]
    notebook = solution("02")
    notebook["cells"][before:before] = more
    return notebook


def test_a_cell_that_breaks_the_room_is_blamed_when_all_have_run(assignment, room, clerk, hand_in):
    """Nobody comes after it, so that the first call would be lost, and then all others."""
    result = grade(hand_in(with_cells([BREAKS])), assignment, room, Clerks(clerk))
    number = len(result.cells)
    assert result.look_at == (f"Cell {number} was left out: it ended its process (exit code 5).",)
    assert (result.status, result.score) == ("partly run", result.most)


def test_the_next_cell_is_not_blamed_for_what_is_broken(assignment, room, clerk, hand_in):
    """The process ends when that one is asked to run; it is an answer, and right."""
    (answer,) = [k for k, cell in enumerate(SOLVED) if cell["id"].endswith("newsagent-answer")]
    result = grade(hand_in(with_cells([BREAKS], answer)), assignment, room, Clerks(clerk))
    guilty = result.cells.index(BREAKS) + 1
    assert result.look_at == (f"Cell {guilty} was left out: it ended its process (exit code 5).",)
    assert (result.status, result.score) == ("partly run", result.most)


def test_each_cell_is_left_out_for_what_it_does_itself(assignment, room, clerk, hand_in):
    notebook = with_cells([BREAKS, "fine = 1", ENDS, "fine_too = 1", ENDS])
    result = grade(hand_in(notebook), assignment, room, Clerks(clerk))
    first = result.cells.index(BREAKS) + 1
    assert result.look_at == (
        f"Cell {first} was left out: it ended its process (exit code 5).",
        f"Cell {first + 2} was left out: it ended its process (exit code 6).",
        f"Cell {first + 4} was left out: it ended its process (exit code 6).",
    )
    assert (result.status, result.score) == ("partly run", result.most)


# ------------------------------------------------------------------------------ from outside

in_proc = pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")


@pytest.fixture
def killing(monkeypatch):
    """Kill the first children of a room before they are asked anything; the list of sessions."""

    def of(room, first):
        really, sessions = room.open, []

        def opened(file=None):
            before = {*tree(room.process.pid)}
            sessions.append(really(file))
            if len(sessions) <= first:
                os.kill(_newborn(room, before), signal.SIGKILL)
            return sessions[-1]

        monkeypatch.setattr(room, "open", opened)
        return sessions

    return of


def _newborn(room, before):
    patience = time.monotonic() + 30
    while not (born := {*tree(room.process.pid)} - before):
        assert time.monotonic() < patience
        time.sleep(0.001)
    (child,) = born
    return child


@in_proc
def test_a_child_that_is_killed_costs_nobody_a_point(assignment, room, clerk, hand_in, killing):
    """The kernel kills for want of memory, and need not hit who took it."""
    sessions = killing(room, 1)
    result = grade(hand_in(solution("02")), assignment, room, Clerks(clerk))
    assert (result.status, result.score, result.look_at) == ("graded", result.most, ())
    assert len(sessions) == 2


@in_proc
def test_killed_twice_is_its_own_doing(assignment, room, clerk, hand_in, killing):
    sessions = killing(room, 99)
    result = grade(hand_in(solution("02")), assignment, room, Clerks(clerk))
    assert (result.status, result.score) == ("blank", None)
    assert "Reading it failed: its process was killed" in result.look_at[0]
    assert len(sessions) == 2


LINES = checker("02").exercises["weighted_mean"].solution


@in_proc
@pytest.mark.parametrize(
    ("killed", "state", "asked"),
    [
        (0, "solved", 1),
        (1, "solved", 2),  # from outside, for all that we know
        (2, "not run", 2),  # lines that take all memory do so each time
    ],
)
def test_a_clerk_that_is_killed_is_tried_once_more(clerk, killing, killed, state, asked):
    sessions = killing(clerk, killed)
    assert Clerks(clerk).check("weighted_mean", LINES, [3])[0] == state
    assert len(sessions) == asked


class Noted:
    """Turns that note which one was asked for."""

    def __init__(self):
        self.asked = []

    def beside(self):
        self.asked.append("beside")
        return contextlib.nullcontext()

    def alone(self):
        self.asked.append("alone")
        return contextlib.nullcontext()


IDLES = "import time\ntime.sleep(30)"  # late, and without having computed: as if it were starved
TOILS = "while True:\n    pass"


@pytest.mark.parametrize(
    ("source", "turns"), [(IDLES, ["beside", "alone"]), (TOILS, ["beside"]), ("1 + 1", ["beside"])]
)
def test_who_was_late_for_want_of_a_processor_is_graded_alone(
    assignment, room, clerk, hand_in, monkeypatch, source, turns
):
    """A neighbour with hundreds of threads may have had it; who computes all the time has not."""
    monkeypatch.setattr(assignment, "limits", assignment.limits._replace(cell=3))
    noted = Noted()
    one = hand_in(with_cells([source]))
    result = grade(one, assignment, room, Clerks(clerk), turns=noted)
    assert noted.asked == turns
    assert result.score == result.most
    late = () if source == "1 + 1" else ("it had not finished after 3 seconds.",)
    assert tuple(words.partition("left out: ")[2] for words in result.look_at) == late


def test_a_class_with_several_judges_takes_turns(assignment, room, clerk, hand_in, monkeypatch):
    monkeypatch.setattr(assignment, "limits", assignment.limits._replace(cell=3))
    noted, kept = Noted(), []
    monkeypatch.setattr(batch, "Turns", lambda: noted)
    class_ = [hand_in(with_cells([IDLES]), name) for name in ("ada", "zoe")]
    for workers, turns in ((1, []), (2, ["alone", "alone", "beside", "beside"])):
        assert batch.grade_all(class_, assignment, (room, clerk), kept.append, workers=workers) == 2
        assert sorted(noted.asked) == turns
    assert [result.score for result in kept] == [kept[0].most] * 4
