"""Whatever is handed in as a notebook is read, or said to be unreadable in one sentence."""

import ast
import json
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossbook.grading.submissions
from lossbook.grading.submissions import notebook
from lossbook.grading.submissions.attempts import attempts
from lossbook.grading.submissions.content import Cell, Reading, Unreadable
from lossbook.grading.submissions.notebook import read

ROOT = Path(__file__).parents[2]
EXERCISE = (ROOT / "exercises/02_squared_error_exercises.ipynb").read_bytes()


def cell(source, name="", kind="code", **more):
    return {"cell_type": kind, "id": name, "metadata": {}, "source": source, **more}


def file(*cells, **more):
    return json.dumps({"cells": list(cells), "nbformat": 4, **more}).encode()


def short(value):
    """A name for a row of a table, however long its input is."""
    return repr(value)[:30]


def sources(data, name="ada.ipynb"):
    return [one.source for one in read(data, name).cells]


def test_an_exercise_as_it_was_given_out():
    reading = read(EXERCISE, "02_squared_error.ipynb")
    assert reading.notes == []
    written = [c for c in json.loads(EXERCISE)["cells"] if c["cell_type"] == "code"]
    assert [c.source for c in reading.cells] == ["".join(c["source"]) for c in written]
    assert [c.name for c in reading.cells] == [c["id"] for c in written]


# ----------------------------------------------------------------------------- encodings

WORDS = "x = 'Übung naïve'  # “Größe” — 5 €"


@pytest.mark.parametrize(
    ("text", "codec", "note"),
    [
        ("x = 1  # 平方误差 ∑", "utf-8", ""),
        ("x = 1  # 平方误差 ∑", "utf-8-sig", ""),
        ("x = 1  # 平方误差 ∑", "utf-16", "UTF-16"),
        ("x = 1  # 平方误差 ∑", "utf-16-le", "UTF-16"),
        ("x = 1  # 平方误差 ∑", "utf-16-be", "UTF-16"),
        ("x = 1  # 平方误差 ∑", "utf-32", "UTF-32"),
        ("x = 1  # 平方误差", "gbk", "GB18030"),
        ("x = 1  # 残差 r² ∈ ℝ", "gb18030", "GB18030"),
        (WORDS, "cp1252", "Windows-1252"),
        ("x = 'Übung'  # für naïve Größe ±0.5 °", "latin-1", "Latin-1"),
        ("# pää, sää", "latin-1", "Latin-1"),  # two bytes at a time, and yet not Chinese
    ],
)
def test_encodings_are_told_apart(text, codec, note):
    data = json.dumps({"cells": [cell(text)]}, ensure_ascii=False).encode(codec)
    reading = read(data, "ada.ipynb")
    assert reading.cells[0].source == text
    assert reading.notes == ([f"It is not UTF-8; it was read as {note}."] if note else [])
    assert read((text + "\ny = 1").encode(codec), "a.py").notes == reading.notes


def test_one_damaged_byte_does_not_change_the_encoding():
    data = json.dumps({"cells": [cell("# " + "误差" * 20)]}, ensure_ascii=False).encode()
    reading = read(data.replace("差".encode(), b"\xe5\xff\xae", 1), "a.ipynb")
    assert reading.cells[0].source.endswith("误差" * 19)
    assert reading.notes == ["Some of its characters are damaged."]


# ---------------------------------------------------------------------------- unreadable


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (bytes(5000), "zeros"),
        (EXERCISE[: len(EXERCISE) // 2], "cut off"),
        (b'{"cells": [{"cell_type": "co', "cut off"),
        (b'{"cells": [tr', "cut off"),
        (b'{"cells": [}, "nbformat": 4, "nbformat_minor": 5}', "damaged: line 1"),
        (b'{"cells": [\n<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> mine\n]}', "git merge"),
        (b'{"answer": 42}', "no list of cells"),
        (b'{"cells": {"a": 1}}', "no list of cells"),
        (b"[1, 2, 3]", "no list of cells"),
        (b"null", "begins with `null`"),
        (b"I was ill.", "begins with `I was ill.`"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"PK\x03\x04abc", "Office document"),
        (b"<!DOCTYPE html><html>", "web page"),
        (bytes(range(256)) * 20, "binary"),
        (b"[" * 100_000, "nested"),
        (b'{"cells": ' + b'{"a":' * 100_000, "nested"),
        (file(cell("# Title", kind="markdown")), "no code cell"),
        (file(), "no code cell"),
    ],
    ids=short,
)
def test_an_unreadable_file_is_reported_in_one_sentence(data, word):
    with pytest.raises(Unreadable, match=word) as caught:
        read(data, "ada.ipynb")
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_too_little_memory_is_said(monkeypatch):
    def fails(text):
        raise MemoryError

    monkeypatch.setattr(notebook, "_first_value", fails)
    with pytest.raises(Unreadable, match="memory"):
        read(EXERCISE, "ada.ipynb")


# -------------------------------------------------------------------------- repaired, noted


@pytest.mark.parametrize(
    ("data", "expected", "note"),
    [
        (file(cell(["x = 1\n", "y = 2"])), ["x = 1\ny = 2"], ""),
        (file(cell(["x = 1", "y = 2"])), ["x = 1\ny = 2"], ""),  # lines that lost their ends
        (file(cell("x = 1\r\ny = 2\r")), ["x = 1\ny = 2\n"], ""),
        (file(cell("x", outputs=[{"text": "y" * 10**6}])), ["x"], ""),
        (file(cell("x")) + b"\n\n}} rest", ["x"], "after the end"),
        (file(cell("a"))[:-1] + b', "big": ' + b"9" * 5000 + b"}", ["a"], ""),  # int() refuses
        (b'{"cells": [{"cell_type": "code", "source": "a = [1,]", }, ], }', ["a = [1,]"], "comma"),
        (b'{"cells": [{"cell_type": "code", "source": "a\nb"}]}', ["a\nb"], ""),
        (file(cell("a\0b \ud800")), ["a\ufffdb \ufffd"], "2 characters"),
        (file(7, cell(5), cell(["a\n", 5, "b"]), cell("c")), ["a\nb", "c"], "3 cells of a form"),
        (file(cell("a", "q"), cell("b", "q")), ["a", "b"], "the name `q`"),
        (file(cell("x", "t", "markdown"), cell("y = 1")), ["y = 1"], ""),
        (file(cell("x = 1", "q-answer", "markdown")), ["x = 1"], "q-answer"),
        (file(cell("x = 1", "q-answer", "raw")), ["x = 1"], "q-answer"),
        (file(cell("x"), metadata={"kernelspec": {"language": "R"}}), ["x"], "`R`"),
        (EXERCISE + bytes(100), None, "100 zero bytes"),
    ],
    ids=short,
)
def test_what_is_clear_is_read(data, expected, note):
    reading = read(data, "ada.ipynb")
    if expected is not None:
        assert [one.source for one in reading.cells] == expected
    assert [note in one for one in reading.notes] == ([True] if note else [])


def test_an_answer_of_nbgrader_in_a_text_cell():
    """An answer cell that became text by mistake is code; a cell released as text is not."""
    grading = {"solution": True, "grade_id": "q1"}
    slip = cell("x = 1", kind="markdown", metadata={"nbgrader": grading})
    essay = cell(
        "I think", kind="markdown", metadata={"nbgrader": {**grading, "cell_type": "markdown"}}
    )
    assert read(file(slip, essay), "a.ipynb").cells == [Cell("x = 1", name="q1")]


def test_outputs_are_dropped_while_it_is_read():
    """Twenty megabytes of them are in memory as text, and not once more as values."""
    data = file(*(cell("x", outputs=[{"text": str(k) * 10**6}]) for k in range(10, 20)))
    tracemalloc.start()
    read(data, "a.ipynb")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5 * len(data)


def test_format_3_has_worksheets_and_calls_the_source_input():
    old = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a\n", "b"]}]}]}
    assert sources(json.dumps(old).encode()) == ["a\nb"]


def test_limits(monkeypatch):
    many = file(*[cell("x")] * (notebook.MOST_CELLS + 5))
    reading = read(many, "a.ipynb")
    assert len(reading.cells) == notebook.MOST_CELLS
    assert not reading.whole
    assert "2,005 code cells" in reading.notes[0]
    monkeypatch.setattr(notebook, "MOST_SOURCE", 10)
    reading = read(file(cell("x" * 6), cell("y" * 6), cell("z")), "a.ipynb")
    assert [one.source for one in reading.cells] == ["xxxxxx"]  # and not z: order is kept
    assert "cell 2 and those below" in reading.notes[0]
    with pytest.raises(Unreadable, match="first code cell"):
        read(file(cell("x" * 11)), "a.ipynb")


# -------------------------------------------------------------------------------- any input

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "worksheets",
                    "cell_type",
                    "source",
                    "input",
                    "metadata",
                    "id",
                    "nbgrader",
                    "grade_id",
                    "kernelspec",
                    "language",
                    "outputs",
                ]
            ),
            inner,
        )
    ),
)


def survives(data, name):
    try:
        reading = read(data, name)
    except Unreadable as error:
        no = str(error)
    else:
        no = ""
    if no:
        assert no.isprintable()
        assert no.endswith(".")
        return
    assert isinstance(reading, Reading)
    assert reading.cells
    for one in reading.cells:
        one.source.encode()  # no lone surrogates
        assert "\0" not in one.source
        assert one.name == "" or one.name.isprintable()
    assert all(note.endswith(".") and "\n" not in note for note in reading.notes)
    attempts(reading.cells)


@settings(max_examples=300, deadline=None)
@given(st.binary(), st.sampled_from(["a.ipynb", "a.py"]))
def test_any_bytes(data, name):
    survives(data, name)


@settings(max_examples=300, deadline=None)
@given(values, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "gb18030"]))
def test_any_json(value, codec):
    cells = json.dumps({"cells": [value, cell("x")], "metadata": value}, ensure_ascii=False)
    survives(cells.encode(codec, "surrogatepass" if codec != "gb18030" else "replace"), "a.ipynb")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text() | st.text("\n#% =ab'\\"), min_size=1))
def test_every_source_comes_back(texts):
    """Apart from line ends and characters that Python refuses."""
    back = sources(file(*map(cell, texts)))
    clean = [
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd") for text in texts
    ]
    assert back == clean


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(EXERCISE)), st.binary(max_size=8), st.integers(0, 8))
def test_an_exercise_with_an_accident(where, put, lost):
    survives(EXERCISE[:where] + put + EXERCISE[where + lost :], "a.ipynb")


def test_the_reader_needs_the_standard_library_only():
    """It runs in the locked room, where nothing else has to be trusted, or present."""
    folder = Path(lossbook.grading.submissions.__file__).parent
    for name in ("content", "decoding", "notebook", "script", "attempts"):
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                taken = {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                taken = {node.module.partition(".")[0]}
                if taken == {"lossbook"}:
                    assert node.module.startswith("lossbook.grading.submissions")
            else:
                continue
            assert taken <= sys.stdlib_module_names | {"lossbook"}
