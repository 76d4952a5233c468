"""Files that are broken, or are no notebook: each is graded as far as it goes, or says why not."""

import gzip
import io
import json
import os
import zipfile
from functools import partial

from tests.attacks.attack import EXERCISES, NOTHING, Attack, start

_SAYS = r"\w+ \w+ \w+"  # a sentence, whatever it is

malformed = partial(Attack, family="malformed")


def unreadable(name, data, message=_SAYS, **more):
    """A file of which nothing can be graded: blank, and never 0."""
    return malformed(name, data=data, status="blank", message=message, **more)


def odd(name, data, message=_SAYS, **more):
    """A file that can be read with some patience: full points."""
    return malformed(name, data=data, message=message, **more)


def _bytes(notebook):
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def _text(notebook):
    return json.dumps(notebook, ensure_ascii=False, indent=1)


def _with(notebook, **changes):
    return _bytes({**notebook, **changes})


def _of(data):
    """The same bytes, whatever the honest notebook is."""
    return lambda notebook: data


def _code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def _each(change):
    """The notebook after `change(cell)` of every code cell."""

    def data(notebook):
        for cell in _code(notebook):
            change(cell)
        return _bytes(notebook)

    return data


def _extra(*cells):
    """The notebook with more cells at its end, given as they are in the file."""
    return lambda notebook: _with(notebook, cells=notebook["cells"] + list(cells))


def _says(source):
    return {"cell_type": "code", "id": "more", "metadata": {}, "outputs": [],
            "execution_count": None, "source": source}  # fmt: skip


# ------------------------------------------------------------------------------ how they are made


def _zip_bomb(notebook):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for k in range(4):
            archive.writestr(f"../../{k}.ipynb", bytes(20 << 20))
    return packed.getvalue()


def _merge_markers(notebook):
    lines = _text(notebook).splitlines()
    half = len(lines) // 2
    both = ["<<<<<<< HEAD", lines[half], "=======", lines[half], ">>>>>>> theirs"]
    return "\n".join([*lines[:half], *both, *lines[half + 1 :]]).encode()


def _duplicate_keys(notebook):
    text = _text(notebook).rstrip()
    return (text[:-1] + ', "cells": []}').encode()


def _large_outputs(notebook):
    text = "x" * (1 << 20) + "\n"
    output = {"output_type": "stream", "name": "stdout", "text": [text] * 10}
    for cell in _code(notebook)[:15]:
        cell["outputs"] = [output]
    return _bytes(notebook)


def _version_3(notebook):
    cells = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cells.append({**cell, "input": cell["source"], "language": "python"})
            del cells[-1]["source"]
        else:
            cells.append(cell)
    return _bytes({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""},
                   "worksheets": [{"cells": cells, "metadata": {}}]})  # fmt: skip


def _as_script(notebook):
    return "\n\n".join(
        "# %%\n" + cell["source"] for cell in _code(notebook) if "%%" not in cell["source"]
    ).encode()


def _metadata_that_lies(notebook):
    notebook["metadata"] |= {"student": "honest-1", "score": 14, "kernelspec": {"name": "../sh"}}
    for cell in _code(notebook):
        cell["metadata"] = {"nbgrader": {"grade": True, "points": 1e9, "score": 1e9,
                                         "grade_id": "x", "solution": True, "locked": "no",
                                         "schema_version": "9"}, "tags": 7}  # fmt: skip
    return _bytes(notebook)


def _no_answers(notebook):
    for cell in _code(notebook):
        if cell["id"].endswith("-answer"):
            cell["source"] = ""
    return _bytes(notebook)


def _types_everywhere(notebook):
    code = {"cell_type": "code"}
    odd_cells = [1, None, "cell", [], {}, {"cell_type": ["code"]}, code, code | {"source": 7},
                 code | {"source": {"a": 1}}, code | {"source": [1, None, ["x"]], "id": {}},
                 code | {"source": [], "outputs": "none", "metadata": None}]  # fmt: skip
    return _with(notebook, cells=odd_cells + notebook["cells"], metadata=[1], nbformat="four")


def _folder(path, notebook, canary):
    (path / "inner").mkdir(parents=True)


def _link(path, notebook, canary):
    path.symlink_to(canary["files"][3])


def _pipe(path, notebook, canary):
    if not hasattr(os, "mkfifo"):
        raise OSError("this machine has no named pipes")
    os.mkfifo(path)


def _renamed(name):
    return malformed(f"is called {name[:20]!r}", file=name, cells=(start("pass"),),
                     never=("<img src=x", "\x1b]0;"))  # fmt: skip


ATTACKS = (
    # ------------------------------------------------------------------------ no notebook
    unreadable("an empty file", _of(b""), r"empty"),
    unreadable("nothing but blanks", _of(b" \n\t" * 1000), r"empty|nothing|blank"),
    unreadable("nothing but zeros", _of(bytes(10_000))),
    unreadable("cut off in the middle", lambda n: _bytes(n)[: len(_bytes(n)) // 2], r"cut off"),
    unreadable("merge markers", _merge_markers, r"merge|<<<<|conflict"),
    unreadable("a letter to the teacher", _of("Sorry, my computer broke. 😢".encode())),
    unreadable("a PDF", _of(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF")),
    unreadable("a picture", _of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(500))),
    unreadable("a page that asks to log in", _of(b"<!DOCTYPE html><title>Log in</title>")),
    unreadable("a packed bomb with another name", _zip_bomb),
    unreadable("a packed notebook", lambda n: gzip.compress(_bytes(n))),
    unreadable("a list", _of(b"[1, 2, 3]")),
    unreadable("null", _of(b"null")),
    unreadable("an object with nothing in it", _of(b"{}")),
    unreadable("cells that are no list", lambda n: _with(n, cells={"0": n["cells"]})),
    unreadable("cells that are text", lambda n: _with(n, cells="import os")),
    unreadable("100,000 brackets", _of(b"[" * 100_000 + b"]" * 100_000)),
    unreadable("a million braces in the place of the cells",
        _of(b'{"nbformat": 4, "cells": ' + b'[{"a":' * 200_000)),
    unreadable("a second list of cells, empty", _duplicate_keys),
    # ------------------------------------------------------------------ odd, and readable
    odd("UTF-16", lambda n: _text(n).encode("utf-16")),
    odd("UTF-16 without its mark", lambda n: _text(n).encode("utf-16-le")),
    odd("UTF-32", lambda n: _text(n).encode("utf-32")),
    odd("UTF-8 with a mark", lambda n: _text(n).encode("utf-8-sig"), message=""),
    odd("Latin-1", lambda n: _text(n).encode("latin-1", "replace"), r"latin|utf-8"),
    odd("some bytes are broken", lambda n: _bytes(n).replace(b"overflow", b"overfl\xff\xfew")),
    odd("lone halves of characters", lambda n: json.dumps(
        {**n, "cells": [*n["cells"], _says("x = '\ud800'  # \udfff")]}).encode(), message=""),
    odd("infinity and NaN in the metadata",
        lambda n: json.dumps({**n, "metadata": {"a": float("nan"), "b": float("inf")}}).encode(),
        message=""),
    odd("a number of a million digits",
        lambda n: b'{"x": ' + b"9" * 10 ** 6 + b", " + _bytes(n)[1:]),
    odd("wrong types everywhere", _types_everywhere, message=""),
    odd("version 3", _version_3, r"old|nbformat 3|version 3"),
    odd("version 99", lambda n: _with(n, nbformat=99), message=""),
    odd("no version", lambda n: _bytes({"cells": n["cells"]}), message=""),
    odd("written for another language",
        lambda n: _with(n, metadata={"kernelspec": {"name": "ir", "language": "R"}}), message=""),
    odd("sources in pieces of one sign", _each(lambda c: c.update(source=list(c["source"]))),
        message=""),
    odd("lines end as on old machines",
        _each(lambda c: c.update(source=c["source"].replace("\n", "\r\n"))), message=""),
    odd("one name for all cells", _each(lambda c: c.update(id="a")), r"more than one cell"),
    odd("metadata that lies", _metadata_that_lies, message=""),
    odd("150 MB of old outputs", _large_outputs),
    odd("50,000 empty cells", lambda n: _with(n, cells=n["cells"] + [_says("")] * 50_000),
        message=""),
    odd("50,000 cells", lambda n: _with(n, cells=[_says("pass")] * 50_000 + n["cells"]),
        message="first 2,000", earns=NOTHING),
    odd("a cell of 5 MB", _extra(_says("x = '" + "x" * (5 << 20) + "'")), "left out"),
    odd("a sum of 200,000 terms", _extra(_says("x = " + "+".join("1" * 200_000))), message="",
        status="graded|partly run"),
    odd("10,000 brackets in a cell", _extra(_says("(" * 10_000 + ")" * 10_000)), message="",
        status="graded|partly run"),
    odd("zeros, marks and page breaks in a cell",
        _extra(_says("x = 1\0\n\u2028y = 2\x0c\n\ufeffz = '\u202e'")), message=""),
    odd("a cell that is not Python", _extra(_says("library(tidyverse)\nx <- c(1, 2"), _says("?")),
        message=""),
    odd("scripts in the text and in the outputs", lambda n: _with(n, cells=[*n["cells"], {
            "cell_type": "markdown", "id": "m", "metadata": {},
            "source": "<script>breached()</script><img src=x onerror=breached()>",
        }, {**_says("1"), "outputs": [{"output_type": "display_data", "metadata": {},
            "data": {"text/html": "<script>breached()</script>"}}]}]), message="",
        never=("<script>breached", "<img src=x onerror")),
    odd("the exercises without an answer", _no_answers, r"not yet|nothing", earns=NOTHING),
    odd("a plain Python file", _as_script, earns={EXERCISES[1]: 0}, file="answers.py"),
    # -------------------------------------------------------------------- names and places
    malformed("a folder with the name of a notebook", lay=_folder, status="blank", message=_SAYS),
    malformed("a link to the neighbour", lay=_link, status="blank", message=_SAYS),
    malformed("a pipe without a writer", lay=_pipe, status="blank", message=_SAYS),
    _renamed("=cmd|' !A0.ipynb"),
    _renamed("<img src=x onerror=breached()>.ipynb"),
    _renamed("-rf.ipynb"),
    _renamed("\x1b]0;title\x07\n\u202egpj.ipynb"),
    _renamed("squared error (1) (2).IPYNB"),
    _renamed("ü" * 120 + ".ipynb"),
)  # fmt: skip
