"""The line of links on each page, and that each relative link leads to a file."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from lossbook.exercises import CHAPTERS, pages
from lossbook.notebook.release import student_version

ROOT = Path(__file__).parents[2]
LINKS = pages.links()
LINK = re.compile(r"\]\(([^()\s]+)\)")
FOLDERS = ("notebooks", "exercises", "exercises/solutions")


def read(file):
    return nbformat.read(ROOT / file, as_version=4)


def texts(file):
    return [cell.source for cell in read(file).cells if cell.cell_type == "markdown"]


def test_each_notebook_is_a_page():
    stored = [
        path.relative_to(ROOT).as_posix() for f in FOLDERS for path in (ROOT / f).glob("*.ipynb")
    ]
    assert sorted(stored) == sorted(LINKS)


@pytest.mark.parametrize("file", LINKS)
def test_the_line_of_links_is_at_the_top_and_at_the_bottom(file):
    """Where it is not, copy it from the message."""
    first, *_, last = texts(file)
    assert first.split("\n")[0] == LINKS[file]
    assert last.split("\n")[-1] == LINKS[file]
    assert "\n".join(texts(file)).count(LINKS[file]) == 2


def folded_at_the_end(cells):
    """Whether the last cell is in a section that is stored folded, as JupyterLab counts."""
    section = None  # the level of the heading that hides what follows it
    for cell in cells:
        found = re.findall(r"^(#+) ", cell.source, re.MULTILINE)
        level = min(map(len, found)) if found and cell.cell_type == "markdown" else None
        hidden = section is not None and (level is None or level > section)
        if not hidden:
            section = level if cell.metadata.get("jp-MarkdownHeadingCollapsed") else None
    return hidden


@pytest.mark.parametrize("file", LINKS)
def test_the_links_at_the_bottom_are_not_folded_away(file):
    assert not folded_at_the_end(read(file).cells)


@pytest.mark.parametrize(
    ("headings", "hidden"),
    [
        (["##! More", ""], True),
        (["##! More", "### Part", ""], True),
        (["##! More", "## Next", ""], False),
        (["##! More", "# Next\n### Part"], False),
        (["## More", ""], False),
        (["", "##! More"], False),
    ],
)
def test_a_folded_section_ends_at_the_next_heading(headings, hidden):
    cells = [new_markdown_cell(text.replace("!", "")) for text in headings]
    for cell, text in zip(cells, headings, strict=True):
        if "!" in text:
            cell.metadata["jp-MarkdownHeadingCollapsed"] = True
    assert folded_at_the_end(cells) is hidden


@pytest.mark.parametrize("file", LINKS)
def test_relative_links_lead_to_files(file):
    links = [urlsplit(link) for text in texts(file) for link in LINK.findall(text)]
    relative = [unquote(link.path) for link in links if not link.scheme and link.path]
    assert relative
    folder = (ROOT / file).parent
    assert [link for link in relative if not (folder / link).is_file()] == []


def test_a_page_in_the_middle_leads_to_the_others():
    line = LINKS["exercises/05_lagrangian_exercises.ipynb"]
    assert re.findall(r"\[(.*?)\]", line) == [
        "← 4 · Softmax and cross-entropy",
        "contents",
        "5 · The Lagrangian, repaired",
        "solutions",
        "6 · The hinge →",
    ]


def test_headings_have_the_titles_of_the_links():
    named = dict(re.findall(r"\[(?:← )?(\d · .*?)(?: →)?\]\((\S*?)\)", "\n".join(LINKS.values())))
    for title, target in named.items():
        [path] = ROOT.glob(f"notebooks/{Path(target).name}")
        assert f"# {title}" in read(path).cells[0].source.split("\n")


@pytest.mark.parametrize("chapter", CHAPTERS.values(), ids=lambda chapter: chapter.stem)
def test_students_get_the_links_of_their_own_page(chapter):
    notebook = pages.for_students(student_version(read(pages.solutions(chapter))), chapter)
    text = "\n".join(cell.source for cell in notebook.cells)
    assert text.count(LINKS[pages.exercises(chapter)]) == 2
    assert "](../../" not in text
