"""What a student wrote, cell by cell, with line numbers; and what a check showed, line by line."""

from lossbook.grading.reports.text import counted, escaped

# A page must open at once, whatever was handed in. Honest notebooks stay far below all of these.
_CELL, _CELL_LINES, _LINE = 40_000, 1000, 2000
_ALL, _CELLS = 120_000, 300


def cells(sources):
    """The code cells of a submission as HTML, numbered from 1; empty ones are left out."""
    made, left = [], _ALL
    written = [(at, source) for at, source in enumerate(sources, start=1) if source.strip()]
    for shown, (at, source) in enumerate(written):
        if shown == _CELLS or left <= 0:
            rest = counted(len(written) - shown, "more code cell")
            made.append(f'<p class="cut">… cut: {rest}. The file as handed in has them.</p>')
            break
        kept = source[: min(_CELL, left)]
        left -= len(kept)
        made.append(
            f'<section class="cell"><h3>Code cell {at}</h3>'
            f"{_numbered(kept, len(source) - len(kept))}</section>"
        )
    return "".join(made)


def _numbered(source, more):
    """One element for each line: the style sheet counts them, so a copy has no numbers in it."""
    lines = source.replace("\r\n", "\n").strip("\n").split("\n")
    # An element, and not a text, is cut by the browser: the newline is for those who copy.
    made = [f"<span>{escaped(line, _LINE)}\n</span>" for line in lines[:_CELL_LINES]]
    body = f'<pre class="code"><code>{"".join(made)}</code></pre>'
    more += sum(len(line) + 1 for line in lines[_CELL_LINES:])
    return body + (f'<p class="cut">… cut: {more:,} more characters</p>' if more else "")


def block(lines, most=40):
    """A fixed-width block of lines, such as the failing call, yours and the expected value."""
    made = [f"<span>{escaped(line, 1000)}\n</span>" for line in lines[:most]]
    if len(lines) > most:
        made.append(f"<span>… cut: {counted(len(lines) - most, 'more line')}\n</span>")
    return f'<pre class="shown"><code>{"".join(made)}</code></pre>'
