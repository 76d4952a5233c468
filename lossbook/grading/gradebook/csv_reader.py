"""Read a table saved by any spreadsheet: UTF-8 or UTF-16, with commas, semicolons or tabs."""

import codecs
import csv
import io
import os
from pathlib import Path

_LARGEST = 10_000_000  # bytes; a table of points is far smaller


def read_rows(
    path: str | os.PathLike, columns: tuple[str, ...] = ()
) -> list[tuple[int, dict[str, str]]]:
    """The non-empty rows of a table, each with its line number, as column → text.

    columns : names that the first line must contain, in any order and case
    Raises ValueError where the file is not such a table, and says how to fix it.
    """
    text = _text(Path(path))
    skipped = 0
    if text.lower().startswith("sep="):  # Excel's line that names the separator
        text, skipped = text.partition("\n")[2], 1
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        names = [cell.strip().lower() for cell in next(lines, [])]
        _check_header(path, names, columns)
        rows = []
        for cells in lines:
            if any(cell.strip() for cell in cells):
                line = lines.line_num + skipped
                rows.append((line, _row(f"{path}, line {line}", names, cells)))
    except csv.Error as error:
        where = f"{path}, line {lines.line_num + skipped}"
        raise ValueError(f"{where}: the quotation marks do not match ({error})") from None
    return rows


def _text(path):
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    if len(data) > _LARGEST:
        raise ValueError(f"{path} is too large for such a table: {len(data)} bytes")
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


def _check_header(path, names, columns):
    missing = [column for column in columns if column not in names]
    if missing:
        raise ValueError(
            f"{path}: the first line must name the columns {', '.join(columns)}; "
            f"{', '.join(missing)} is missing"
        )
    repeated = [column for column in columns if names.count(column) > 1]
    if repeated:
        raise ValueError(f"{path}: there are two columns {repeated[0]}")


def _row(where, names, cells):
    if any(cell.strip() for cell in cells[len(names) :]):
        raise ValueError(
            f"{where}: there are {len(cells)} cells for {len(names)} columns; a text or number "
            "with a comma in it needs quotation marks"
        )
    return dict(zip(names, [*map(str.strip, cells), *[""] * len(names)], strict=False))
