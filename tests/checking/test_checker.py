"""`check(...)` finds the exercise, remembers what is solved, and loses nothing of anybody's."""

import json
import stat
import sys

import pytest

from lossbook.checking import progress
from lossbook.exercises import checker
from lossbook.regression import root_mean_squared_error


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "mine" / "progress.json"
    monkeypatch.setenv("LOSSBOOK_PROGRESS", str(path))
    return path


@pytest.fixture
def check(file):
    return checker("02")


def test_a_function_is_found_by_its_name(check, capsys):
    check(root_mean_squared_error)
    assert capsys.readouterr().out.startswith("✓ root_mean_squared_error: right in all")


def test_another_name_can_be_given(check, capsys):
    check(lambda y, f: 0, "root_mean_squared_error")
    assert capsys.readouterr().out.startswith("✗ root_mean_squared_error")


def test_an_answer_is_found_by_the_name_given(check, capsys):
    check(2 / 3, "newsagent")
    assert capsys.readouterr().out.startswith("✓ newsagent: 0.666667 is right.")


def test_a_derivation_is_its_last_attempt(check, capsys):
    check("weighted_mean")
    assert capsys.readouterr().out.startswith("○ weighted_mean")
    frame = check.derivation("weighted_mean")
    assert check.derivation("weighted_mean") is frame
    frame.attempt("= 0")
    check("weighted_mean")
    assert capsys.readouterr().out.startswith("✗ weighted_mean: Line (1) needs another look")
    frame.attempt(check.exercises["weighted_mean"].solution)
    check("weighted_mean")
    assert capsys.readouterr().out.startswith("✓ weighted_mean: every line holds.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((lambda: 1,), "no exercise of chapter 02 is called '<lambda>'; root_mean"),
        ((0.5,), "name the exercise"),
        ((0.5, "newsagents"), "no exercise of chapter 02 is called 'newsagents'"),
    ],
)
def test_slips_in_calling_it_are_named_in_one_line(check, arguments, words):
    with pytest.raises(ValueError, match=words) as caught:
        check(*arguments)
    assert caught.value._render_traceback_() == [str(caught.value)]


def test_only_derivations_are_derivations(check):
    with pytest.raises(ValueError, match="no derivation of chapter 02 is called 'newsagent'"):
        check.derivation("newsagent")


def test_require_raises_for_a_grader(check):
    check.require(2 / 3, "newsagent")
    with pytest.raises(AssertionError, match="not it"):
        check.require(0.5, "newsagent")


def test_there_are_eight_chapters():
    with pytest.raises(ValueError, match="chapter must be one of"):
        checker("2")


# ------------------------------------------------------------------------------- progress


def test_what_is_solved_is_remembered_across_sessions(check, file, capsys):
    check(0.5, "newsagent")
    assert not file.exists()
    check(2 / 3, "newsagent")
    assert json.loads(file.read_text())["solved"] == ["02.newsagent"]
    capsys.readouterr()
    checker("02").progress()
    told = capsys.readouterr().out
    assert told.startswith("1 of 6 exercises of this chapter are solved.")
    assert "✓  ★★  The newsagent" in told
    assert "○  ★★  Even and odd" in told


DAMAGED = ["", "[]", "{", '{"solved": 3}', '{"solved": [3, "02.x"]}', "\xff"]


@pytest.mark.parametrize("kept", DAMAGED)
def test_a_damaged_file_is_no_reason_to_stop(file, kept):
    file.parent.mkdir()
    file.write_bytes(kept.encode("latin-1"))
    assert progress.load() <= {"02.x"}
    progress.remember("02.y")
    assert "02.y" in progress.load()


@pytest.mark.skipif(sys.platform == "win32", reason="directories have no such modes on Windows")
def test_a_file_that_cannot_be_written_is_no_reason_to_stop(file):
    file.parent.mkdir()
    file.parent.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        progress.remember("02.y")
    finally:
        file.parent.chmod(stat.S_IRWXU)


def test_it_can_be_switched_off(monkeypatch):
    monkeypatch.setenv("LOSSBOOK_PROGRESS", "off")
    progress.remember("02.y")
    assert progress.place() is None
    assert progress.load() == set()


def test_a_test_run_keeps_nothing_of_its_own_accord(monkeypatch):
    monkeypatch.delenv("LOSSBOOK_PROGRESS", raising=False)
    assert progress.place() is None
    monkeypatch.delenv("PYTEST_VERSION")
    assert progress.place().name == "progress.json"
