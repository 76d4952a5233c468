"""Does every hostile act in a process with one wall around it, and without.

Run as a program: it forks a child for every act, and prints as JSON what came of each. What a wall
refuses must succeed without it, or the test of it would say nothing (test_walls.py).
"""

import contextlib
import errno
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

import acts
import acts_on_files  # noqa: F401  (its acts note themselves)
from there import ACTS, MAY_NOT, THERE, build

from lossbook.grading.sandbox import isolation, seccomp


def limits():
    isolation.CPU = 1
    isolation.limits(isolation.address_space() + (128 << 20), isolation.threads_of_user())


def become_nobody():
    """The kernel does not count the threads of root."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


def landlock():
    readable = [Path(sys.base_prefix), Path(sys.prefix), Path("/usr/lib"), Path("/lib")]
    readable += [THERE.outside / "readable", Path("/dev/urandom")]
    readable = [path for path in readable if path.exists()]
    isolation.landlock(readable, [THERE.inside, Path(os.devnull)])


WALLS = {
    "limits": limits,
    "capabilities": isolation.drop_capabilities,
    "landlock": landlock,
    "seccomp": seccomp.install,
}
BEFORE = {acts.starts_many_threads: become_nobody}  # with the wall and without
WORKS = (
    acts.works_on_files,
    acts.works_with_threads,
    acts.works_with_asyncio,
    acts.works_on_itself,
)


def came_of(act, wall):
    """What comes of an act behind a wall: "done", or the name of what stopped it."""
    for name in ("secret", "readable", "spare"):
        (THERE.outside / name).write_text("text")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _live(act, wall, writer)
    os.close(writer)
    with open(reader) as said:
        words = said.read()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(BlockingIOError):
        while True:
            THERE.sockets[2].recv(100)
    return signal.Signals(-code).name if code < 0 else words or "done"


def _live(act, wall, writer):
    os.setpgid(0, 0)
    os.set_inheritable(writer, False)
    signal.alarm(20)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (to the end of the process)
    words = "done"
    try:
        BEFORE.get(act, lambda: None)()
        if wall is not None:
            WALLS[wall]()
        act()
    except OSError as error:
        denied = isinstance(error, PermissionError)
        words = MAY_NOT if denied else errno.errorcode.get(error.errno, repr(error))
    except BaseException as error:
        words = type(error).__name__ + (f": {error}" if isinstance(error, AssertionError) else "")
    os.write(writer, words.encode())
    os._exit(0)


def here():
    """The walls that can be tried here."""
    found = ["limits"]
    if os.getuid() == 0:
        found.append("capabilities")
    if isolation.has_landlock():
        found.append("landlock")
    if seccomp.supported():
        found.append("seccomp")
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        came = {}
        for name, (act, refusing) in ACTS.items():
            tried = [wall for wall in refusing if wall in here()]
            if tried:
                came[name] = {"without": came_of(act, None)}
                came[name] |= {wall: came_of(act, wall) for wall in tried}
        for act in WORKS:
            came[act.__name__] = {wall: came_of(act, wall) for wall in here()}
        os.kill(THERE.victim, signal.SIGKILL)
        os.waitpid(THERE.victim, 0)
    json.dump(came, sys.stdout)


if __name__ == "__main__":
    main()
