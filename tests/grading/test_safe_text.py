"""Text from a submission is safe in file names, tables and terminals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossbook.grading.gradebook.record import record_name
from lossbook.grading.safe_text import safe_name, visible


@pytest.mark.parametrize(
    ("student", "readable"),
    [
        ("Ada Lovelace", "ada-lovelace"),
        ("../../x", "x"),
        ("..\\..\\C:\\x", "c-x"),
        ("CON", "con"),  # a device of Windows; the hash makes it an ordinary name
        ("a/b\nc\x00d", "a-b-c-d"),
        (".hidden", "hidden"),
        ("周志华", "周志华"),
        ("Zoë", "zoë"),
        ("", ""),
        ("🙂", ""),
        ("\udce9", ""),  # a byte of Latin-1 in a file name that should be UTF-8
        ("x" * 300, "x" * 24),
        ("𝒳" * 300, "𝒳" * 24),
    ],
)
def test_a_name_becomes_a_safe_and_readable_file_name(student, readable):
    name = safe_name(student)
    assert name.rpartition("-")[0] == readable
    assert len(record_name(student, "02").encode()) < 143  # eCryptfs, the shortest known limit


def test_similar_names_get_different_files():
    similar = ["ada", "Ada", "ADA", "a da", "a-da", "ada ", "a" * 300, "a" * 301, "", " ", "-", "."]
    assert len({safe_name(name) for name in similar}) == len(similar)


@given(st.text(), st.text())
def test_file_names_are_safe_and_different_for_different_names(one, other):
    name = safe_name(one)
    assert all(char.isalnum() or char == "-" for char in name)
    assert name == name.casefold()
    assert (name == safe_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u202egnp.exe", "U+202Egnp.exe"),
        ("a\u200bb", "aU+200Bb"),
        ("\x00", "U+0000"),
        ("\x1b[31m", "U+001B[31m"),
        ("\ufeff", "U+FEFF"),
        ("\U000e0041", "U+E0041"),  # a tag character: invisible ASCII
        ("\u3164", "U+3164"),  # a Hangul filler: a letter without ink
        ("tab\tand\nline", "tab\tand\nline"),
        ("Zoë 李小龙 محمد", "Zoë 李小龙 محمد"),
        ("👍🏽 ❤️", "👍🏽 ❤️"),
        ("Z" + "\u0301" * 50, "Z" + "\u0301" * 3 + "\ufffd"),
    ],
)
def test_invisible_characters_are_written_out(text, shown):
    assert visible(text) == shown
