"""Which walls this machine has: each is put up in a fresh process and tried.

That the kernel knows a wall says little: a container may forbid it, a setting may switch it off.
So something is done that the wall should refuse, first without it and then behind it.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from lossbook.grading.sandbox import isolation, seccomp
from lossbook.grading.sandbox.forkserver_client import EVERY_WALL, NAMESPACES, PYTHON, ROOT, tier_of
from lossbook.grading.sandbox.open_sandbox import refuses
from lossbook.grading.sandbox.quota import remove

_SECONDS = 60


class Check(NamedTuple):
    """What came of trying a wall.

    wall : its name in EVERY_WALL; stands : whether it refuses what it should
    words : what it keeps, or why there is none and what to do
    """

    wall: str
    stands: bool
    words: str


def examine():
    """A Check for each wall, in the order in which they are named in host.EVERY_WALL."""
    return [_in_namespaces() if wall == "namespaces" else _checked(wall) for wall in EVERY_WALL]


def report():
    """What `lossbook doctor` prints: each wall, and the tier that they come to."""
    checks = examine()
    tier = tier_of([check.wall for check in checks if check.stands])
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    lines = [f"Walls around somebody else's code on this machine ({system}):", ""]
    for check in checks:
        lines.append(f"  {'yes' if check.stands else 'no':4} {check.wall:13} {check.words}")
    lines += ["", f"The tier is {tier!r}: {isolation.IN_WORDS[tier]}."]
    lines.append(refuses(tier) or "A class can be graded here without trusting it.")
    return "\n".join(lines)


# -------------------------------------------------------------------------- in a fresh process


def _checked(wall):
    if wall != "limits" and sys.platform != "linux":
        return Check(wall, False, "there is none on this system, only on Linux")
    if os.name != "posix":
        return Check(wall, False, "Windows has none")
    start = f"import sys; sys.path.insert(0, {ROOT!r}); "
    start += f"from lossbook.grading.sandbox import doctor; doctor.attempt({wall!r})"
    folder = tempfile.mkdtemp(prefix="lossbook-doctor-")
    command = [*PYTHON, start]
    try:
        tried = subprocess.run(command, capture_output=True, cwd=folder, timeout=_SECONDS)
        stands, words = json.loads(tried.stdout)
    except subprocess.TimeoutExpired:
        return Check(wall, False, f"trying it took more than {_SECONDS} seconds")
    except ValueError:
        said = tried.stderr.decode(errors="replace").strip().splitlines()
        return Check(wall, False, f"trying it failed: {said[-1] if said else 'it ended at once'}")
    finally:
        remove(folder)  # from inside nothing can be removed any more
    return Check(wall, stands, words)


def attempt(wall):
    """Put up a wall around this process, try it, and print [stands, words] as JSON.

    The current folder is there to be used, and is removed by somebody else.
    """
    put_up, acts, words = _WALLS[wall]
    Path("outside").write_text("text")
    Path("inside").mkdir()
    without = [_stopped(act) for act in acts]
    try:
        put_up()
        came = _verdict(without, [act for act in acts if not _stopped(act)], words)
    except Exception as error:
        came = False, f"it cannot be put up ({_first_line(error)}). {_ADVICE[wall]()}"
    print(json.dumps(came), flush=True)
    os._exit(0)


def _verdict(without, open_doors, words):
    if all(without):  # root alone can lose privileges
        return True, f"{words} (this process never had them)"
    if open_doors:
        names = ", ".join(act.__name__.strip("_").replace("_", " ") for act in open_doors)
        return False, f"it was put up and did not refuse: {names}"
    return True, words


def _stopped(act):
    """Whether an act is refused."""
    try:
        act()
    except (OSError, MemoryError):
        return True
    return False


def _first_line(error):
    return (str(error).splitlines() or [type(error).__name__])[0]


# ------------------------------------------------------------------------------------ the acts


def _taking_memory():
    bytearray(256 << 20)


def _opening_many_files():
    files = []
    try:
        for _ in range(isolation.OPEN_FILES + 1):
            files.append(os.open(os.devnull, os.O_RDONLY))
    finally:
        for file in files:
            os.close(file)


def _changing_the_root():
    os.chroot("/")


def _reading_a_file():
    Path("outside").read_text()


def _writing_a_file():
    Path("outside").write_text("text")


def _starting_a_process():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _reaching_the_network():
    import socket

    socket.socket().close()


def _limits():
    isolation.limits(isolation.address_space() + (128 << 20), isolation.threads_of_user())


def _landlock():
    isolation.landlock([], [Path("inside").resolve()])


_WALLS = {
    "limits": (
        _limits,
        (_opening_many_files, *([_taking_memory] if sys.platform == "linux" else [])),
        "memory, CPU time, files and threads are bounded"
        if sys.platform == "linux"
        else "CPU time and files are bounded; memory is not, on this system",
    ),
    "capabilities": (
        isolation.drop_capabilities,
        (_changing_the_root,),
        "the privileges of root are given up",
    ),
    "landlock": (
        _landlock,
        (_reading_a_file, _writing_a_file),
        "no files but Python and the submission's own folder",
    ),
    "seccomp": (
        seccomp.install,
        (_starting_a_process, _reaching_the_network),
        "no other programs, no network, no signals to others",
    ),
}


# ------------------------------------------------------------------------------- namespaces


def _in_namespaces():
    if sys.platform != "linux":
        return Check("namespaces", False, "there are none on this system, only on Linux")
    bubblewrap = shutil.which("bwrap")
    if not bubblewrap:
        words = "bubblewrap is not installed (Debian, Ubuntu: sudo apt-get install bubblewrap)"
        return Check("namespaces", False, words)
    program = "import os; print(os.getpid())"
    command = [bubblewrap, *NAMESPACES, "--ro-bind", "/", "/", sys.executable, "-c", program]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("namespaces", False, f"bubblewrap could not be run: {_first_line(error)}")
    # Among processes of its own it is the second, after bubblewrap itself.
    if done.returncode == 0 and int(done.stdout) < 10:
        return Check("namespaces", True, "processes, network and file tree of its own")
    said = done.stderr.strip().splitlines()
    words = f"bubblewrap may not make them here ({said[-1] if said else 'no reason given'}). "
    return Check("namespaces", False, words + _no_namespaces())


# ----------------------------------------------------------------------------- what to do


def _no_namespaces():
    if in_a_container():
        return "That is usual in a container, and the container itself takes their place in part."
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    if restricted.exists() and restricted.read_text().strip() == "1":
        return (
            "AppArmor forbids them to users: "
            "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        )
    return "Users may not make namespaces on this machine; its administrator can allow it."


def _no_landlock():
    if in_a_container():
        return "The container may forbid it: a newer Docker or Podman does not."
    return "It needs Linux 5.13 or newer, and has to stand in /sys/kernel/security/lsm."


def _no_seccomp():
    if not seccomp.supported():
        return "There is a filter for x86-64 and aarch64 only."
    return "The kernel was built without it, or a container forbids it."


_ADVICE = {
    "limits": lambda: "Somebody has set limits that are lower.",
    "capabilities": lambda: "Grade as a user who is not root.",
    "landlock": _no_landlock,
    "seccomp": _no_seccomp,
}


def in_a_container():
    """Whether this looks like the inside of a container."""
    signs = ("/.dockerenv", "/run/.containerenv")
    return any(map(os.path.exists, signs)) or "container" in os.environ
