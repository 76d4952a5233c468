"""What holds is remembered, by content and in JSON; what does not is checked again."""

import json

import pytest

from lossbook.derive import Derivation, Exercise
from lossbook.derive.falsify import judge

TRUE = "Let a, b \\in \\mathbb{R}\n(a + b)^2 = a^2 + 2 a b + b^2\n = b^2 + 2 b a + a^2"


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setenv("LOSSBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def counted(monkeypatch):
    """How many lines were judged, not recalled."""
    lines = []
    line_of = judge.Checker.line

    def counting(self, line, *rest):
        lines.append(line)
        return line_of(self, line, *rest)

    monkeypatch.setattr(judge.Checker, "line", counting)
    return lines


def test_a_second_run_judges_nothing_and_shows_the_same(folder, counted):
    first = Derivation("", TRUE)
    assert len(counted) == 2
    second = Derivation("another title", TRUE)
    assert len(counted) == 2
    assert repr(second).split("\n")[1:] == repr(first).split("\n")[1:]


@pytest.mark.parametrize("change", [("2 a b", "3 a b"), ("a, b", "b, a"), (" = b^2", "  = b^2")])
def test_other_content_is_judged_again(folder, counted, change):
    Derivation("", TRUE)
    Derivation("", TRUE.replace(*change, 1), strict=False)
    assert len(counted) >= 4


def test_another_setting_is_other_content(folder, counted):
    given = Derivation("", "Let a \\in \\mathbb{R}").setting
    positive = Derivation("", "Let a > 0").setting
    assert Derivation("", "|a| = a", setting=positive).ok
    assert not Derivation("", "|a| = a", setting=given, strict=False).ok


def test_another_seed_is_judged_on_its_own(folder, counted):
    """What held on the instances of one seed says nothing on those of another one."""
    square = Exercise(
        "A square", r"Let a, b \in \mathbb{R}", start="(a + b)^2", goal="a^2 + 2 a b + b^2"
    )
    before = len(counted)
    for seed, judged in ((1, 1), (5, 2), (5, 2), (1, 2)):
        assert square.attempt("= a^2 + 2 a b + b^2", seed=seed).ok
        assert len(counted) - before == judged


def test_what_is_false_is_not_remembered(folder, counted):
    for _ in range(2):
        Derivation("", TRUE.replace("2 a b", "3 a b"), strict=False)
    assert len(counted) >= 4
    assert not folder.exists() or not list(folder.iterdir())


@pytest.mark.parametrize(
    "damage", ["", "[]", "\x00", '{"verdicts": "x"}', '{"verdicts": [["false", 1, "", "", []]]}']
)
def test_a_damaged_file_is_ignored(folder, counted, damage):
    Derivation("", TRUE)
    (path,) = folder.iterdir()
    kinds = [verdict[0] for verdict in json.loads(path.read_text())["verdicts"]]
    assert kinds == ["true", "true"]
    path.write_text(damage)
    assert Derivation("", TRUE).ok
    assert len(counted) == 4


def test_a_folder_that_cannot_be_written_does_no_harm(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LOSSBOOK_CACHE", str(tmp_path / "file" / "cache"))
    assert Derivation("", TRUE).ok
