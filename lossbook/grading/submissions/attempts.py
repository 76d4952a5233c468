"""The derivations of a submission: the lines below each `%%attempt`."""

import re

_MAGIC = re.compile(r"[ \t]*%%attempt[ \t]+([^\W\d]\w{0,99})[ \t]*$")


def attempts(cells):
    """Exercise → the lines of its derivation, as they were handed in.

    The last attempt counts, but one with comments only does not replace one with lines. Blank
    lines and comments may precede the magic.

    >>> from lossbook.grading.submissions.content import Cell
    >>> attempts([Cell("# my try\\n%%attempt mean\\n= a"), Cell("%%attempt mean\\n= b")])
    {'mean': '= b'}
    """
    found = {}
    for cell in cells:
        name, body = _attempt(cell.source)
        if name and (name not in found or _has_lines(body) or not _has_lines(found[name])):
            found[name] = body
    return found


def _attempt(source):
    """The name and the lines of an attempt; ("", "") for any other cell."""
    lines = source.split("\n")
    for k, line in enumerate(lines):
        if magic := _MAGIC.match(line):
            return magic[1], "\n".join(lines[k + 1 :])
        if line.strip() and not line.lstrip().startswith("#"):
            break
    return "", ""


def _has_lines(body):
    return any(line.strip() and not line.lstrip().startswith("%") for line in body.split("\n"))
