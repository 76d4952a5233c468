"""The sandbox without a fork: what it leaves behind, how it restarts, what it needs of a system."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lossbook.exercises import CHAPTERS
from lossbook.grading.sandbox import isolation, open_sandbox, quota, spawn
from lossbook.grading.sandbox.channel import Ended
from lossbook.grading.sandbox.forkserver_client import ForkSandbox
from lossbook.grading.sandbox.session import SandboxGone
from lossbook.grading.sandbox.spawn import SpawnSandbox
from tests.helpers.sandboxes import FORBIDDEN, cell, notebook, value

posix = pytest.mark.skipif(os.name != "posix", reason="there is no ps")


def children():
    """The process ids of this process's children, zombies included."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return {row[0] for row in rows if row[1] == str(os.getpid()) and row[2][:3] != "ps "}


def has_ended(pid):
    """Whether a process runs no more; a zombie whose parent is gone counts as ended."""
    ps = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True).stdout.strip()[:1] in ("", "Z")


@posix
def test_no_process_no_folder_and_no_thread_is_left():
    before = children(), threading.active_count()
    with SpawnSandbox() as sandbox:
        base = Path(sandbox.base)
        with sandbox.open(io.BytesIO(notebook("1").encode())) as one:
            one.ask({"op": "read", "name": "a.ipynb"}, seconds=20)
            cell(one, "import os\nos.mkdir('locked')\nopen('locked/a', 'w').close()")
            cell(one, "os.chmod('locked', 0)")
            # What it starts in the background ends with it.
            cell(one, "import subprocess\npid = subprocess.Popen(['sleep', '1000']).pid")
            _, pid = value(one, "pid")
        with sandbox.open() as two, contextlib.suppress(Ended):
            cell(two, "import os; os._exit(1)")
        assert not [name for name in os.listdir(base) if name.startswith(("work", "file"))]
        assert one.ending["memory"] > 10
    assert not base.exists()
    assert (children(), threading.active_count()) == before
    assert has_ended(int(pid))


def test_three_threads_and_six_submissions():
    def graded(k):
        with sandbox.open(io.BytesIO(notebook(f"mine = {k}").encode())) as session:
            _, (cells, _) = session.ask({"op": "read", "name": "a.ipynb"}, seconds=60)
            cell(session, cells[0][0], seconds=60)
            return float(value(session, "mine")[1])

    with SpawnSandbox() as sandbox, ThreadPoolExecutor(3) as threads:
        assert list(threads.map(graded, range(6))) == list(range(6))


def test_an_interpreter_that_dies_while_it_waits_affects_no_submission():
    with SpawnSandbox() as sandbox:
        sandbox.next.process.kill()
        with sandbox.open() as session:
            assert cell(session, "1") is None
        assert not sandbox.gone


def test_a_closed_sandbox_is_reported_and_restarts():
    with SpawnSandbox() as sandbox:
        with sandbox.open() as session:
            sandbox.close()
            with pytest.raises(SandboxGone):
                cell(session, "1")
        assert sandbox.gone
        with pytest.raises(SandboxGone):
            sandbox.open()
        starts = sandbox.starts
        sandbox.restart(starts)
        sandbox.restart(starts)  # another thread's request, for the same end
        assert sandbox.starts == starts + 1
        with sandbox.open() as session:
            cell(session, "x = 1")
            sandbox.restart(sandbox.starts)
            assert cell(session, "assert x == 1") is None  # a restart does not end those at work


ORPHANS = """
import threading, time
from lossbook.grading.sandbox.spawn import SpawnSandbox
sandbox = SpawnSandbox()
session = sandbox.open()
loop = {"op": "cell"}, "while True: pass"
threading.Thread(target=session.ask, args=loop, kwargs={"seconds": 100}, daemon=True).start()
print(sandbox.base, *[one.process.pid for one in sandbox.working.values()], flush=True)
time.sleep(100)
"""


@posix
def test_an_endless_loop_ends_with_its_grader():
    grader = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True)
    with grader:
        base, pid = grader.stdout.readline().rsplit(maxsplit=1)
        grader.kill()
    shutil.rmtree(base, ignore_errors=True)
    patience = time.monotonic() + 30
    while not has_ended(int(pid)):
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_a_sandbox_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(spawn, "_START", "raise ImportError('IPython is missing')")
    with pytest.raises(OSError, match="could not be opened: ImportError: IPython is missing"):
        SpawnSandbox()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_folder_that_the_grader_cannot_read_is_noticed(monkeypatch, tmp_path):
    """Its owner may write into a folder of mode 0o300, and root, who runs tests, may read it."""
    real = os.scandir

    def scandir(path):
        if str(path).endswith("hidden"):
            raise PermissionError
        return real(path)

    with SpawnSandbox() as sandbox, sandbox.open() as session:
        cell(session, "import os\nos.mkdir('hidden', 0o300)")
        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", scandir)
            with pytest.raises(Ended, match="locked a folder"):
                session.look()


INSTALLED = """
import sys
sys.path.insert(0, {packages!r})
from {module} import {kind}
with {kind}(forbidden=("lossbook", "sklearn")) as sandbox, sandbox.open() as session:
    for source in ("import a_neighbour", "import lossbook.regression", "import sklearn"):
        print(session.ask({{"op": "cell"}}, source, seconds=30)[0]["raised"])
"""


@pytest.mark.parametrize("kind", [ForkSandbox, SpawnSandbox])
def test_an_installed_lossbook_is_out_of_reach_and_its_neighbours_are_not(tmp_path, kind):
    """In a checkout lossbook has a folder of its own; installed, it lies beside all others."""
    if kind is ForkSandbox and sys.platform != "linux":
        pytest.skip("a zygote needs Linux")
    packages = tmp_path / "site-packages"
    course = Path(quota.__file__).parents[2]
    shutil.copytree(course, packages / "lossbook", ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "a_neighbour.py").touch()
    program = INSTALLED.format(packages=str(packages), module=kind.__module__, kind=kind.__name__)
    done = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True)
    first, second, third = done.stdout.splitlines()
    assert first == "None"
    assert "NotFoundError" in second
    assert "NotFoundError" in third


# -------------------------------------------------------------------- which sandbox, for whom


def test_each_system_gets_its_best_sandbox(monkeypatch):
    opened = []
    for kind in ("ForkSandbox", "SpawnSandbox"):
        monkeypatch.setattr(open_sandbox, kind, lambda kind=kind, **how: opened.append(kind))
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        open_sandbox.open_sandbox(proofs=CHAPTERS["02"].source, forbidden=FORBIDDEN)
    assert opened == ["ForkSandbox", "SpawnSandbox", "SpawnSandbox"]


def test_untrusted_code_is_refused_without_isolation():
    assert open_sandbox.refuses(isolation.FULL) is None
    assert open_sandbox.refuses(isolation.STRONG) is None
    assert open_sandbox.refuses(isolation.PROCESS, trusted=True) is None
    words = open_sandbox.refuses(isolation.PROCESS)
    assert "docker run" in words
    assert "--trusted" in words


def test_no_layer_is_claimed_that_is_not_applied():
    with SpawnSandbox(proofs=CHAPTERS["02"].source, layers=isolation.LAYERS) as sandbox:
        assert sandbox.tier == isolation.PROCESS
        assert set(sandbox.layers) <= {"limits"}


# ------------------------------------------------------------------------------ no Linux


# Seen from lossbook, this machine is Windows: the modules that it imports are copies without what
# is missing there. Libraries keep the real ones.
LIKE_WINDOWS = """
import builtins, os, signal, socket, sys, types
missing = {
    "os": ["fork", "forkpty", "killpg", "setsid", "wait4", "wait3", "waitid", "sysconf", "getuid",
           "geteuid", "getpgid", "set_blocking", "WNOHANG", "O_NOFOLLOW", "O_NONBLOCK", "fchmod",
           "uname", "chown", "sched_getaffinity", "pipe2", "setpgid", "getpgrp", "nice"],
    "signal": ["SIGKILL", "SIGCHLD", "SIGHUP", "SIGBUS", "SIGXCPU", "SIGXFSZ", "SIGSYS",
               "pthread_sigmask", "sigwait", "setitimer"],
    "socket": ["AF_UNIX", "send_fds", "recv_fds"],
    "select": ["select", "poll", "epoll"],
}
absent = {"fcntl", "resource", "pwd", "grp", "termios", "pty", "tty"}
copies = {}
for name, without in missing.items():
    real = __import__(name)
    copies[name] = types.ModuleType(name)
    copies[name].__dict__.update(
        {key: value for key, value in vars(real).items() if key not in without}
    )
copies["os"].name, copies["os"].O_BINARY = "nt", 0
# Windows hands a socket over by its share(); here the child inherits it.
class Shared(socket.socket):
    def share(self, pid):
        return str(self.fileno()).encode()
FAMILY = socket.AF_UNIX
def socketpair():
    pair = [Shared(fileno=one.detach()) for one in socket.socketpair(FAMILY)]
    passed[:] = [pair[1].fileno()]
    return pair
passed = []
copies["socket"].socketpair = socketpair
copies["socket"].fromshare = lambda share: socket.socket(fileno=int(share))
import subprocess
copies["subprocess"] = types.ModuleType("subprocess")
copies["subprocess"].__dict__.update(vars(subprocess))
copies["subprocess"].Popen = lambda *of, **how: subprocess.Popen(*of, **how | {"pass_fds": passed})
class Sys(types.ModuleType):
    platform = "win32"
    def __getattr__(self, name):
        return getattr(sys, name)
    def __setattr__(self, name, value):
        setattr(sys, name, value)
copies["sys"] = Sys("sys")
del os.fork, socket.AF_UNIX
real_import = builtins.__import__
def import_like_windows(name, globals=None, locals=None, fromlist=(), level=0):
    if str((globals or {}).get("__name__")).startswith("lossbook"):
        if name in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name in copies:
            return copies[name]
    return real_import(name, globals, locals, fromlist, level)
builtins.__import__ = import_like_windows
"""
GRADER = """
import io, json
from lossbook.grading.sandbox import child, spawn
from lossbook.grading.sandbox.channel import Ended
assert not hasattr(spawn.os, "killpg") and not hasattr(child.os, "fork")
spawn._START = "exec({prelude!r}); ".format(prelude=prelude).replace("{", "{{").replace(
    "}", "}}") + spawn._START
cells = [{"cell_type": "code", "id": "a", "source": "def f(g, x): return g(x)", "metadata": {}}]
file = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
found = []
with spawn.SpawnSandbox(forbidden=("lossbook",)) as sandbox:
    found += [sandbox.tier, list(sandbox.layers)]
    with sandbox.open(io.BytesIO(file.encode())) as session:
        _, (read, _) = session.ask({"op": "read", "name": "a.ipynb"}, seconds=60)
        found.append(session.ask({"op": "cell"}, read[0][0], seconds=60)[0])
        request = {"op": "call", "name": "f"}
        lend = lambda function, args, kwargs, left: ({"op": "returned"}, function(*args))
        value = ((lambda x: x + 1, 41), {})
        found.append(float(session.ask(request, value, seconds=60, lend=lend)[1]))
        found.append(session.ask({"op": "cell"}, "import lossbook.svm", seconds=60)[0]["raised"][0])
    found.append(list(session.ending))
    for source in ("while True: pass", "import os; os._exit(4)"):
        with sandbox.open() as session:
            try:
                session.ask({"op": "cell"}, source, seconds=2)
            except Ended as ended:
                found.append(str(ended))
print(json.dumps(found))
"""


def test_nothing_is_used_that_windows_lacks():
    program = f"prelude = {LIKE_WINDOWS!r}\nexec(prelude)\n{GRADER}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=300
    )
    assert done.stderr == ""
    assert json.loads(done.stdout) == [
        "process",
        [],
        {"raised": None},
        42.0,
        "ModuleNotFoundError",
        ["status"],
        "it had not finished after 2 seconds",
        "it ended its process (exit code 4)",
    ]
