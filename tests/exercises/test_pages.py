"""The line of links on each page, and that each relative link leads to a file."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

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
