"""Pools and rooms as a whole: what they leave behind, how they start again, who gets which."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rooms import FORBIDDEN, cell, notebook

from lossbook.grading.sandbox import isolation, open_sandbox, spawn_worker, wire
from lossbook.grading.sandbox.channel import Ended, PipeChannel
from lossbook.grading.sandbox.forkserver_client import Room
from lossbook.grading.sandbox.session import RoomGone
from lossbook.grading.sandbox.spawn_pool import Pool

LINUX = sys.platform == "linux"


# --------------------------------------------------------------------- the room as a whole


def children():
    """The process ids of this process's children, dead ones that nobody has buried included."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
    return {row[0] for row in rows if row[1] == str(os.getpid()) and row[2][:3] != "ps "}


def has_ended(pid):
    """Whether a process runs no more; who buries an orphan is the system's affair."""
    ps = ["ps", "-o", "stat=", "-p", str(pid)]
    return subprocess.run(ps, capture_output=True, text=True).stdout.strip()[:1] in ("", "Z")


@pytest.mark.skipif(os.name != "posix", reason="there is no ps")
def test_a_pool_leaves_no_process_no_folder_and_no_thread():
    before = children(), threading.active_count()
    with Pool(ahead=1) as pool:
        base = Path(pool.base)
        with pool.open(io.BytesIO(notebook("1").encode())) as one:
            one.ask({"op": "read", "name": "a.ipynb"}, seconds=20)
            cell(one, "import os\nos.mkdir('locked')\nopen('locked/a', 'w').close()")
            cell(one, "os.chmod('locked', 0)")
        with pool.open() as two, contextlib.suppress(Ended):
            cell(two, "import os; os._exit(1)")
        assert not [name for name in os.listdir(base) if name.startswith(("work", "file"))]
        assert one.ending["memory"] > 10
        # What it started in the background ends with it.
        with pool.open() as three:
            cell(three, "import subprocess\npid = subprocess.Popen(['sleep', '1000']).pid")
            _, pid = three.ask({"op": "value", "name": "pid", "exercise": ""}, seconds=20)
    assert not base.exists()
    assert (children(), threading.active_count()) == before
    assert has_ended(int(pid))


def test_four_judges_and_twenty_submissions():
    def judged(k):
        with pool.open(io.BytesIO(notebook(f"mine = {k}").encode())) as session:
            _, (cells, _) = session.ask({"op": "read", "name": "a.ipynb"}, seconds=60)
            cell(session, cells[0][0], seconds=60)
            asked = {"op": "value", "name": "mine", "exercise": ""}
            return float(session.ask(asked, seconds=60)[1])

    with Pool() as pool, ThreadPoolExecutor(4) as judges:
        assert list(judges.map(judged, range(20))) == list(range(20))


def test_an_interpreter_that_dies_while_it_waits_costs_nobody_anything():
    with Pool(ahead=2) as pool:
        pool.waiting[0].process.kill()
        with pool.open() as session:
            assert cell(session, "1") is None
        assert not pool.gone


def test_a_pool_that_is_gone_says_so_and_can_be_started_again():
    with Pool(ahead=1) as pool:
        with pool.open() as session:
            pool.close()
            with pytest.raises(RoomGone):
                cell(session, "1")
        assert pool.gone
        with pytest.raises(RoomGone):
            pool.open()
        starts = pool.starts
        pool.restart(starts)
        pool.restart(starts)  # somebody else's request, for the same end
        assert pool.starts == starts + 1
        with pool.open() as session:
            assert cell(session, "1") is None


def test_a_restart_leaves_those_at_work_alone():
    with Pool(ahead=1) as pool, pool.open() as session:
        cell(session, "x = 1")
        pool.restart(pool.starts)
        assert cell(session, "assert x == 1") is None


ORPHANS = """
import threading, time
from lossbook.grading.sandbox.spawn_pool import Pool
pool = Pool(ahead=1)
session = pool.open()
loop = {"op": "cell"}, "while True: pass"
threading.Thread(target=session.ask, args=loop, kwargs={"seconds": 100}, daemon=True).start()
print(pool.base, *[one.process.pid for one in pool.working.values()], flush=True)
time.sleep(100)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no ps")
def test_an_endless_loop_ends_with_its_judge():
    judge = subprocess.Popen([sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True)
    with judge:
        base, pid = judge.stdout.readline().rsplit(maxsplit=1)
        judge.kill()
    shutil.rmtree(base, ignore_errors=True)
    patience = time.monotonic() + 30
    while not has_ended(int(pid)):
        assert time.monotonic() < patience
        time.sleep(0.1)


def test_a_pool_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr(spawn_worker, "START", "raise ImportError('IPython is missing')")
    with pytest.raises(OSError, match="could not be opened: ImportError: IPython is missing"):
        Pool()


@pytest.mark.skipif(not LINUX, reason="a zygote needs Linux")
def test_a_room_outlives_the_thread_that_restarted_it():
    """Judges are threads, and the first that has nothing left to do ends before the others."""
    with Room() as room:

        def judge():
            os.kill(room.process.pid, signal.SIGKILL)
            room.restart(room.starts)

        thread = threading.Thread(target=judge)
        thread.start()
        thread.join()
        time.sleep(0.2)  # the kernel would have to be quick, not us
        with room.open() as session:
            assert cell(session, "1") is None


@pytest.mark.skipif(not LINUX, reason="a zygote needs Linux")
def test_a_room_can_be_opened_from_an_interactive_python(monkeypatch):
    """There the first entry of sys.path is empty, which means the current folder."""
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    with Room() as room, room.open() as session:
        assert cell(session, "1") is None


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_a_folder_that_is_locked_against_the_judge_is_noticed(monkeypatch, tmp_path):
    """Its owner may write into a folder of mode 0o300, and root, who runs tests, may read it."""
    real = os.scandir

    def scandir(path):
        if str(path).endswith("hidden"):
            raise PermissionError
        return real(path)

    with Pool(ahead=1) as pool, pool.open() as session:
        cell(session, "import os\nos.mkdir('hidden', 0o300)")
        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", scandir)
            with pytest.raises(Ended, match="locked a folder"):
                session.look()


# ------------------------------------------------------------------------- which room, whom


def test_each_machine_gets_the_best_room_that_it_can_have(monkeypatch):
    opened = []
    for kind in ("Room", "Pool"):
        monkeypatch.setattr(open_sandbox, kind, lambda *args, kind=kind, **how: opened.append(kind))
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr(sys, "platform", platform)
        open_sandbox.open_room("clerk", chapter="02", forbidden=FORBIDDEN)
    assert opened == ["Room", "Pool", "Pool"]


def test_strangers_are_refused_where_there_are_no_walls():
    assert open_sandbox.refuses(isolation.FULL) is None
    assert open_sandbox.refuses(isolation.STRONG) is None
    assert open_sandbox.refuses(isolation.PROCESS, trusted=True) is None
    words = open_sandbox.refuses(isolation.PROCESS)
    assert "docker run" in words
    assert "--trusted" in words


def test_a_pool_never_claims_a_wall_that_it_lacks():
    with Pool("clerk", chapter="02", these=walls_of_linux(), ahead=1) as pool:
        assert pool.tier == isolation.PROCESS
        assert set(pool.walls) <= {"limits"}


def walls_of_linux():
    return ("limits", "capabilities", "landlock", "seccomp", "namespaces")


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
    "socket": ["AF_UNIX", "socketpair", "send_fds", "recv_fds"],
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
copies["msvcrt"] = types.ModuleType("msvcrt")
copies["msvcrt"].setmode = lambda descriptor, mode: None
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
JUDGE = """
import io, json
from lossbook.grading.sandbox import spawn_pool, spawn_worker
from lossbook.grading.sandbox.channel import Ended
assert not hasattr(spawn_pool.os, "killpg") and not hasattr(spawn_worker.os, "fork")
spawn_worker.START = "exec({prelude!r}); ".format(prelude=prelude).replace("{", "{{").replace(
    "}", "}}") + spawn_worker.START
cells = [{"cell_type": "code", "id": "a", "source": "def f(g, x): return g(x)", "metadata": {}}]
file = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})
said = []
with spawn_pool.Pool(forbidden=("lossbook",), ahead=1) as room:
    said += [room.tier, list(room.walls)]
    with room.open(io.BytesIO(file.encode())) as session:
        _, (read, _) = session.ask({"op": "read", "name": "a.ipynb"}, seconds=60)
        said.append(session.ask({"op": "cell"}, read[0][0], seconds=60)[0])
        asked = {"op": "call", "name": "f"}
        said.append(float(session.ask(asked, ((lambda x: x + 1, 41), {}), seconds=60)[1]))
        said.append(session.ask({"op": "cell"}, "import lossbook.svm", seconds=60)[0]["raised"][0])
    said.append(list(session.ending))
    for source in ("while True: pass", "import os; os._exit(4)"):
        with room.open() as session:
            try:
                session.ask({"op": "cell"}, source, seconds=2)
            except Ended as ended:
                said.append(str(ended))
print(json.dumps(said))
"""


def test_a_pool_needs_nothing_that_windows_lacks():
    program = f"prelude = {LIKE_WINDOWS!r}\nexec(prelude)\n{JUDGE}"
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


def test_a_frame_of_the_longest_kind_passes_a_pipe():
    """What is received is held back at the length of one frame, and not a byte before."""
    body = wire.LARGEST
    program = (
        "import sys; sys.stdout.buffer.write("
        f"({body}).to_bytes(4, 'little') + bytes({body}) + b'more' * 100_000)"
    )
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen([sys.executable, "-c", program], bufsize=0, **pipes) as process:
        channel = PipeChannel(process)
        frame = channel.receive(time.monotonic() + 60)
        assert (len(frame), any(frame)) == (body, False)
        process.kill()
        process.wait()
        channel.close()
