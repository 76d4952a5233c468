"""`make test-elsewhere` runs every chapter, reports failures, and skips with a reason."""

import signal
import sys
from pathlib import Path

import pytest

from tests import elsewhere
from tests.test_house import CHAPTERS, ROOT


def test_every_chapter_is_run():
    assert set(elsewhere.CHAPTERS) == CHAPTERS
    assert all((ROOT / name).exists() for name in elsewhere.TESTS)


def test_short_form_varies_the_same_variables():
    def varied(table):
        return {name for changes, _ in table.values() for name, value in changes.items() if value}

    assert varied(elsewhere.SHORT) == varied(elsewhere.SURROUNDINGS)


def test_output_is_printed_only_for_failures(monkeypatch, capsys):
    says = "import os, sys; print('FAILED a.py'); sys.exit(os.environ['PYTHONHASHSEED'] == '2')"
    monkeypatch.setattr(elsewhere, "PYTEST", [sys.executable, "-c", says])
    assert elsewhere.main(["hash-1"]) == 0
    assert "FAILED" not in capsys.readouterr().out.partition("surrounding")[0]
    assert elsewhere.main(["hash-1", "hash-2"]) == 1
    told = capsys.readouterr().out
    assert "FAILED a.py" in told.partition("surrounding")[0]
    assert [line.split()[:2] for line in told.splitlines()[-2:]] == [
        ["hash-1", "green"],
        ["hash-2", "RED"],
    ]


def test_environment_with_the_same_bits_is_skipped(monkeypatch):
    monkeypatch.setattr(elsewhere, "_BITS", "import os; print(os.environ.get('A') == '4')")
    same = {"one": ({"A": "1"}, True), "other": ({"A": "2"}, True), "words": ({"A": "3"}, False)}
    same["others"] = {"A": "4"}, True
    plan = elsewhere.planned(same)
    assert plan["one"][1] == plan["other"][1] == "gives the same bits as this machine as it is"
    assert plan["words"][1] == plan["others"][1] == ""


@pytest.mark.skipif(not Path("/proc").exists(), reason="this signal is POSIX's")
def test_missing_instructions_are_skipped(monkeypatch):
    dies = f"import os; os.kill(os.getpid(), {int(signal.SIGILL)})"
    monkeypatch.setattr(elsewhere, "_BITS", dies)
    assert elsewhere.bits({}) == ("", "this processor lacks the instructions")


def test_unknown_name_is_rejected(capsys):
    with pytest.raises(SystemExit):
        elsewhere.main(["pentium"])
    assert "no surrounding is called pentium" in capsys.readouterr().err
