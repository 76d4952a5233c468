"""Read a notebook as a page of the website: folded, with targets and links of equations."""

import json
import re
from functools import cache
from pathlib import Path

import nbformat
from nbformat.v4 import new_markdown_cell

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
COLLAPSED = "jp-MarkdownHeadingCollapsed"

TAG = re.compile(r"\\tag\{(\d+\.\d+[a-z]?)\}")
HEADING = re.compile(r"(#{1,6}) +(.*)")
DISPLAYED = re.compile(r"\$\$(.*?)\$\$", re.DOTALL)
FORMULA = re.compile(r"\$([^$\n]+)\$")
SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
REFERENCE = re.compile(r"(?<![\w\])])\((\d\.\d{1,2}[a-z]?)\)(?!\()")
# Where "(6.2)" is no equation of the course: formulas, code, links, HTML, and other books.
NO_REFERENCE = re.compile(
    r"(\$\$.*?\$\$|\$[^$\n]*\$|```.*?```|`[^`\n]*`|\[[^\]\n]*\]\([^)\n]*\)|<[^>\n]+>"
    r"|西瓜书[^.;\n]*)",
    re.DOTALL,
)


def read(text):
    """The notebook in this text, changed for Sphinx."""
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    is_chapter = not notebook.cells[0].id.startswith("x")  # the ids of exercises do
    cells, labelled = [], set()
    for cell in notebook.cells:
        tags = dict.fromkeys(TAG.findall(cell.source)) if is_chapter else {}
        # The solution of a blank repeats the label; links lead to the blank.
        targets = "\n".join(target(tag) for tag in tags if tag not in labelled)
        labelled.update(tags)
        if cell.cell_type == "code":
            if targets:
                cells.append(new_markdown_cell(targets, id=f"target-{cell.id}"))
            change_code(cell)
        else:
            change_markdown(cell, targets)
        cells.append(cell)
    notebook.cells = list(closed_sections(cells))
    return notebook


def target(tag):
    """A label that Sphinx knows on every page, and the anchor that it leads to."""
    return f'(eq-{tag})=\n<a id="eq-{tag.replace(".", "-")}"></a>\n'


def change_code(cell):
    """Fold the code as in JupyterLab; give a picture the text that describes it."""
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        cell.metadata.setdefault("tags", []).append("hide-input")
    texts = [output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    captions = [text for text in texts if "What to see:" in text]
    if captions:
        alt = " ".join(captions[0].splitlines()[:2])
        cell.metadata["mystnb"] = {"image": {"alt": alt, "width": "640px"}}


def change_markdown(cell, targets):
    source = link_equations(SUMMARY.sub(lambda m: html_formulas(m[0]), cell.source))
    # Sphinx sets a formula of several lines as `split`, in which no \tag is allowed.
    source = DISPLAYED.sub(unsplit, source)
    if targets:
        heading = HEADING.match(source)
        first = source[: heading.end()] + "\n\n" if heading else ""
        source = f"{first}{targets}\n\n{source.removeprefix(first.rstrip())}"
    cell.source = source


def unsplit(displayed):
    body = displayed[1].strip("\n")
    if r"\tag{" not in body:
        return displayed[0]
    return f"\\begin{{equation}}\n{body}\n\\end{{equation}}"


def html_formulas(text):
    """Markdown leaves formulas within HTML alone, so they are marked as Sphinx marks them."""
    return FORMULA.sub(r'<span class="math notranslate nohighlight">\\(\1\\)</span>', text)


def link_equations(source):
    """Make "(5.8)" a link to the equation, on whichever page it is."""
    parts = NO_REFERENCE.split(source)
    for i in range(0, len(parts), 2):
        parts[i] = REFERENCE.sub(
            lambda m: f"{{ref}}`{m[0]} <eq-{m[1]}>`" if m[1] in equations() else m[0], parts[i]
        )
    return "".join(parts)


@cache
def equations():
    """The numbers of all equations of the course."""
    cells = [
        cell
        for path in sorted(NOTEBOOKS.glob("*.ipynb"))
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]
    return {tag for cell in cells for tag in TAG.findall("".join(cell["source"]))}


def closed_sections(cells):
    """A collapsed heading becomes the summary of a fold that holds the cells of its section.

    Raw HTML over several cells works only where Sphinx opens no section within it, so the headings
    inside are HTML, too.
    """
    level = 0
    for cell in cells:
        heading = HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        if level and heading and len(heading[1]) <= level:
            yield new_markdown_cell("</details>", id=f"end-{cell.id}")
            level = 0
        if heading and (level or cell.metadata.get(COLLAPSED)):
            title, rest = html_formulas(heading[2]), cell.source[heading.end() :]
            if level:
                cell.source = (
                    f'<p class="heading" role="heading" aria-level="4">{title}</p>\n{rest}'
                )
            else:
                level = len(heading[1])
                cell.source = f'<details class="more"><summary>{title}</summary>\n{rest}'
        yield cell
    if level:
        yield new_markdown_cell("</details>", id="end-of-page")
