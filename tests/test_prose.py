"""Every displayed equation is in a %%derive cell, or in a list with the reason why it is not."""

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.helpers.notebook_lint import CODE

NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))

# (notebook, tag, or the beginning of the LaTeX where there is none): why it is not checked
ALLOWED = {
    ("00_six_formulas.ipynb", "0.1"): "quoted from the note; section 1 asks what it is for",
    ("00_six_formulas.ipynb", "0.2"): "quoted from the note; section 2 shows it overflow",
    ("00_six_formulas.ipynb", "0.3"): "quoted from the note, with its slips; section 3 refutes it",
    ("00_six_formulas.ipynb", "0.4"): "quoted from the note, with its slip; section 4 repairs it",
    ("00_six_formulas.ipynb", "\\sigma(z)_j ="): "quoted from the note; the definition of softmax",
    ("01_what_a_loss_is.ipynb", "1.1"): "what a loss is; it claims nothing else",
    ("01_what_a_loss_is.ipynb", "1.2"): "the definition of the risk",
    ("01_what_a_loss_is.ipynb", "1.7"): "a definition, for any φ; a search on a grid follows it",
    ("02_squared_error.ipynb", "2.1"): "the book's definition; it claims nothing",
    ("03_entropy.ipynb", "3.6"): "a minimum over all forecasts; the cell before proves both halves",
    ("05_lagrangian.ipynb", "5.3"): "a problem to be solved; it claims nothing",
    ("05_lagrangian.ipynb", "5.5"): "a maximum over all prices; lg-5-check evaluates it",
    ("06_hinge.ipynb", "6.1"): "a problem to be solved; it claims nothing",
    ("06_hinge.ipynb", "6.3"): "a maximum over a box; (6.3a), (6.3b), a linear programme check it",
    ("08_one_picture.ipynb", "\\phi^*(-u) ="): "a definition; op-3-check compares it with a grid",
}

_ENVIRONMENTS = r"(?:equation|align|gather|multline|eqnarray)\*?"
_DISPLAYED = re.compile(
    rf"\$\$(.*?)\$\$|\\\[(.*?)\\\]|(\\begin\{{{_ENVIRONMENTS}\}}.*?\\end\{{{_ENVIRONMENTS}\}})",
    re.DOTALL,
)
_RELATION = re.compile(
    r"[=<>≤≥≠≈≡⇔⇒]"
    r"|\\(?:le|ge|leq|geq|leqslant|geqslant|lt|gt|ne|neq|approx|equiv|propto|sim"
    r"|iff|implies|Leftrightarrow|Rightarrow|Longleftrightarrow|Longrightarrow)(?![A-Za-z])"
)
_SCRIPT = re.compile(r"[_^]\s*\{[^{}]*\}")  # the i = 1 under a sum is no equation
_TAG = re.compile(r"\\tag\*?\s*\{([^{}]*)\}")


def unchecked(notebook):
    """Yield (cell id, name) of the displayed equations in Markdown: their tags, or their text."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for found in _DISPLAYED.finditer(CODE.sub("", cell.source)):
            latex = " ".join((found[1] or found[2] or found[3] or "").split())
            if _RELATION.search(_SCRIPT.sub("", latex)):
                yield from ((cell.id, name) for name in _TAG.findall(latex) or [latex])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_displayed_equation_is_checked_or_excused(path):
    allowed = tuple(name for notebook, name in ALLOWED if notebook == path.name)
    found = list(unchecked(nbformat.read(path, as_version=4)))
    loose = [f"{cell}: {name}" for cell, name in found if not _excused(name, allowed)]
    assert not loose, "\n".join(["put these into %%derive cells, or on the list", *loose])
    unused = [one for one in allowed if not any(_excused(name, [one]) for _, name in found)]
    assert not unused, f"no longer in {path.name}: {unused}"


def _excused(name, allowed):
    return any(name == one or ("\\" in one and name.startswith(one)) for one in allowed)


def test_excuses_have_a_notebook_and_a_reason():
    assert {notebook for notebook, _ in ALLOWED} <= {path.name for path in NOTEBOOKS}
    assert all(len(reason.split()) > 2 for reason in ALLOWED.values())


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("$$ a = b $$", ["a = b"]),
        ("text $$\n a^2 \\le\n b \\tag{9.1} $$ text", ["9.1"]),
        ("$$ a \\iff b $$ and $$ c > d $$", ["a \\iff b", "c > d"]),
        ("$$\\begin{align} a &= b \\tag{1a} \\\\ &\\ge c \\tag{1b} \\end{align}$$", ["1a", "1b"]),
        ("\\begin{align*}a &= b\\end{align*}", ["\\begin{align*}a &= b\\end{align*}"]),
        ("\\[ a ≤ b \\]", ["a ≤ b"]),
        ("$$ \\sum_{i=1}^{n} x_i $$", []),
        ("$$ \\left( a \\right) \\lambda $$", []),  # \left is not \le
        ("inline $a = b$ is prose", []),
        ("`$$ a = b $$` is code", []),
        ("```\n$$ a = b $$\n```", []),
    ],
)
def test_lint_finds_equations(source, names):
    made_up = new_notebook(cells=[new_markdown_cell(source, id="a-b")])
    assert list(unchecked(made_up)) == [("a-b", name) for name in names]


def test_lint_ignores_code_cells():
    made_up = new_notebook(cells=[new_code_cell("%%derive T\n$$ a = b $$")])
    assert list(unchecked(made_up)) == []
