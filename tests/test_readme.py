"""The README's examples print what it says; its links and commands exist."""

import re
from pathlib import Path

import pytest

from lossbook.checking import pack
from lossbook.exercises import CHAPTERS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES_BESIDE = ("CONTRIBUTING", "SECURITY", "CHANGELOG")


def example():
    """The lines of the Python example, each with the comment it carries (or None)."""
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)
    lines = [line for line in code.splitlines() if line.strip()]
    return [(source.strip(), said.strip() or None) for source, _, said in map(_split, lines)]


def _split(line):
    return line.partition("#")


def printed(source, names):
    try:
        value = eval(source, names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    # exp and log may differ in the last bit from one processor to the next
    return pytest.approx(value, rel=1e-14, abs=0) if isinstance(value, float) else repr(value)


def test_example_prints_its_comments():
    names = {}
    said = 0
    for source, comment in example():
        if comment is None:
            exec(source, names)
        else:
            said += 1
            expected = printed(source, names)
            assert (comment if isinstance(expected, str) else float(comment)) == expected, source
    assert said >= 6


def test_derivation_prints_the_block_below():
    blocks = re.search(r"```python\n(from lossbook.derive.*?)```\s*```text\n(.*?)```", README, re.S)
    code, said = blocks.groups()
    imported, _, expression = code.partition("\n\n")
    names = {}
    exec(imported, names)
    assert repr(eval(expression.strip(), names)) == said.strip()


def test_check_prints_the_block_below(monkeypatch, capsys):
    monkeypatch.setenv("LOSSBOOK_PROGRESS", "off")
    pattern = r"```python\n([^`]*?import checker.*?)```\s*```text\n(.*?)```"
    code, said = re.search(pattern, README, re.S).groups()
    exec(code, {})
    assert capsys.readouterr().out.strip() == said.strip()


PAGES = [README, *((ROOT / f"{name}.md").read_text(encoding="utf-8") for name in PAGES_BESIDE)]


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", "".join(PAGES)))
def test_link_target_exists(target):
    assert target.startswith("https://") or (ROOT / target).exists()


@pytest.mark.parametrize("page", PAGES, ids=["README", *PAGES_BESIDE])
def test_make_commands_exist(page):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", page, re.MULTILINE)) <= set(targets)


def test_the_readme_counts_the_exercises_that_a_pack_cannot_check():
    packed = [pack._packed(one)["kind"] for c in CHAPTERS.values() for one in c.exercises()]
    assert f"{packed.count('unchecked')} of the {len(packed)} exercises" in README
