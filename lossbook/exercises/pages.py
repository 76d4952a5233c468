"""The pages of the course: their files, and the line of links at the top and bottom of each.

Links are relative, so they work in JupyterLab, on a website and in a copy of the folder.
"""

import copy
import posixpath
import re
from typing import NamedTuple

from lossbook.exercises import CHAPTERS


class Page(NamedTuple):
    """A page of the course: its file, relative to the course, and the text of a link to it."""

    file: str
    text: str


_TO_A_PAGE = re.compile(r"\[([^\]]*)\]\([\w./-]*\.ipynb\)")
# In the order of reading.
_READING = [
    Page("notebooks/00_six_formulas.ipynb", "0 · Six formulas"),
    *(
        Page(f"notebooks/{chapter.stem}.ipynb", f"{int(number)} · {chapter.title}")
        for number, chapter in CHAPTERS.items()
    ),
    Page("notebooks/09_reference.ipynb", "9 · Reference"),
]


def exercises(chapter):
    """The file with the exercises of a chapter of the course."""
    return f"exercises/{chapter.students_file}"


def solutions(chapter):
    """The file with the solutions of a chapter of the course."""
    return f"exercises/solutions/{chapter.solutions_file}"


def links():
    """The line of links of each page, as a dict {file: Markdown}.

    It leads to the previous chapter, the contents, the page's own chapter, its exercises, its
    solutions and the next chapter, without a link of the page to itself.

    >>> links()["notebooks/09_reference.ipynb"]
    '[← 8 · One picture](08_one_picture.ipynb) · [contents](00_six_formulas.ipynb)'
    """
    lines = {}
    contents = Page(_READING[0].file, "contents")
    for number, chapter in enumerate(_READING):
        before, after = _READING[:number][-1:], _READING[number + 1 :][:1]
        here = [chapter]
        if own := CHAPTERS.get(f"{number:02}"):
            here += [Page(exercises(own), "exercises"), Page(solutions(own), "solutions")]
        way = [
            *(Page(page.file, f"← {page.text}") for page in before),
            contents,
            *here,
            *(Page(page.file, f"{page.text} →") for page in after),
        ]
        for page in here:
            lines[page.file] = " · ".join(
                f"[{to.text}]({_relative(to.file, page.file)})"
                for to in way
                if to.file != page.file
            )
    return lines


def for_students(notebook, chapter):
    """A copy of a notebook cut from the solutions of a Chapter, with links from its own folder."""
    notebook = copy.deepcopy(notebook)
    if chapter.folder:
        return notebook
    old, new = links()[solutions(chapter)], links()[exercises(chapter)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(old, new).replace("](../../", "](../")
    return notebook


def without_links(notebook):
    """A copy of a page for a folder outside the course, where its links would lead nowhere.

    The line of links is left out; of a link to another page, its text is kept.
    """
    notebook = copy.deepcopy(notebook)
    lines = links().values()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            kept = [part for part in cell.source.split("\n\n") if part not in lines]
            cell.source = _TO_A_PAGE.sub(r"\1", "\n\n".join(kept))
    notebook.cells = [cell for cell in notebook.cells if cell.source]
    return notebook


def _relative(file, start):
    return posixpath.relpath(file, posixpath.dirname(start))
