"""The main path of every chapter can be walked in an hour, and the reader derives on it."""

import re
from dataclasses import astuple

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.helpers import main_path
from tests.helpers.main_path import FOLDED, length
from tests.helpers.notebook_lint import CODE

LEARNT = [path for path in main_path.CHAPTERS if path.stem[:2] not in ("00", "09")]  # they derive
MOST = astuple(main_path.Length(words=2500, checked=30, blanks=30, cells=12, lines=120))
TIME = main_path.PRINTED
BOOLEAN = re.compile(r"\b(?:True|False|holds?)\b")


def by_name(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def opened(path):
    return nbformat.read(path, as_version=4)


@by_name(main_path.CHAPTERS)
def test_main_path_fits_an_hour(path):
    of = length(opened(path))
    assert all(given <= most for given, most in zip(astuple(of), MOST, strict=True)), of
    assert of.minutes <= 60


@by_name(main_path.CHAPTERS)
def test_printed_time_is_the_measured_one(path):
    notebook = opened(path)
    printed = TIME.search(notebook.cells[0].source)
    assert printed, "the first cell must say: **Time.** About 45 minutes"
    assert int(printed[2]) == length(notebook).minutes


@by_name(main_path.CHAPTERS)
def test_contents_give_the_measured_time(path):
    minutes = main_path.contents_row(path).search(main_path.CHAPTERS[0].read_text("utf-8"))
    assert minutes, f"chapter 0 has no row for {path.name} in its contents"
    assert int(minutes[2]) == length(opened(path)).minutes, (
        "`python -m tests.helpers.main_path --write` writes the measured times"
    )


@by_name(LEARNT)
def test_reader_fills_two_blanks(path):
    assert length(opened(path)).blanks >= 2


@by_name(LEARNT)
def test_an_exercise_is_linked_where_it_belongs(path):
    cells = list(main_path.main_path(opened(path)))
    heads = [i for i, cell in enumerate(cells) if cell.source.startswith("## Exercises")]
    assert any("../exercises/" in cell.source for cell in cells[1 : heads[0]])


@by_name(main_path.CHAPTERS)
def test_open_cells_print_numbers_not_booleans(path):
    for cell in main_path.main_path(opened(path)):
        if cell.cell_type == "code" and not main_path.is_folded_code(cell):
            printed = "".join(out.get("text", "") for out in cell.outputs)
            found = BOOLEAN.search(printed)
            assert not found, f"cell {cell.id} prints {found[0]!r}; print the numbers side by side"


@by_name(main_path.CHAPTERS)
def test_a_heading_begins_its_cell(path):
    """JupyterLab closes a section from cell to cell. (Links stand above the title.)"""
    for cell in opened(path).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"\n#{2,6} ", CODE.sub("", cell.source)), cell.id


@by_name(main_path.CHAPTERS)
def test_more_is_stored_closed_and_nothing_else_is(path):
    for cell in opened(path).cells:
        heading = main_path.first_heading(cell)
        is_more = bool(heading and heading[1].startswith("More:"))
        assert bool(cell.metadata.get(FOLDED)) == is_more, cell.id


def more(text, **metadata):
    return new_markdown_cell(text, metadata={FOLDED: True, **metadata})


def test_length_counts_what_is_open():
    notebook = new_notebook(
        cells=[
            new_markdown_cell("# One two\n\nthree $x$ [four](a/b_c.ipynb)"),
            new_code_cell("%%derive T\nLet x \\in \\mathbb{R}\nx = x % same\n  = ? % your turn"),
            new_code_cell("a = 1\n\nb = 2"),
            new_code_cell("folded = 1", metadata={"jupyter": {"source_hidden": True}}),
            new_markdown_cell("<details><summary>Hint</summary>\n\nhidden\n\n</details>"),
            more("## More: one"),
            new_markdown_cell("### inside it"),
            new_code_cell("skipped = 1"),
            new_markdown_cell("## five"),
        ]
    )
    of = length(notebook)
    # A formula counts as a word; the heading "More: one" is read, what is below it is not.
    assert of.words == 8
    assert (of.checked, of.blanks, of.cells, of.lines) == (2, 1, 1, 2)
    assert of.minutes == 5


def test_time_is_rounded_up_to_five_minutes():
    assert main_path.Length(words=2500, checked=30, cells=12).minutes == 55
    assert main_path.Length(words=201).minutes == 5
    assert main_path.Length().minutes == 0
