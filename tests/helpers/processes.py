"""The processes of a run, seen from outside: their tree, memory and CPU time, and how to kill one.

Linux only, by /proc.
"""

import contextlib
import ctypes
import os
import signal
import threading
import time
from pathlib import Path

ROLES = ("grader", "sandbox", "worker")
_PR_SET_CHILD_SUBREAPER = 36


def tree(pid):
    """The pids of all living descendants of a process, parents before children."""
    children = {}
    for child, parent in _parents().items():
        children.setdefault(parent, []).append(child)
    found = list(children.get(pid, ()))
    for one in found:  # grows while it is walked
        found += children.get(one, ())
    return found


def _parents():
    """{pid: parent's pid} of all processes that have not ended."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # it ended while we looked
                # After the name, which may hold anything, come the state and the parent.
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    found[int(folder.name)] = int(parent)
    return found


# -------------------------------------------------------------- memory and processor time


def memory(pid):
    """Bytes that a process and its descendants hold together, shared pages counted once."""
    return sum(map(_held, [pid, *tree(pid)]))


def _held(pid):
    """The proportional share of one process; all it maps, where only that may be read."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except PermissionError:
        with contextlib.suppress(OSError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            return pages * os.sysconf("SC_PAGESIZE")
    except OSError:  # it has ended
        pass
    return 0


def processor(pid):
    """Seconds of all processors that a process and its descendants have used, with those of
    their children that have ended."""
    return sum(map(_used, [pid, *tree(pid)]))


def _used(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")  # own and children's


class Peak:
    """Looks at a process and its descendants again and again.

    `with Peak(pid) as peak: ...`, then `peak.bytes` and `peak.seconds` are the most memory and
    processor time that was seen. (The system's total at the end lacks processes without a
    parent that waited for them.)
    """

    def __init__(self, pid, every=0.2):
        self.pid, self.every, self.bytes, self.seconds = pid, every, 0, 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._over.set()
        self._thread.join()

    def _look(self):
        while not self._over.is_set():
            self.bytes = max(self.bytes, memory(self.pid))
            self.seconds = max(self.seconds, processor(self.pid))
            self._over.wait(self.every)


# ------------------------------------------------------------------------------- killing


def by_role(grader):
    """{"grader": [pid], "sandbox": pids, "worker": pids} of a run that was started as `grader`.

    A worker is a process without children that the grader did not start itself; what is
    between the two is a sandbox.
    """
    parents, below = _parents(), tree(grader)
    busy = {parents.get(pid) for pid in below}
    workers = [pid for pid in below if parents.get(pid) != grader and pid not in busy]
    sandboxes = [pid for pid in below if pid not in workers]
    return {
        "grader": [grader] if grader in parents else [],
        "sandbox": sandboxes,
        "worker": workers,
    }


def kill_random(grader, role, rng, patience=10.0):
    """Kill −9 one process of a role; return its pid, or None if none came up in time.

    Parameters
    ----------
    grader : int
        Where the run begins; nothing else than this process and what descends from it is killed.
    role : one of ROLES
    rng : random.Random
    patience : float
        Seconds to wait for a process of that role.
    """
    end = time.monotonic() + patience
    while time.monotonic() < end:
        candidates = by_role(grader)[role]
        if candidates and _kill(pid := rng.choice(candidates), grader):
            return pid
        time.sleep(0.005)
    return None


def _kill(pid, grader):
    """Kill `pid` if it still belongs to the run; a pid may have been given to another by now."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        if pid != grader and pid not in tree(grader):
            return False
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def adopt_orphans():
    """From now on, a descendant that loses its parent becomes our child and so stays visible."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "cannot adopt orphans")


def left_behind(patience=30.0):
    """The descendants of this process that are still there after a while; the dead are buried.

    Call it when every child that has a waiting parent has ended.
    """
    end = time.monotonic() + patience
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        alive = tree(os.getpid())
        if not alive or time.monotonic() > end:
            return alive
        time.sleep(0.02)
