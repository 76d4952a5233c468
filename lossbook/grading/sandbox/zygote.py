"""A fresh interpreter that imports the heavy packages once and forks one child per submission.

It is started for this and has never held a test, a reference or a seed; so neither have its
children. It runs no student code itself, has a single thread (a fork copies only one), and talks
with the judge over a socket: packets of JSON, with descriptors.

    judge → zygote   {"open": number, "folder": path} and two or three descriptors; {"kill": number}
    zygote → judge   {"ready": …}; {"ended": number, "status": …, "memory": …, "cpu": …}
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import tempfile
import warnings
from pathlib import Path

from lossbook.grading.sandbox import isolation, proof_worker, seccomp, stub, wire, worker
from lossbook.grading.sandbox.isolation import SETUP_FAILED

_PRELOADED = ("numpy", "scipy.optimize", "scipy.special", "matplotlib.pyplot")
_LINE, _FILE = 3, 4  # descriptors in a child; 0 to 2 are nothing and the output


class Line:
    """Frames over a pair of descriptors."""

    def __init__(self, incoming, outgoing):
        self.incoming, self.outgoing = incoming, outgoing

    def receive(self):
        """The next frame without its first four bytes; None where the other side hung up."""
        start = self._exactly(4)
        return None if start is None else self._exactly(wire.length_of(start))

    def _exactly(self, size):
        data = bytearray()
        _wait_for(self.incoming)
        while len(data) < size:
            chunk = os.read(self.incoming, min(size - len(data), 1 << 20))
            if not chunk:
                return None
            data += chunk
        return bytes(data)

    def send(self, frame):
        rest = memoryview(frame)
        _wait_for(self.outgoing)
        while rest:
            rest = rest[os.write(self.outgoing, rest) :]


def _wait_for(descriptor):
    """Let it wait again, if the student's code has made it not to."""
    if os.name == "posix":
        os.set_blocking(descriptor, True)


class Duty:
    """What the children of a zygote do: "student" runs notebooks, "clerk" reads derivations."""

    def __init__(self, plan):
        self.plan, self.remembered = plan, {}
        self.base = Path(os.environ["HOME"])  # every child has its folder in here
        also = [os.environ["MPLCONFIGDIR"], plan["root"]]
        if plan["role"] == "student":
            self.shell = _shell()
            if "lossbook" in plan["forbidden"]:
                also.remove(plan["root"])
                if Path(plan["root"]).name not in isolation.PACKAGES:
                    # A checkout, which nobody inside needs: what is imported knows its path.
                    sys.path[:] = [entry for entry in sys.path if entry != plan["root"]]
                stub.move_in(self.remembered)
            sys.meta_path.insert(0, stub.Forbidden(set(plan["forbidden"]) - {"lossbook"}))
        else:
            self.proofs = _proofs(plan["chapter"])
        self.threads_of_user = isolation.threads_of_user()
        self.address_space = isolation.address_space() + plan["memory"]
        if "landlock" in plan["walls"]:
            self._confine(also)

    def _confine(self, also):
        """Read what a room may read and write below the base, for good; children do so, too."""
        readable = isolation.readable(self.plan["forbidden"], also)
        outside = [path for path in readable if self.base not in path.parents]
        self.roots = isolation.roots(outside, self.base)
        isolation.landlock(readable, [self.base, Path(os.devnull)])

    def serve(self, line, file):
        if self.plan["role"] == "student":
            worker.Student(line, self.shell, self.remembered, file).serve()
        else:
            proof_worker.Clerk(line, self.proofs).serve()


def _proofs(chapter):
    """Name → (Proof, what is to be derived), made once for all children."""
    exercises = importlib.import_module("lossbook.exercises").checker(chapter).exercises
    proofs = {name: one for name, one in exercises.items() if hasattr(one, "make")}
    return {name: (proof, proof.make()) for name, proof in proofs.items()}


def _shell():
    """An IPython shell that keeps no history and needs no thread."""
    for name in _PRELOADED:
        importlib.import_module(name)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            """There is no screen: `%matplotlib inline` is as good as nothing."""

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.xmode = "Plain"
    shell = Shell.instance(config=config)
    shell.run_cell("None", store_history=False)  # imports what the first cell needs
    warnings.filterwarnings("ignore", message=".*non-interactive.*")  # plt.show() shows nobody
    return shell


# ------------------------------------------------------------------------------- children


def enclose(plan, duty, folder):
    """Put up the walls that the plan names around this process."""
    os.chdir(folder)
    os.environ |= {"HOME": folder, "USERPROFILE": folder, "TMPDIR": folder}
    tempfile.tempdir = folder  # it would try a folder by making a file and removing it
    if "limits" in plan["walls"]:
        isolation.limits(duty.address_space, duty.threads_of_user)
    if "capabilities" in plan["walls"]:
        isolation.drop_capabilities()
    if "landlock" in plan["walls"]:
        readable = [*duty.roots, Path(os.environ["MPLCONFIGDIR"])]
        isolation.landlock(readable, [Path(folder), Path(os.devnull)])
    if "seccomp" in plan["walls"]:
        seccomp.install()


def live(prepare, duty):
    """Do one's duty and end this process; never returns.

    `prepare()` puts up the walls and gives the line and the file.
    """
    status = SETUP_FAILED
    try:
        line, file = prepare()
        status = 1
        duty.serve(line, file)
        status = 0
    except SystemExit:
        pass
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(status)


def speak():
    """What is printed goes out line by line, whatever is in it."""
    sys.stdout, sys.stderr = (os.fdopen(d, "w", 1, errors="replace") for d in (1, 2))


def _child(plan, duty, folder, parent, descriptors):
    """What a forked child does; never returns."""

    def prepare():
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        file = _arrange(descriptors)
        speak()
        isolation.die_with_parent()
        if os.getppid() != parent:
            os._exit(SETUP_FAILED)  # it died before we could ask to be told
        enclose(plan, duty, folder)
        return Line(_LINE, _LINE), file

    live(prepare, duty)


def _arrange(descriptors):
    """Nothing on 0, the output on 1 and 2, the line on 3, the file on 4; all others closed."""
    import fcntl  # there is none on Windows

    high = [fcntl.fcntl(d, fcntl.F_DUPFD, 16) for d in descriptors]  # where nothing is moved onto
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(high[1], 1)
    os.dup2(high[1], 2)
    os.dup2(high[0], _LINE)
    first_free = _LINE + 1
    if len(high) > 2:
        os.dup2(high[2], _FILE)
        first_free = _FILE + 1
    os.closerange(first_free, 4096)
    return _FILE if len(high) > 2 else None


# ----------------------------------------------------------------------------- the zygote


def main(control, plan):
    """Serve until the judge hangs up; `control` is a descriptor, `plan` a dict (host.py).

    A judge that is killed hangs up, too. To ask the kernel for a signal would not do: it comes
    already when the thread of the judge that started us has ended.
    """
    control = socket.socket(fileno=control)
    duty = Duty(plan)
    isolation.hide_memory()
    awake, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the judge's affair
    gc.collect()
    gc.freeze()  # so that children do not copy pages by counting references
    _tell(control, ready=os.getpid())
    living = {}
    while True:
        ready, _, _ = select.select([control, awake], [], [])
        if awake in ready:
            os.read(awake, 4096)
            _bury(control, living)
        if control in ready and not _obey(control, plan, duty, living):
            break
    for pid in living:
        _kill(pid)
    os._exit(0)


def _obey(control, plan, duty, living):
    """Do what the judge asks; False where it hung up."""
    packet, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
    if not packet:
        return False
    asked = json.loads(packet)
    if "open" in asked:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            control.close()
            _child(plan, duty, asked["folder"], parent, descriptors)
        living[pid] = asked["open"]
    else:
        for pid, number in living.items():
            if number == asked["kill"]:
                _kill(pid)
    for descriptor in descriptors:
        os.close(descriptor)
    return True


def _bury(control, living):
    """Tell the judge of every child that has ended."""
    while True:
        try:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None:
            return
        pid = ended.si_pid
        # What it left behind, where no wall forbids to fork; its number is not given away before
        # it is waited for.
        _kill(pid)
        _, status, used = os.wait4(pid, 0)
        number = living.pop(pid, None)
        if number is not None:
            code = os.waitstatus_to_exitcode(status)
            cpu = used.ru_utime + used.ru_stime
            _tell(control, ended=number, status=code, memory=used.ru_maxrss >> 10, cpu=cpu)


def _kill(pid):
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # one that has no group of its own yet


def _tell(control, **told):
    with contextlib.suppress(OSError):
        control.send(json.dumps(told).encode())
