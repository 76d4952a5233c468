"""The main path of a chapter, and how long it takes: what is open on the page when it is opened.

A section whose heading begins with "More:" is stored collapsed and can be skipped; its code, its
derivations and its words do not count. Neither does folded code.

    python -m tests.helpers.main_path            print the table
    python -m tests.helpers.main_path --write    write the times into chapters and contents
"""

import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

CHAPTERS = sorted((Path(__file__).parents[2] / "notebooks").glob("0*.ipynb"))
FOLDED = "jp-MarkdownHeadingCollapsed"
WORDS_A_MINUTE = 200
PRINTED = re.compile(r"(\*\*Time\.\*\* About )(\d+)(?= minutes)")

_HEADING = re.compile(r"(?m)^(#{1,6}) +(.*)$")
_DISPLAYED = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_FORMULA = re.compile(r"\$[^$]*\$")
_LINK = re.compile(r"\]\([^)]*\)")
_UNFOLDS = re.compile(r"<details>.*?</details>", re.DOTALL)  # a hint, a solution
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’-]*")
_DECLARES = re.compile(r"Let|Define|Assume|Suppose|Note|%|\s*$")
_BLANK = re.compile(r"(?m)(?:^|[=<>\s])\?(?:\s|$)")


@dataclass
class Length:
    """What a reader of one chapter's main path meets."""

    words: int = 0
    checked: int = 0  # lines of derivations without declarations
    blanks: int = 0
    cells: int = 0  # open cells of code
    lines: int = 0  # of code in them

    @property
    def minutes(self):
        """The time that the chapter prints: reading, and one minute for each line and cell."""
        return math.ceil((self.words / WORDS_A_MINUTE + self.checked + self.cells) / 5) * 5


def length(notebook):
    """Measure the main path of `notebook`."""
    found = Length()
    for cell in main_path(notebook):
        if cell.cell_type == "markdown":
            found.words += words(cell.source)
        elif cell.source.startswith("%%derive"):
            body = cell.source.splitlines()[1:]
            found.checked += sum(not _DECLARES.match(line) for line in body)
            found.blanks += len(_BLANK.findall("\n".join(body)))
        elif not is_folded_code(cell):
            found.cells += 1
            found.lines += len([line for line in cell.source.splitlines() if line.strip()])
    return found


def main_path(notebook):
    """The cells outside of the sections "More: …", whose headings belong to the path."""
    collapsed = None  # the level of the section that is skipped
    for cell in notebook.cells:
        heading = first_heading(cell)
        if heading and collapsed and heading[0] <= collapsed:
            collapsed = None
        if not collapsed:
            yield cell
        if heading and heading[1].startswith("More:"):
            collapsed = heading[0]


def first_heading(cell):
    """Level and text of the heading with which a Markdown cell begins, None for another cell."""
    match = _HEADING.match(cell.source) if cell.cell_type == "markdown" else None
    return (len(match[1]), match[2]) if match else None


def words(markdown):
    """The number of words on the open page; a formula counts as one."""
    text = _UNFOLDS.sub(" ", markdown)
    text = _LINK.sub("]", _FORMULA.sub(" formula ", _DISPLAYED.sub(" formula ", text)))
    return len(_WORD.findall(text))


def is_folded_code(cell):
    return bool(cell.metadata.get("jupyter", {}).get("source_hidden"))


def contents_row(path):
    """Matches the row of a chapter in the contents; its second group is the time."""
    head = re.escape(f"({path.name})") if path != CHAPTERS[0] else re.escape("| 0 · Six formulas ")
    return re.compile(rf"({head}[^\n]*\| )(\d+)(?= \|)")


def write_times():
    """Write the measured times into the chapters that print one, and into the contents."""
    for path in CHAPTERS:
        minutes = length(nbformat.read(path, as_version=4)).minutes
        for page, pattern in ((path, PRINTED), (CHAPTERS[0], contents_row(path))):
            text = pattern.sub(rf"\g<1>{minutes}", page.read_text("utf-8"))
            page.write_text(text, "utf-8", newline="\n")


def main():
    if "--write" in sys.argv[1:]:
        write_times()
    print(
        f"{'chapter':28}{'words':>6}{'checked':>8}{'blanks':>7}{'cells':>6}{'lines':>6}{'minutes':>8}"
    )
    for path in CHAPTERS:
        of = length(nbformat.read(path, as_version=4))
        print(
            f"{path.stem:28}{of.words:6}{of.checked:8}{of.blanks:7}{of.cells:6}{of.lines:6}{of.minutes:8}"
        )


if __name__ == "__main__":
    main()
