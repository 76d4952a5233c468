"""A number of three digits or more in the text equals a number in the cells around it.

It is compared to its own decimals with the code and the outputs of the twelve cells before and
after, in an exercise also with those of its chapter. The others are computed here: an exception
is an expression that is evaluated. A number in a caption that is not in the cell's code was
computed by that code.
"""

import html
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from scipy import constants
from sklearn import datasets

from lossbook import information

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [
    path
    for folder in ("notebooks", "exercises", "exercises/solutions")
    for path in sorted(ROOT.glob(f"{folder}/*.ipynb"))
]
NEAR = 12

# (cell, number as it is written): what it is
COMPUTED = {
    ("ls-7-conventions", "0.69"): "log(2)",
    ("en-12-after", "0.6931"): "log(2)",
    ("sm-data-text", "150"): "len(iris)",
    ("sm-4-after", "2.303"): "log(10)",
    ("sm-8-after", "569"): "len(cancer)",
    ("sm-11-twice-after", "1.461"): "log(e + 9) - 1",
    ("sm-11-twice-after", "1.46"): "log(e + 9) - 1",
    ("sm-11-twice-after", "2.461"): "log(e + 9)",
    ("sm-12-temperature-after", "1347"): "len(digits) - 450",
    ("sm-13-after", "0.652"): "sqrt(1.7) / 2",
    ("sm-13-read", "0.652"): "sqrt(1.7) / 2",
    ("sm-traps-text", "16.12"): "-log(1e-7)",
    ("sm-paper-list", "0.500288"): "entropy([0.91] + 9 * [0.01])",
    ("lg-11-after", "1.304"): "sqrt(1.7)",
    ("lg-11-between", "1.21"): "(3.0 - 1.9) ** 2",
    ("hi-links", "2.54"): "inch * 100",
    ("dg-7-after", "0.63"): "1 - 0.999**1000",
    ("dg-13-end", "1.461"): "log(e + 9) - 1",
    ("dg-14-text", "70,000"): "60_000 + 10_000",
    ("op-traps-text", "569"): "len(cancer)",
    ("op-9-after", "0.14"): "sqrt(2 * 0.01)",
    ("op-quiz", "709.78"): "log(finfo('float64').max)",
    ("rf-1-after", "36.04"): "-log(finfo('float64').eps)",
    ("xop-tangent-height", "-1000"): "-1e3",
    ("xop-tangent-height", "1000"): "1e3",
    ("xdg-count-parameters-discussion", "9248"): "32 * (9 * 32 + 1)",
    ("xdg-count-parameters-discussion", "330"): "10 * 33",
    ("xdg-softmax-twice-discussion", "1.461"): "log(e + 9) - 1",
    ("xdg-softmax-twice-discussion", "5.909"): "log(e + 999) - 1",
}
NAMES = {
    **{name: getattr(np, name) for name in ("e", "exp", "finfo", "log", "log1p", "sqrt")},
    "entropy": information.entropy,
    "inch": constants.inch,
    "cancer": datasets.load_breast_cancer().target,
    "iris": datasets.load_iris().target,
    "digits": datasets.load_digits().target,
}

_NUMBER = re.compile(
    r"(?<![\w.^{])-?\d{1,3}(?:,\d{3})+(?!\d)"  # 70,000
    r"|(?<![\w.^{,])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w}])"
)
_NO_QUANTITY = re.compile(
    r"(?s:```.*?```)|`[^`]*`"  # code
    r"|\]\([^)]*\)"  # the address of a link
    r"|\(\d+\.\d+[a-z]?\)|\\tag\{[^}]*\}"  # an equation
    r"|\$C = \d+\$"  # a setting
    r"|(?m:\| \d+ \|$)"  # the time of a chapter, see test_main_path.py
    r"|\b\d+\.\d+\.\d+\b"  # a version
    r"|\b(?:1[6-9]|20)\d\d\b"  # a year
    r"|(?m:^#+ .*$)|(?m:^- [A-Z]\. .*$)"  # a heading; a book
    r"|(?i:\b(?:sections?|chapters?|figures?|page|exercise|flowers?) [\d.]+"
    r"(?:(?:,| and| to) [\d.]+)*)"
)
_CAPTION = re.compile(r"<p style.*?</p>", re.DOTALL)


def quantities(text):
    """The numbers of a text, as they are written, and whether each is a percentage."""
    text = re.sub(r"(\d) \\cdot 10\^\{?(-?\d+)\}?", r"\1e\2", text.replace("−", "-"))
    for found in _NUMBER.finditer(text.replace("{,}", ",")):
        yield found[0], text[found.end() : found.end() + 3].lstrip(" \\").startswith("%")


def value(written):
    return abs(float(written.replace(",", "")))


def agrees(written, exact):
    """Whether `exact` is the number `written`, to its own decimals."""
    head, _, power = written.partition("e")
    half = 0.5 * 10.0 ** (int(power or 0) - len(head.partition(".")[2]))
    return abs(abs(exact) - value(written)) <= half * (1 + 1e-6)


def printed(output):
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return re.sub(r"What to see:.*", "", text)


def around(cells):
    """The numbers in the code and in the outputs of `cells`."""
    code = [cell for cell in cells if cell.cell_type == "code"]
    texts = [cell.source.replace("_", "") for cell in code]
    texts += [printed(output) for cell in code for output in cell.outputs]
    return {value(number) for text in texts for number, _ in quantities(text)}


def said(cell):
    """The numbers of three digits or more, and the percentages, in a text or in a caption."""
    if cell.cell_type == "markdown":
        text, typed = cell.source, None
    else:
        shown = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        text = html.unescape(re.sub("<[^>]+>", "", " ".join(_CAPTION.findall(shown))))
        typed = {number for number, _ in quantities(cell.source)}
    for number, percent in quantities(_NO_QUANTITY.sub(" ", text)):
        long = len(re.sub(r"\D", "", number.partition("e")[0])) >= 3
        if (long or percent) and (typed is None or number in typed):
            yield number, percent


def loose(cells, more=()):
    """Yield (cell id, number) for what no number nearby agrees with."""
    for at, cell in enumerate(cells):
        nearby = around([*cells[max(0, at - NEAR) : at + NEAR + 1], *more])
        for number, percent in said(cell):
            scales = (1, 100) if percent else (1,)
            if not any(agrees(number, exact * scale) for exact in nearby for scale in scales):
                yield cell.id, number


def read(path):
    return nbformat.read(path, as_version=4).cells


@pytest.fixture(scope="module")
def loose_numbers():
    found = set()
    for path in NOTEBOOKS:
        chapter = ROOT / "notebooks" / path.name
        more = [] if path == chapter else read(next(ROOT.glob(f"notebooks/{path.name[:2]}_*")))
        found |= set(loose(read(path), more))
    return found


def test_numbers_in_the_text_are_those_of_the_cells_around(loose_numbers):
    assert sorted(loose_numbers - COMPUTED.keys()) == []


def test_every_exception_is_needed(loose_numbers):
    assert sorted(COMPUTED.keys() - loose_numbers) == []


@pytest.mark.parametrize(("cell", "number"), COMPUTED)
def test_the_other_numbers_are_what_the_expression_says(cell, number):
    exact = eval(COMPUTED[cell, number], {"__builtins__": {"len": len, "max": max}}, NAMES)
    assert agrees(number, float(exact))


CODE = new_code_cell("x = 1_234", outputs=[new_output("stream", text="0.12345 and 0.5\n")])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1.234 \\cdot 10^3$, 1,234 and 0.123", []),
        ("0.1236 is 12 % or 50 \\%", ["0.1236"]),
        ("0.124, 12.4 % and 1,235", ["0.124", "12.4", "1,235"]),
        ("In 2006, figure 9.99, (9.99a), `9.99`, [a](9.99) and version 9.99.1", []),
        ("## 9.99 again\n\n- A. Book, 999 pages", []),
        ("12 and 7.5 are short", []),
    ],
)
def test_the_lint(text, expected):
    assert [number for _, number in loose([new_markdown_cell(text), CODE])] == expected


def test_a_caption_is_held_to_what_is_typed_and_not_to_what_is_computed():
    shown = {"text/html": "<p style=''>At 0.777 and 0.888.</p>"}
    cell = new_code_cell("see = f'At 0.777 and {y}'", outputs=[new_output("display_data", shown)])
    assert [number for number, _ in said(cell)] == ["0.777"]
