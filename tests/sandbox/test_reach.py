"""What submissions can reach from the sandbox on Linux, and what survives a killed process."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("isolation layers need Linux; test_spawn.py is for others", allow_module_level=True)

from lossbook.grading.sandbox import forkserver_client, quota, tempdirs
from lossbook.grading.sandbox.forkserver_client import ForkSandbox
from lossbook.grading.sandbox.layers import ROOT
from lossbook.grading.sandbox.session import SandboxGone
from tests.helpers import processes
from tests.helpers.sandboxes import (
    FORBIDDEN,
    KINDS,
    cell,
    forked,
    isolated,
    needs_layers,
    opened,
    result_of,
    value,
    works,
)


def open_and_close(sandbox, times):
    for _ in range(times):
        sandbox.open().close()
        time.sleep(0.1)


def test_a_killed_sandbox_is_reported_and_restarts():
    with ForkSandbox(forbidden=FORBIDDEN) as sandbox:
        session = sandbox.open()
        cell(session, "x = 1")
        starts = sandbox.starts
        for pid in [*processes.tree(sandbox.process.pid), sandbox.process.pid]:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(SandboxGone):
            cell(session, "import time; time.sleep(30)")
        with pytest.raises(SandboxGone):
            open_and_close(sandbox, 50)  # the first may precede the notice
        session.close()
        sandbox.restart(starts)
        sandbox.restart(starts)  # another thread was quicker
        assert sandbox.starts == starts + 1
        assert works(sandbox)
        base = sandbox.base
    assert not os.path.exists(base)


@pytest.mark.parametrize("missing", ["temporary directory", "interpreter"])
def test_a_sandbox_that_cannot_start_says_why_and_leaves_nothing(missing, monkeypatch, tmp_path):
    """The reason is reported, and not a consequence of it."""
    place = tmp_path / "nowhere" if missing == "temporary directory" else tmp_path
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    if missing == "interpreter":
        monkeypatch.setattr(forkserver_client, "PYTHON", (str(tmp_path / "nowhere" / "python"),))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        ForkSandbox(layers=("limits",))
    assert list(tmp_path.iterdir()) == []


def test_a_sandbox_that_is_killed_while_it_starts_is_started_again(monkeypatch):
    """But not for ever: after three times it is an error."""
    make, begun = tempdirs.make, []

    def counted(kind):
        begun.append(kind)
        return make(kind)

    monkeypatch.setattr(tempdirs, "make", counted)
    monkeypatch.setattr(forkserver_client, "_START", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(OSError, match="could not be opened: it was killed"):
        ForkSandbox(layers=("limits",))
    assert begun == ["sandbox"] * 3


GRADER = """
import sys, time
from lossbook.grading.sandbox.forkserver_client import ForkSandbox
sandbox = ForkSandbox(layers={layers!r})
sessions = [sandbox.open() for _ in range(3)]
for session in sessions:
    session.ask({{"op": "cell"}}, "x = 1", seconds=30)
print("ready", sandbox.base, flush=True)
try:
    sessions[0].ask({{"op": "cell"}}, "while True: pass", seconds=1000)
finally:
    time.sleep(1000)
"""


@forked
def test_no_process_survives_when_the_grader_is_killed(kind):
    needs_layers(KINDS[kind])
    program = GRADER.format(layers=KINDS[kind])
    grader = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        ready, base = grader.stdout.readline().split()
        assert ready == "ready"
        family = processes.tree(grader.pid)
        assert len(family) >= 4  # the zygote and three children
        grader.kill()
        grader.wait()
        until = time.monotonic() + 20
        while left := [pid for pid in family if pid in processes._parents()]:
            assert time.monotonic() < until, f"still there: {left}"
            time.sleep(0.05)
    finally:
        grader.kill()
        grader.wait()
        grader.stdout.close()
    quota.remove(base)


@forked
def test_a_process_has_no_open_file_but_its_line(kind):
    sandbox = opened(kind)
    source = (
        "import os, stat\n"
        "def kind(d):\n"
        "    try: return stat.S_IFMT(os.fstat(d).st_mode)\n"
        "    except OSError: return None\n"
        "result = ' '.join(f'{d}:{kind(d):o}' for d in range(64) if kind(d) is not None)"
    )
    # nothing, the output twice, the line
    assert result_of(sandbox, source) == "0:20000 1:10000 2:10000 3:140000"


@forked
def test_the_environment_of_the_grader_is_not_visible(kind):
    sandbox = opened(kind)
    variables = result_of(sandbox, "import os; result = str(dict(os.environ))")
    assert variables.count("f00d") == 0
    names = set(result_of(sandbox, "import os; result = ' '.join(os.environ)").split())
    assert names <= {
        "PATH", "LANG", "HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "MPLBACKEND", "PWD",
        "PYTHONHASHSEED", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
        "LC_CTYPE", "USERPROFILE", "LOSSBOOK_CACHE",
        # scikit-learn and Matplotlib leave these to their own children
        "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK",
    }  # fmt: skip


@forked
def test_home_is_the_folder_of_the_submission(kind):
    sandbox = opened(kind)
    with sandbox.open() as session:
        cell(session, "import os, tempfile\nfolder = os.getcwd()\nhome = os.path.expanduser('~')\n"
             "kept = tempfile.mkdtemp()\nopen('a.txt', 'w').write('x')")  # fmt: skip
        folder = value(session, "folder")[1]
        assert folder == str(session.folder)
        assert value(session, "home")[1] == folder
        assert value(session, "kept")[1].startswith(folder)
        assert (session.folder / "a.txt").read_text() == "x"
    assert not session.folder.exists()


# ---------------------------------------------------------------- what isolation keeps out of reach

TRIES = """
def tried(act):
    try:
        return str(act())
    except BaseException as error:
        return '!' + type(error).__name__
"""


def outcomes(sandbox, *acts, before=""):
    """For each expression the text of its value, or "!" and the class of what it raised."""
    with sandbox.open() as session:
        tried = ", ".join(f"tried(lambda: {act})" for act in acts)
        assert cell(session, f"{TRIES}{before}\nresult = '\\0'.join([{tried}])") is None
        return value(session, "result")[1].split("\0")


DENIED = {"!PermissionError", "!FileNotFoundError"}


@isolated
def test_submissions_do_not_see_the_files_of_others(kind):
    sandbox = opened(kind)
    with sandbox.open() as other:
        cell(other, "open('answer.py', 'w').write('x = 1')")
        path = str(other.folder / "answer.py")
        assert set(
            outcomes(
                sandbox,
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


@isolated
def test_files_of_the_teacher_are_out_of_reach(kind, tmp_path):
    sandbox = opened(kind)
    secret = tmp_path / "seed"
    secret.write_text("12345")
    log = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(log))
        listener.setblocking(False)
        answers = outcomes(
            sandbox,
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


@isolated
@pytest.mark.parametrize("package", FORBIDDEN)
def test_forbidden_packages_are_out_of_reach_by_every_path(kind, package):
    sandbox = opened(kind)
    module = __import__(package)
    path = str(Path(module.__file__))
    root = str(Path(path).parents[1])
    answers = outcomes(
        sandbox,
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


@forked
def test_forbidden_packages_say_so(kind):
    sandbox = opened(kind)
    answers = outcomes(
        sandbox,
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
    needs_layers(("namespaces",))
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
        isolated_one = ForkSandbox(forbidden=FORBIDDEN, layers=("namespaces",))
        with isolated_one, ForkSandbox(forbidden=FORBIDDEN, layers=()) as without:
            assert outcomes(without, *acts, before=before)[:3] == ["text", "None", "None"]
            answers = outcomes(isolated_one, *acts, before=before)
    assert answers[0] == "!FileNotFoundError"
    assert answers[1] == "!ProcessLookupError"
    assert answers[2] in ("!ConnectionRefusedError", "!OSError")
    assert answers[3] in ("!ZeroDivisionError", "1")


@pytest.mark.parametrize("kind", ["landlock", "seccomp"])
def test_a_sandbox_works_with_one_layer(kind):
    assert works(opened(kind))


def test_a_sandbox_survives_the_thread_that_restarted_it():
    """A grader has several threads, and the one that restarted the sandbox may end first."""
    with ForkSandbox() as sandbox:

        def restart():
            os.kill(sandbox.process.pid, signal.SIGKILL)
            sandbox.restart(sandbox.starts)

        thread = threading.Thread(target=restart)
        thread.start()
        thread.join()
        time.sleep(0.2)  # for the kernel, which would send a signal now
        with sandbox.open() as session:
            assert cell(session, "1") is None


def test_a_sandbox_can_be_opened_from_an_interactive_python(monkeypatch):
    """There the first entry of sys.path is empty, which means the current folder."""
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    with ForkSandbox() as sandbox, sandbox.open() as session:
        assert cell(session, "1") is None
