"""The derivations of a submission: what stands below each `%%attempt`."""

import re

_MAGIC = re.compile(r"[ \t]*%%attempt[ \t]+([^\W\d]\w{0,99})[ \t]*$")


def attempts(cells):
    """For each derivation its lines, as they were handed in.

    The last attempt counts, but one that holds only comments does not replace one with lines.
    Blank lines and comments may stand before the magic.

    >>> from lossbook.grading.submissions.content import Cell
    >>> attempts([Cell("# my try\\n%%attempt mean\\n= a"), Cell("%%attempt mean\\n= b")])
    {'mean': '= b'}
    """
    found = {}
    for cell in cells:
        name, body = _attempt(cell.source)
        if name and (name not in found or _written(body) or not _written(found[name])):
            found[name] = body
    return found


def _attempt(source):
    """The name and the lines of an attempt; ("", "") where the cell is none."""
    lines = source.split("\n")
    for k, line in enumerate(lines):
        if magic := _MAGIC.match(line):
            return magic[1], "\n".join(lines[k + 1 :])
        if line.strip() and not line.lstrip().startswith("#"):
            break
    return "", ""


def _written(body):
    return any(line.strip() and not line.lstrip().startswith("%") for line in body.split("\n"))
