"""One protocol, two rooms: what holds for a forked child holds for an interpreter of the pool."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from rooms import FORBIDDEN, call, cell, notebook

from lossbook.checking.calls import outcome
from lossbook.grading.sandbox import isolation, quota, wire
from lossbook.grading.sandbox.channel import OUTPUT, Ended, Late
from lossbook.grading.sandbox.forkserver_client import Room
from lossbook.grading.sandbox.spawn_pool import Pool

KINDS = {"room": Room, "pool": Pool}
LINUX = sys.platform == "linux"


@pytest.fixture(scope="module", params=KINDS)
def room(request):
    if request.param == "room" and not LINUX:
        pytest.skip("a zygote needs Linux")
    with KINDS[request.param](forbidden=FORBIDDEN) as room:
        yield room


# --------------------------------------------------------------------- what it can be asked


def test_the_cells_of_a_file_are_read(room, tmp_path):
    path = tmp_path / "ada.ipynb"
    path.write_text(notebook("x = 1", "%%attempt mean\n= a"), encoding="utf-8")
    with path.open("rb") as file, room.open(file) as session:
        head, value = session.ask({"op": "read", "name": path.name}, seconds=20)
    assert head == {"notes": []}
    assert value == [[["x = 1", "c0"], ["%%attempt mean\n= a", "c1"]], {"mean": "= a"}]


def test_a_cell_says_what_it_raised_and_the_next_one_runs(room):
    with room.open() as session:
        assert cell(session, "1 / 0") == ["ZeroDivisionError", "division by zero"]
        assert cell(session, "a line that is no Python")[0] == "SyntaxError"
        assert cell(session, "raise SystemExit") == ["SystemExit", ""]
        assert cell(session, "y = 3") is None


def test_a_function_is_called_on_arrays_and_answers_with_numbers(room):
    with room.open() as session:
        cell(session, "def double(x):\n    return 2 * x, 'twice'")
        head, value = call(session, "double", np.array([1.0, -0.0, np.inf]))
        assert head["kind"] == "value"
        np.testing.assert_array_equal(value[0], [2, 0, np.inf])
        assert np.signbit(value[0][1])  # every bit comes across
        assert value[1] == "twice"
        assert call(session, "absent", 1)[0]["kind"] == "missing"


def test_a_function_of_the_judges_is_called_back(room):
    asked = []

    def loss(x):
        asked.append(float(x))
        if x > 2:
            raise ValueError("beyond two")
        return x**2

    with room.open() as session:
        cell(session, "def slope(f, x):\n    return (f(x + 1) - f(x - 1)) / 2")
        assert call(session, "slope", loss, 1.0)[1] == 2.0
        assert asked == [2.0, 0.0]
        assert call(session, "slope", loss, 2.0)[0]["words"] == "beyond two"


@pytest.mark.parametrize(
    ("loss", "at", "value"),
    [
        (np.exp, 1000.0, np.inf),  # too large for a float
        (np.log, 0.0, -np.inf),  # divides by zero
        (np.sqrt, -1.0, np.nan),  # is no number
    ],
)
def test_a_function_that_is_called_back_is_as_quiet_as_in_the_check(room, loss, at, value):
    """There it runs inside of the answer, where nothing of this is an error or a warning."""

    def lift(f, x):
        return f(x)

    with room.open() as session, np.errstate(all="raise"):
        cell(session, "def lift(f, x):\n    return f(x)")
        _, there = call(session, "lift", loss, at)
        here = outcome(lift, (loss, at), {})
        np.testing.assert_array_equal((there, here.value), value)


@pytest.mark.parametrize("n", [500, 2000])
def test_a_function_that_is_called_back_makes_nothing_huge_of_small_arguments(room, n):
    """The judge runs it without walls: n numbers and n others must not become n times n there."""
    made = []

    def loss(c, y):
        made.append((c - y).size)
        return 0.0

    with room.open() as session:
        cell(session, "import numpy as np")
        cell(session, "def outer(f, n):\n    c = np.zeros(int(n))\n    return f(c[:, None], y=c)")
        head, _ = call(session, "outer", loss, n)
    if n**2 * 8 <= wire.LARGEST:
        assert (head["kind"], made) == ("value", [n**2])
    else:
        assert (head["kind"], head["error"], made) == ("raised", "ValueError", [])
        assert "ask for fewer" in head["words"]


def test_a_value_is_looked_at(room):
    with room.open() as session:
        cell(session, "answer = [1, 2.5]")
        head, value = session.ask({"op": "value", "name": "answer", "exercise": "e"}, seconds=20)
        assert (head["kind"], value.tolist()) == ("value", [1.0, 2.5])
        cell(session, "from lossbook.exercises import checker\ncheck = checker('02')")
        cell(session, "check(7, 'e')")
        _, value = session.ask({"op": "value", "name": "answer", "exercise": "e"}, seconds=20)
        assert value == 7


def test_what_an_exercise_forbids_cannot_be_imported(room):
    with room.open() as session:
        for package in ("sklearn", "sklearn.svm", "lossbook.regression"):
            assert cell(session, f"import {package}")[0] in ("ModuleNotFoundError", "ImportError")
        assert cell(session, "import scipy.stats") is None


def test_every_submission_begins_anew(room):
    with room.open() as session:
        cell(session, "import builtins, os\nbuiltins.left = 1\nopen('left', 'w').close()")
    with room.open() as session:
        assert cell(session, "left")[0] == "NameError"
        assert cell(session, "import os\nassert os.listdir() == []") is None


# ---------------------------------------------------------------------- how it may misbehave

# The file descriptors behind which the line to the judge may be found.
WRITE_EVERYWHERE = """
import os
for descriptor in range(3, 16):
    try:
        os.write(descriptor, {bytes!r})
    except OSError:
        pass
"""
ENDINGS = {
    "an endless loop": ("while True: pass", "it had not finished after 1 seconds"),
    "one that catches everything": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "it had not finished after 1 seconds",
    ),
    "its process ends": ("import os; os._exit(3)", "it ended its process (exit code 3)"),
    "it crashes": ("import os; os.abort()", "its process crashed (abort)"),
    "a flood of output": (
        f"while True: print('x' * {1 << 16})",
        f"it printed more than {OUTPUT >> 20} MB",
    ),
    "a frame that is too long": (
        WRITE_EVERYWHERE.format(bytes=b"\xff" * 64),
        "it wrote into the line to the judge",
    ),
    "a frame that is none": (
        WRITE_EVERYWHERE.format(bytes=b"\x08\0\0\0\x02\0\0\0{}xx"),
        "it wrote into the line to the judge",
    ),
    "too many files": (
        "k = 0\nwhile True:\n    k += 1\n    open(str(k), 'w').close()",
        f"it made more than {quota.FILES} files",
    ),
    "as many, while it prints": (  # whoever keeps the judge busy is looked after all the same
        "k = 0\nwhile True:\n    k += 1\n    print('x')\n    open(str(k), 'w').close()",
        f"it made more than {quota.FILES} files",
    ),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_whatever_it_does_it_ends_and_the_judge_says_how(room, what):
    source, words = ENDINGS[what]
    seconds = 1 if "endless" in what or "catches" in what else 20
    with room.open() as session:
        with pytest.raises(Ended) as ended:
            cell(session, source, seconds=seconds)
        assert str(ended.value).startswith(words)
        assert isinstance(ended.value, Late) == ("not finished" in words)
        with pytest.raises(type(ended.value)):
            cell(session, "1")  # it stays so
        assert not session.folder.exists()


def test_what_was_printed_is_counted_and_its_end_is_kept(room):
    with room.open() as session:
        cell(session, "print('begin' + 'x' * 200_000)\nprint('é end')")
    assert session.channel.printed == 200_005 + 1 + len("é end\n".encode())
    assert session.channel.said.decode()[-6:] == "é end\n"
    assert b"begin" not in session.channel.said


def test_a_request_that_nobody_reads_does_not_hold_the_judge(room):
    """Longer than a pipe holds, while the other side is busy."""
    with room.open() as session:
        cell(session, "def slow(x):\n    import time\n    time.sleep(60)")
        big = np.zeros(1 << 19)
        with pytest.raises(Late):
            session.ask({"op": "call", "name": "slow"}, ((big,), {}), seconds=1)


# --------------------------------------------------------------------- what is out of reach

INSTALLED = """
import sys
sys.path.insert(0, {packages!r})
from lossbook.grading.sandbox.{module} import {kind}
with {kind}(forbidden=("lossbook", "sklearn")) as room, room.open() as session:
    for source in ("import a_neighbour", "import lossbook.regression", "import sklearn"):
        print(session.ask({{"op": "cell"}}, source, seconds=30)[0]["raised"])
"""


@pytest.mark.parametrize("kind", KINDS)
def test_an_installed_lossbook_is_out_of_reach_and_its_neighbours_are_not(tmp_path, kind):
    """In a checkout lossbook has a folder of its own; installed, it lies beside all others."""
    if kind == "room" and not LINUX:
        pytest.skip("a zygote needs Linux")
    packages = tmp_path / "site-packages"
    course = Path(quota.__file__).parents[2]
    shutil.copytree(course, packages / "lossbook", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "a_neighbour.py").touch()
    module = KINDS[kind].__module__.rpartition(".")[2]
    program = INSTALLED.format(packages=str(packages), module=module, kind=KINDS[kind].__name__)
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    first, second, third = done.stdout.splitlines()
    assert first == "None"
    assert "NotFoundError" in second
    assert "NotFoundError" in third


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limits")
def test_the_limits_stand_in_a_pool(room):
    with room.open() as session:
        cell(session, "import resource\nbound = resource.getrlimit(resource.RLIMIT_FSIZE)[0]")
        asked = {"op": "value", "name": "bound", "exercise": ""}
        assert session.ask(asked, seconds=20)[1] == isolation.FILE
