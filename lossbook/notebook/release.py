"""Student versions of the exercise notebooks, cut from the notebooks with solutions.

Both come from one source, so they cannot disagree. The marks are nbgrader's:
`### BEGIN SOLUTION` … `### END SOLUTION`, `### BEGIN HIDDEN TESTS` … `### END HIDDEN TESTS`.
Cells tagged `discussion` are left out. A cell that begins with `# your numbers` gets the numbers
of one student.
"""

import copy
import re

import nbformat

STUB = ["# YOUR CODE HERE", "raise NotImplementedError()"]  # as nbgrader writes it
STUB_OF_A_DERIVATION = ["% your lines here"]

NUMBERS = "# your numbers"

_BEGIN = re.compile(r"(\s*).*### BEGIN (SOLUTION|HIDDEN TESTS)")
_END = re.compile(r".*### END (SOLUTION|HIDDEN TESTS)")


class MarkError(ValueError):
    """A mark is missing or in the wrong place; the message names the cell."""


def student_version(notebook):
    """A copy of a notebook without its solutions, hidden tests, discussions and outputs.

    Raises MarkError if a region is not closed or not opened.
    """
    notebook = without_discussion(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = without_solution(cell.source, cell.get("id", ""))
            cell.outputs, cell.execution_count = [], None
        elif _BEGIN.search(cell.source):
            raise MarkError(f"cell {cell.get('id')}: a region to cut in a text cell")
    return notebook


def without_discussion(notebook):
    """A copy of a notebook without the cells that discuss the solutions."""
    notebook = copy.deepcopy(notebook)
    notebook.cells = [c for c in notebook.cells if "discussion" not in c.metadata.get("tags", [])]
    return notebook


def without_solution(source, name=""):
    """The source of a code cell with a stub in place of the solution."""
    kept, inside = [], ""
    for line in source.split("\n"):
        begin, end = _BEGIN.match(line), _END.match(line)
        if begin:
            if inside:
                raise MarkError(f"cell {name}: a region begins before the one above has ended")
            inside = begin[2]
            if inside == "SOLUTION":
                kept += [begin[1] + stub for stub in _stub(source, begin[1])]
        elif end:
            if inside != end[1]:
                raise MarkError(f"cell {name}: a region ends that has not begun")
            inside = ""
        elif not inside:
            kept.append(line)
    if inside:
        raise MarkError(f"cell {name}: ### END {inside} is missing")
    return "\n".join(kept).rstrip()


def _stub(source, indent):
    """The stub of a derivation is a comment, that of a function raises; else there is none."""
    if source.startswith("%%"):
        return STUB_OF_A_DERIVATION
    return STUB if indent else []


def with_numbers(notebook, numbers, tag=""):
    """A copy of a notebook with a student's numbers, a dict of name → value, in their cell.

    tag : tells the grader whose numbers they are

    Raises MarkError if there is no such cell.
    """
    notebook = copy.deepcopy(notebook)
    cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.startswith(NUMBERS)]
    if numbers and len(cells) != 1:
        raise MarkError(f"one cell must begin with `{NUMBERS}`, there are {len(cells)}")
    for cell in cells:
        lines = [f"{name} = {value!r}" for name, value in numbers.items()]
        cell.source = "\n".join([f"{NUMBERS} {tag}".rstrip(), *lines])
    uses = re.compile(rf"\b(?:{'|'.join(numbers)})\b") if numbers else None
    for cell in notebook.cells:
        if uses and cell.cell_type == "code" and uses.search(cell.source):
            cell.outputs = []  # they are those of other numbers
    return notebook


def write(source, path, *, cut):
    """Apply `cut` to the notebook at `source` and write the result to `path`."""
    nbformat.write(cut(nbformat.read(source, as_version=4)), path)
