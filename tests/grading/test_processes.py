"""The tree of processes, what they hold, and that no other process is ever killed."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.processes import Peak, by_role, kill_random, memory, processor, tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# A grader with a sandbox of two workers, and one without; every process prints its pid, and
# ends when the pipe from us is closed.
RUN = """
import os, sys
def sit():
    os.write(1, b"%d\\n" % os.getpid())  # in one piece, though others write, too
    sys.stdin.read()
    os._exit(0)
for workers in (2, 0):
    if not os.fork():
        for _ in range(workers):
            if not os.fork():
                os.setsid()
                sit()
        sit()
sit()
"""


@pytest.fixture
def run():
    """(the grader, all five pids)."""
    grader = subprocess.Popen(
        [sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with grader:
        pids = {int(grader.stdout.readline()) for _ in range(5)}
        yield grader, pids
        grader.stdin.close()


def test_a_tree_holds_all_descendants_parents_first(run):
    grader, pids = run
    found = tree(grader.pid)
    assert {grader.pid, *found} == pids
    workers = by_role(grader.pid)["worker"]
    assert {*found[-2:]} == {*workers}
    assert {*found} < {*tree(os.getpid())}


def test_roles(run):
    grader, pids = run
    roles = by_role(grader.pid)
    assert roles["grader"] == [grader.pid]
    assert len(roles["sandbox"]) == len(roles["worker"]) == 2
    assert {*roles["grader"], *roles["sandbox"], *roles["worker"]} == pids


def test_ended_processes_are_in_no_tree():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    assert os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # it is not buried yet
    assert ended.pid not in tree(os.getpid())
    assert memory(ended.pid) == 0
    ended.wait()
    assert by_role(ended.pid) == {"grader": [], "sandbox": [], "worker": []}


@pytest.mark.parametrize("role", ["grader", "sandbox", "worker"])
def test_one_of_the_role_is_killed_and_no_other(run, role):
    grader, pids = run
    candidates = by_role(grader.pid)[role]
    killed = kill_random(grader.pid, role, random.Random(1))
    assert killed in candidates
    while killed in tree(os.getpid()):  # a signal takes a moment
        time.sleep(0.01)
    alive = {pid for pid in pids if _runs(pid)}
    assert alive == pids - {killed}


def _runs(pid):
    """Whether a process lives, under any parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_same_seed_kills_the_same_one(run):
    grader, _ = run
    sandboxes = by_role(grader.pid)["sandbox"]
    expected = random.Random(7).choice(sandboxes)
    assert kill_random(grader.pid, "sandbox", random.Random(7)) == expected


def test_without_a_process_of_the_role_none_is_killed():
    alone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with alone:
        assert kill_random(alone.pid, "worker", random.Random(0), patience=0.05) is None
        assert alone.poll() is None


# What a parent shares with its child is counted once: 60 MB, and not 120.
SHARING = """
import os, sys
held = os.urandom(60_000_000)
if not os.fork():
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)
sys.stdin.read()
"""


def test_memory_of_a_tree_counts_shared_pages_once():
    parent = subprocess.Popen(
        [sys.executable, "-c", SHARING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        parent.stdout.readline()
        with Peak(parent.pid, every=0.01) as peak:
            held = memory(parent.pid)
            while not peak.bytes:
                time.sleep(0.01)
        assert 60e6 < held < 110e6
        assert peak.bytes > 60e6
        parent.stdin.close()


# Half a second in a child that has ended, half a second in one that has not.
BUSY = """
import os, sys, time
def work():
    while time.process_time() < 0.5:
        pass
if not os.fork():
    work()
    os._exit(0)
os.wait()
if not os.fork():
    work()
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)
sys.stdin.read()
"""


def test_processor_time_counts_living_and_ended_processes():
    parent = subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        parent.stdout.readline()
        assert 0.9 < processor(parent.pid) < 2
        parent.stdin.close()


ORPHANS = """
import os, signal, subprocess, sys, time
sys.path.insert(0, {root!r})
from tests.helpers.processes import adopt_orphans, left_behind, tree
adopt_orphans()
grader = subprocess.Popen([sys.executable, "-c", '''
import os, time
if not os.fork():
    if not os.fork():
        time.sleep({sleep})
        os._exit(0)
    os._exit(0)
os.wait()
print("ready", flush=True)
time.sleep(60)
'''], stdout=subprocess.PIPE)
grader.stdout.readline()
grader.kill()
grader.wait()
left = left_behind(patience={patience})
print(len(left))
for pid in left:
    os.kill(pid, signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("sleep", "patience", "left"),
    [(60, 0.1, 1), (0.2, 60, 0)],  # one that stays; one that ends in time
)
def test_what_outlives_a_killed_grader_is_seen(sleep, patience, left):
    program = ORPHANS.format(root=str(Path(__file__).parents[2]), sleep=sleep, patience=patience)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"{left}\n", "")
