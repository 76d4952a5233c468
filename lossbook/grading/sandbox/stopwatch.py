"""How much of a time limit a process has used: not the time in which it waited for a processor.

A limit in wall-clock time would fail right answers on a busy machine, and one in CPU time would
never end a process that sleeps. So the time counts in which a process runs or sleeps; Linux says
how long it was ready to run and did not (/proc/PID/schedstat). Elsewhere all of the time counts.
"""

import time
from pathlib import Path

PATIENCE = 20  # times the limit after which a process is given up even if it only waited


class Stopwatch:
    """Measures one request, from now on."""

    def __init__(self):
        self.began, self.first, self.last = time.monotonic(), None, None

    def used(self, pid) -> float:
        """The seconds that count so far; waiting is noticed from the first call on.

        pid : the process, or None where it is not known (yet)
        """
        waited = seconds_waited(pid)
        if waited is not None:
            self.first = waited if self.first is None else self.first
            self.last = waited
        return self.elapsed() - ((self.last or 0) - (self.first or 0))

    def elapsed(self) -> float:
        return time.monotonic() - self.began


def seconds_waited(pid: int | None) -> float | None:
    """How long a process was ready to run without a processor; None where that is unknown."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def pid_behind(descriptor: int) -> int | None:
    """The number of the process behind a pidfd, as it is called here; None once it has ended."""
    try:
        lines = Path(f"/proc/self/fdinfo/{descriptor}").read_text().splitlines()
    except OSError:
        return None
    pid = next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), 0)
    return pid if pid > 0 else None
