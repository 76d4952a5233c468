"""Does every hostile act behind each isolation layer that should refuse it, and without it.

Run as a program, it prints as JSON what became of each. What a layer refuses must succeed without
it, or the test would say nothing (test_isolation.py).
"""

import contextlib
import errno
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from lossbook.grading.sandbox import isolation, layers, seccomp
from tests.helpers import (
    hostile_acts,
    hostile_acts_on_files,  # noqa: F401  (registers its acts)
)
from tests.helpers.sandbox_env import ACTS, ENV, MAY_NOT, build


def limits():
    isolation.CPU = 1
    isolation.limits(isolation.address_space() + (128 << 20), isolation.count_user_threads())


def landlock():
    readable = [Path(sys.base_prefix), Path(sys.prefix), Path("/usr/lib"), Path("/lib")]
    readable += [ENV.outside / "readable", Path("/dev/urandom")]
    readable = [path for path in readable if path.exists()]
    isolation.landlock(readable, [ENV.inside, Path(os.devnull)])


def become_nobody():
    """The kernel does not count the threads of root."""
    if os.getuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


LAYERS = {
    "limits": limits,
    "capabilities": isolation.drop_capabilities,
    "landlock": landlock,
    "seccomp": seccomp.install,
}
BEFORE = {hostile_acts.starts_many_threads: become_nobody}  # with the layer and without
ALONE = {hostile_acts.computes_for_long, *BEFORE}  # each in a process of its own
WORKS = (
    hostile_acts.works_on_files,
    hostile_acts.works_with_threads,
    hostile_acts.works_with_asyncio,
    hostile_acts.works_on_itself,
)


def outcomes(acts, layer=None):
    """Name → outcome of acts that one process does in turn, behind a layer.

    An outcome is "done", or the name of the exception or signal that stopped the act.
    """
    for name in ("secret", "readable", "spare"):
        (ENV.outside / name).write_text("text")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(acts, layer, writer)
    os.close(writer)
    with open(reader) as pipe:
        found = dict(line.split(" ", 1) for line in pipe.read().splitlines())
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(BlockingIOError):
        while True:
            ENV.sockets[2].recv(100)
    end = signal.Signals(-code).name if code < 0 else "done"
    return {act.__name__: found.get(act.__name__, end) for act in acts}


def _run(acts, layer, writer):
    os.setpgid(0, 0)
    os.set_inheritable(writer, False)
    signal.alarm(60)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (to the end of the process)
    BEFORE.get(acts[0], lambda: None)()
    if layer is not None:
        LAYERS[layer]()
    for act in acts:
        os.write(writer, f"{act.__name__} {_outcome(act)}\n".encode())
    os._exit(0)


def _outcome(act):
    try:
        act()
    except OSError as error:
        denied = isinstance(error, PermissionError)
        return MAY_NOT if denied else errno.errorcode.get(error.errno, repr(error))
    except BaseException as error:
        return type(error).__name__ + (f": {error}" if isinstance(error, AssertionError) else "")
    return "done"


def available():
    """The layers that can be tried here."""
    found = ["limits"]
    if os.getuid() == 0:
        found.append("capabilities")
    if layers.check("landlock").works:
        found.append("landlock")
    if seccomp.supported():
        found.append("seccomp")
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        found = {"without": {}}
        for act, _ in ACTS.values():  # what succeeds may change its process
            found["without"] |= outcomes([act])
        for layer in available():
            refused = [act for act, layers in ACTS.values() if layer in layers]
            together = [act for act in refused if act not in ALONE]
            found[layer] = outcomes(together, layer) | outcomes(WORKS, layer)
            for act in refused:
                if act in ALONE:
                    found[layer] |= outcomes([act], layer)
        os.kill(ENV.victim, signal.SIGKILL)
        os.waitpid(ENV.victim, 0)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
