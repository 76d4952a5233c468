"""What a child can reach from its room, and what lives on when a process is killed."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

if sys.platform != "linux":
    why = "a room with walls is Linux's; test_pool.py is about the others"
    pytest.skip(why, allow_module_level=True)

import processes
from rooms import FORBIDDEN, HERE, KINDS, behind_walls, cell, every_tier, opened, told, value, works

from lossbook.grading.sandbox import forkserver_client, tempdirs, wire
from lossbook.grading.sandbox import quota as folders
from lossbook.grading.sandbox.forkserver_client import Room
from lossbook.grading.sandbox.session import RoomGone


def open_and_close(room, times):
    for _ in range(times):
        room.open().close()
        time.sleep(0.1)


def test_a_room_that_is_killed_says_so_and_starts_again():
    with Room(forbidden=FORBIDDEN) as room:
        session = room.open()
        cell(session, "x = 1")
        starts = room.starts
        for pid in [*processes.tree(room.process.pid), room.process.pid]:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(RoomGone):
            cell(session, "import time; time.sleep(30)")
        with pytest.raises(RoomGone):
            open_and_close(room, 50)  # the first may come before the news
        session.close()
        room.restart(starts)
        room.restart(starts)  # somebody else was quicker
        assert room.starts == starts + 1
        assert works(room)
        base = room.base
    assert not os.path.exists(base)


@pytest.mark.parametrize("missing", ["temporary directory", "interpreter"])
def test_a_room_that_cannot_start_says_why_and_leaves_nothing(missing, monkeypatch, tmp_path):
    """The reason is told, and not what came of it; there is no process yet that could be asked."""
    place = tmp_path / "nowhere" if missing == "temporary directory" else tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    if missing == "interpreter":
        monkeypatch.setattr(forkserver_client, "PYTHON", (str(tmp_path / "nowhere" / "python"),))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Room(these=("limits",))
    assert list(tmp_path.iterdir()) == []


def test_a_room_that_is_killed_while_it_starts_is_started_again(monkeypatch):
    """And not for ever: somebody who kills each of them is told so."""
    make, begun = tempdirs.make, []

    def counted(kind):
        begun.append(kind)
        return make(kind)

    monkeypatch.setattr(tempdirs, "make", counted)
    monkeypatch.setattr(forkserver_client, "_START", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(OSError, match="could not be opened: it was killed"):
        Room(these=("limits",))
    assert begun == ["room"] * 3


JUDGE = """
import sys, time
from lossbook.grading.sandbox.forkserver_client import Room
room = Room(these={these!r})
sessions = [room.open() for _ in range(3)]
for session in sessions:
    session.ask({{"op": "cell"}}, "x = 1", seconds=30)
print("ready", room.base, flush=True)
try:
    sessions[0].ask({{"op": "cell"}}, "while True: pass", seconds=1000)
finally:
    time.sleep(1000)
"""


@pytest.mark.parametrize("kind", ["full", "strong", "process"])
def test_nothing_lives_on_when_the_judge_is_killed(kind):
    if not set(KINDS[kind]) <= set(HERE):
        pytest.skip(f"this machine does not have every wall of the tier {kind}")
    root = str(Path(wire.__file__).parents[3])
    program = JUDGE.format(these=KINDS[kind])
    judge = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=root
    )
    try:
        ready, base = judge.stdout.readline().split()
        assert ready == "ready"
        family = processes.tree(judge.pid)
        assert len(family) >= 4  # the zygote and three children
        judge.kill()
        judge.wait()
        until = time.monotonic() + 20
        while left := [pid for pid in family if pid in processes._parents()]:
            assert time.monotonic() < until, f"still there: {left}"
            time.sleep(0.05)
    finally:
        judge.kill()
        judge.wait()
        judge.stdout.close()
    folders.remove(base)


@every_tier
def test_children_have_nothing_but_their_line(kind):
    room = opened(kind)
    source = (
        "import os, stat\n"
        "def kind(d):\n"
        "    try: return stat.S_IFMT(os.fstat(d).st_mode)\n"
        "    except OSError: return None\n"
        "told = ' '.join(f'{d}:{kind(d):o}' for d in range(64) if kind(d) is not None)"
    )
    # nothing, the output twice, the line
    assert told(room, source) == "0:20000 1:10000 2:10000 3:140000"


@every_tier
def test_nothing_of_the_environment_goes_in(kind):
    room = opened(kind)
    assert told(room, "import os; told = str(dict(os.environ))").count("f00d") == 0
    names = set(told(room, "import os; told = ' '.join(os.environ)").split())
    assert names <= {
        "PATH", "LANG", "HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "MPLBACKEND", "PWD",
        "PYTHONHASHSEED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
        "LC_CTYPE", "USERPROFILE", "LOSSBOOK_CACHE",
        # scikit-learn and Matplotlib leave these to their own children
        "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK",
    }  # fmt: skip


@every_tier
def test_a_child_s_home_is_its_own_folder(kind):
    room = opened(kind)
    with room.open() as session:
        cell(session, "import os, tempfile\nfolder = os.getcwd()\nhome = os.path.expanduser('~')\n"
             "kept = tempfile.mkdtemp()\nopen('a.txt', 'w').write('x')")  # fmt: skip
        folder = value(session, "folder")[1]
        assert folder == str(session.folder)
        assert value(session, "home")[1] == folder
        assert value(session, "kept")[1].startswith(folder)
        assert (session.folder / "a.txt").read_text() == "x"
    assert not session.folder.exists()


# ---------------------------------------------------------------- what the walls keep out of reach

TRIES = """
def tried(act):
    try:
        return str(act())
    except BaseException as error:
        return '!' + type(error).__name__
"""


def came(room, *acts, before=""):
    """For each expression the text of its value, or "!" and what it raised."""
    with room.open() as session:
        tried = ", ".join(f"tried(lambda: {act})" for act in acts)
        assert cell(session, f"{TRIES}{before}\ntold = '\\0'.join([{tried}])") is None
        return value(session, "told")[1].split("\0")


DENIED = {"!PermissionError", "!FileNotFoundError"}


@behind_walls
def test_submissions_do_not_see_each_other_s_files(kind):
    room = opened(kind)
    with room.open() as other:
        cell(other, "open('answer.py', 'w').write('x = 1')")
        path = str(other.folder / "answer.py")
        assert set(
            came(
                room,
                f"open({path!r}).read()",
                f"open('../{other.folder.name}/answer.py').read()",
                f"open({path!r}, 'a')",
                f"open({str(other.folder / 'new')!r}, 'w')",
                f"os.listdir({str(other.folder)!r})",
                "os.listdir('..')",
                f"os.link({path!r}, 'mine')",
                f"os.rename({path!r}, 'mine')",
                f"os.rename('.', {str(other.folder) + '-2'!r})",
                before="import os",
            )
        ) <= DENIED | {"!OSError"}
        assert os.listdir(other.folder) == ["answer.py"]


@behind_walls
def test_the_teacher_s_files_are_out_of_reach(kind, tmp_path):
    room = opened(kind)
    secret = tmp_path / "seed"
    secret.write_text("12345")
    log = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(log))
        listener.setblocking(False)
        answers = came(
            room,
            f"open({str(secret)!r}).read()",
            f"open({str(secret)!r}, 'w')",
            f"os.listdir({str(tmp_path)!r})",
            f"os.truncate({str(secret)!r}, 0)",
            f"os.chmod({str(secret)!r}, 0o777)",
            f"socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', {str(log)!r})",
            "open('/etc/passwd').read()",
            "open('/proc/self/environ').read()",
            "open('/proc/self/mem', 'rb')",
            "os.listdir('/proc')",
            "os.listdir('/home')",
            "os.listdir('/')",
            "open('/dev/shm/x', 'w')",
            "os.symlink('/etc/passwd', 'link')",
            "os.unlink('kept')",
            "os.fork()",
            "subprocess.run(['true'])",
            "os.kill(os.getppid(), 0)",
            "os.killpg(os.getpgid(os.getppid()), 0)",
            "socket.socket()",
            before="import os, socket, subprocess; open('kept', 'w').close()",
        )
        with pytest.raises(BlockingIOError):
            listener.recv(10)
    allowed = DENIED | {"!ProcessLookupError"}
    assert set(answers) <= allowed, dict(enumerate(answers))
    assert secret.read_text() == "12345"


@behind_walls
@pytest.mark.parametrize("package", FORBIDDEN)
def test_forbidden_packages_are_out_of_reach_by_every_path(kind, package):
    room = opened(kind)
    module = __import__(package)
    path = str(Path(module.__file__))
    root = str(Path(path).parents[1])
    answers = came(
        room,
        f"open({path!r}).read()",
        f"os.listdir({os.path.dirname(path)!r})",
        f"load({path!r})",
        f"zipimport.zipimporter({root!r}).load_module({package!r})",
        f"importlib.import_module({package!r} + '.metrics')",
        f"with_path({root!r})",
        f"importlib.machinery.PathFinder.find_spec({package!r}, [{root!r}]).loader.path",
        f"runpy.run_path({path!r})",
        before=f"""
import importlib, importlib.util, os, runpy, sys, zipimport
def load(path):
    spec = importlib.util.spec_from_file_location('found', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
def with_path(root):
    sys.path.insert(0, root)
    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != 'Forbidden']
    for name in [n for n in sys.modules if n.partition('.')[0] == {package!r}]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return importlib.import_module({package!r})
""",
    )
    refused = DENIED | {
        "!ModuleNotFoundError",
        "!ZipImportError",
        "!AttributeError",
        "!ImportError",
    }
    assert set(answers) <= refused, answers


@every_tier
def test_forbidden_packages_say_so(kind):
    room = opened(kind)
    answers = came(
        room,
        "__import__('sklearn')",
        "__import__('sklearn.svm')",
        "__import__('lossbook.softmax')",
        "__import__('lossbook.grading')",
        "__import__('lossbook').softmax",
        "__import__('lossbook').__version__",
    )
    assert answers[:4] == ["!ModuleNotFoundError"] * 4
    assert answers[4:] == ["!ImportError", "!AttributeError"]


def test_namespaces_alone_hide_processes_files_and_the_network(tmp_path):
    if "namespaces" not in HERE:
        pytest.skip("bubblewrap is not installed, or may not make namespaces")
    (tmp_path / "secret").write_text("text")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        acts = (
            f"open({str(tmp_path / 'secret')!r}).read()",
            f"os.kill({os.getpid()}, 0)",
            f"socket.create_connection(('127.0.0.1', {port}), 5).close()",
            "len(os.listdir('/sys/class/net')) if os.path.exists('/sys/class/net') else 1 / 0",
        )
        before = "import os, socket"
        with_wall = Room(forbidden=FORBIDDEN, these=("namespaces",))
        with with_wall, Room(forbidden=FORBIDDEN, these=()) as without:
            assert came(without, *acts, before=before)[:3] == ["text", "None", "None"]
            answers = came(with_wall, *acts, before=before)
    assert answers[0] == "!FileNotFoundError"
    assert answers[1] == "!ProcessLookupError"
    assert answers[2] in ("!ConnectionRefusedError", "!OSError")
    assert answers[3] in ("!ZeroDivisionError", "1")


@pytest.mark.parametrize("kind", ["landlock", "seccomp"])
def test_one_wall_is_enough_for_a_room_to_work(kind):
    assert works(opened(kind))
