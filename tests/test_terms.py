"""terms.json: the glossary has every Chinese term of the chapters and the chapter where it first
occurs; the concordance names functions and equations that exist."""

import json
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest

import lossbook

ROOT = Path(__file__).parents[1]
TERMS = json.loads((ROOT / "lossbook" / "notebook" / "terms.json").read_text(encoding="utf-8"))
CHAPTERS = sorted(ROOT.glob("notebooks/0[1-8]_*.ipynb"))

_BRACKET = re.compile(r"\(([^()]*[\u4e00-\u9fff][^()]*)\)")
_TERM = re.compile(r"(?:[A-Za-z0-9/]+ )?[\u4e00-\u9fff]+(?:-[\u4e00-\u9fff]+)*")
# In brackets, and no terms of the field: names, melons, tumours, quotations from the note.
NO_TERMS = {
    *("西瓜书", "周志华", "恶性", "良性", "补充", "本质", "子乘", "乘子", "反向传播"),
    *("色泽", "根蒂", "敲声", "纹理", "脐部", "触感", "一致性"),
}


def texts(path):
    return [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    ]


def chinese(path):
    """The Chinese terms in brackets in a notebook."""
    found = (
        term
        for text in texts(path)
        for inside in _BRACKET.findall(text)
        for term in _TERM.findall(inside)
    )
    return {term.removeprefix("and ").removeprefix("or ") for term in found}


def known():
    return {row["chinese"]: row["chapter"] for row in TERMS["glossary"]}


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_glossary_has_every_chinese_term(path):
    unknown = chinese(path) - known().keys() - NO_TERMS
    # "KL 散度" is the second name of 相对熵, and so on: the last word may be known by itself
    unknown = {term for term in unknown if term.split()[-1] not in known().keys() | NO_TERMS}
    assert not unknown


def test_glossary_names_the_first_chapter_of_a_term():
    first = {}
    for path in CHAPTERS:
        for term in chinese(path):
            first.setdefault(term, int(path.name[:2]))
    wrong = {
        term: first[term]
        for term, chapter in known().items()
        if term in first and first[term] != chapter
    }
    assert not wrong


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_no_term_occurs_twice(language):
    counted = Counter(row[language] for row in TERMS["glossary"])
    assert [term for term, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("row", TERMS["concordance"], ids=lambda row: row["concept"])
def test_concordance_names_existing_functions(row):
    if row["function"]:
        module, name = row["function"].split(".")
        assert hasattr(getattr(lossbook, module), name)
    written = "\n".join(
        cell.source for path in CHAPTERS for cell in nbformat.read(path, as_version=4).cells
    )
    for number in re.findall(r"\((\d\.\d+)\)", row["lossbook"]):
        assert f"\\tag{{{number}}}" in written or f"\\tag{{{number}a}}" in written, number
