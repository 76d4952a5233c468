"""A table that a spreadsheet has saved, in whichever of its ways.

With or without a byte order mark, UTF-8 or UTF-16; commas, semicolons or tabs between the cells.
"""

import codecs
import csv
import io
from pathlib import Path

_LARGEST = 10_000_000  # bytes; a table of points is far smaller


def read_rows(path, columns):
    """The rows of a table that are not empty, as a list of (line number, dict column → text).

    columns : names that must stand in the first line, in any order, in any case, among others
    Raises ValueError where the file is no such table, and says what to do about it.
    """
    text = _text(Path(path))
    skipped = 0
    if text.lower().startswith("sep="):  # Excel's way to name the separator
        text, skipped = text.partition("\n")[2], 1
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [cell.strip().lower() for cell in next(lines, [])]
        _check_head(path, names, columns)
        found = []
        for cells in lines:
            if any(cell.strip() for cell in cells):
                found.append((lines.line_num + skipped, _row(path, names, cells, lines, skipped)))
    except csv.Error as error:
        line = lines.line_num + skipped
        raise ValueError(f"{path}, line {line}: the quotation marks do not fit ({error})") from None
    return found


def _text(path):
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise ValueError(f"{path} is too large for a table of points: {len(data)} bytes")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(
            f"{path} is neither UTF-8 nor UTF-16, so names would be misread; "
            "in Excel, save it as 'CSV UTF-8'"
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_head(path, names, columns):
    missing = [column for column in columns if column not in names]
    if missing:
        raise ValueError(
            f"{path}: the first line must name the columns {', '.join(columns)}; "
            f"{', '.join(missing)} is missing"
        )
    twice = [column for column in columns if names.count(column) > 1]
    if twice:
        raise ValueError(f"{path}: the column {twice[0]} stands there twice")


def _row(path, names, cells, lines, skipped):
    if any(cell.strip() for cell in cells[len(names) :]):
        raise ValueError(
            f"{path}, line {lines.line_num + skipped}: there are {len(cells)} cells for "
            f"{len(names)} columns; a text or number with a comma in it needs quotation marks"
        )
    return dict(zip(names, [*map(str.strip, cells), *[""] * len(names)], strict=False))
