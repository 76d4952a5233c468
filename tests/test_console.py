"""Every encoding can carry what is printed, and an exit status says what it says."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lossbook import _console, cli, svm
from lossbook.derive import Derivation
from lossbook.exercises import checker

ROOT = Path(__file__).parents[1]
ENCODINGS = ("cp1252", "gbk", "ascii", "latin-1", "utf-8")
# Python's own answer to the locale C is UTF-8; older ones, and who asks for it, get ASCII.
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}


def python(*argv, **more):
    options = {"cwd": ROOT, "capture_output": True, "timeout": 300}
    env = os.environ | {"LOSSBOOK_PROGRESS": "off"} | more.pop("env", {})
    return subprocess.run([sys.executable, *argv], env=env, **options | more)


@contextlib.contextmanager
def printing(encoding):
    """Stdout is a pipe that has the encoding and refuses what it lacks; a list gets the text."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    said = []
    with contextlib.redirect_stdout(stream):
        yield said
    said.append(stream.buffer.getvalue().decode(encoding))


@pytest.fixture(scope="module")
def shown():
    """What a user prints in a script, on a stream that is not ours to change."""
    mean = Derivation(
        "Means",
        r"""
    Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, \alpha \in \mathbb{R}
    Define \bar y = \frac1n \sum_i y_i
    \sum_i (y_i - \alpha)^2 = \sum_i (y_i - \bar y)^2 + n (\alpha - \bar y)^2
    """,
    )
    task = checker("02").derivation("weighted_mean")
    return {
        "true": mean,
        "false": Derivation("", r"\sum_i y_i \ge \alpha", setting=mean.setting, strict=False),
        "task": task,
        "attempt": task.attempt(r"= \alpha"),
        "certificate": svm.kkt_residuals([[1, 0], [0, 1]], [1, -1], 10, [1, 1], 0),
        "report": checker("02").report(lambda y_true, y_pred: -1, "root_mean_squared_error"),
    }


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_a_user_prints(shown, encoding):
    with printing(encoding) as said:
        print(*shown.values(), [shown["true"]], sep="\n")
    wanted = "m ≥ 1 where α < C" if encoding in ("gbk", "utf-8") else "m >= 1 where alpha < C"
    assert wanted in said[0]
    assert ("✗ root_mean" if encoding == "utf-8" else "[no] root_mean") in said[0]
    assert ("(1) ✓ " if encoding == "utf-8" else "(1) [ok] ") in said[0]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_we_print(encoding, tmp_path):
    check = checker("02")
    cell = {"cell_type": "code", "source": ["%%derive A slip\n", r"1 \le 0"]}
    (tmp_path / "d.ipynb").write_text(json.dumps({"cells": [cell]}))
    with printing(encoding) as said:
        check(2 / 3, "newsagent")
        check.progress()
    with printing(encoding) as by_commands:
        assert cli.main(["progress"]) == 0
        with pytest.raises(SystemExit):
            cli.main(["grade", "--help"])  # it has an ellipsis
        assert cli.main(["derive", str(tmp_path / "d.ipynb")]) == 1
    assert said[0].startswith("✓ n" if encoding == "utf-8" else "[ok] newsagent")
    slip = {"utf-8": "(1) ✗ 1 ≤ 0", "gbk": "(1) [no] 1 ≤ 0"}.get(encoding, "(1) [no] 1 <= 0")
    assert slip in by_commands[0]


def test_the_locale_c():
    """From outside, with a file whose name the locale cannot read either."""
    done = python("-m", "lossbook.cli", "check", "练习.ipynb", env=C_LOCALE)
    assert done.returncode == 2
    assert done.stderr == "lossbook: no such notebook: 练习.ipynb\n".encode()


@pytest.mark.parametrize(
    ("text", "encoding", "bytes_"),
    [
        ("✓ α ≥ 2 · ŷ 作", "ascii", b"[ok] alpha >= 2 * ? ?"),
        ("α ≥ ²", "gbk", "α ≥ ^2".encode("gbk")),
        ("α ≥ ²", "cp1252", "alpha >= ²".encode("cp1252")),
        ("Σ Δ ϕ", "latin-1", b"Sigma Delta ?"),  # GREEK PHI SYMBOL is no letter's name
        ("名".encode().decode("ascii", "surrogateescape"), "utf-8", "名".encode()),
        ("\ud800", "utf-8", b"?"),
        ("✓", "utf-8", "✓".encode()),
    ],
)
def test_signs_missing_in_an_encoding_are_spelled_out(text, encoding, bytes_):
    assert text.encode(encoding, "lossbook") == bytes_


def test_text_is_changed_only_where_it_cannot_be_encoded(monkeypatch):
    class Stream:
        encoding = None  # what a stream that is no file says

    monkeypatch.setattr(sys, "stdout", Stream())
    assert _console.printable("✓ α") == "✓ α"
    Stream.encoding = "cp1252"
    assert _console.printable("✓ α ½") == "[ok] alpha ½"
    monkeypatch.setattr(sys, "stdout", None)  # pythonw.exe
    assert _console.printable("✓ α") == "✓ α"


def crash():
    raise KeyError("a mistake of ours")


def stop():
    raise KeyboardInterrupt


def full():
    raise OSError(28, "No space left on device", "grades.csv")


@pytest.mark.parametrize(
    ("work", "status", "said"),
    [
        (lambda: _console.YES, 0, ""),
        (lambda: _console.NO, 1, ""),
        (crash, 2, "KeyError: 'a mistake of ours'\n"),
        (stop, 2, "lossbook: stopped\n"),
        (full, 2, "lossbook: [Errno 28] No space left on device: 'grades.csv'\n"),
    ],
)
def test_a_crash_is_no_answer(work, status, said, capsys):
    assert _console.run(work) == status
    assert capsys.readouterr().err.endswith(said)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such pipes")
def test_closed_pipe_gives_no_answer_and_no_message():
    read, write = os.pipe()
    os.close(read)
    options = {"capture_output": False, "stdout": write, "stderr": subprocess.PIPE}
    done = python("-m", "lossbook.cli", "progress", **options)
    os.close(write)
    assert (done.returncode, done.stderr) == (2, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")
def test_a_full_disk_is_no_answer():
    with open("/dev/full", "w") as disk:
        done = python("-m", "lossbook.cli", "progress", capture_output=False, stdout=disk)
    assert done.returncode not in (0, 1)


def notebook(path, source):
    start = "from lossbook.exercises import checker\ncheck = checker('02')\n"
    nbformat.write(new_notebook(cells=[new_code_cell(start + source)]), path)
    return str(path)


def test_a_dead_kernel_is_no_answer(tmp_path, capsys):
    path = notebook(tmp_path / "dead.ipynb", "import os\nos._exit(1)")
    assert cli.main(["check", path]) == 2
    assert "died" in capsys.readouterr().err


def test_broken_notebook_does_not_stop_the_others(tmp_path, capsys):
    path = notebook(tmp_path / "mine.ipynb", "check(1, 'newsagent')")
    assert cli.main(["check", str(tmp_path / "none.ipynb"), path]) == 2
    out, err = capsys.readouterr()
    assert "0 of 1 exercises are solved." in out
    assert "no such notebook" in err
