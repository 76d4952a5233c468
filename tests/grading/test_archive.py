"""A zip file from a stranger writes into one folder only, and not too much."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbook.grading.submissions import archive
from lossbook.grading.submissions.archive import ArchiveError, ArchiveLimits, unpack


def packed(entries, method=zipfile.ZIP_DEFLATED):
    """The bytes of a zip file; entries are (name or ZipInfo, content)."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in entries:
            if isinstance(name, str):
                info = zipfile.ZipInfo("x", (2025, 3, 1, 12, 0, 0))
                info.filename, info.compress_type = name, method
                name = info
            file.writestr(name, content)
    return made.getvalue()


def opened(folder, data, **more):
    (folder / "given.zip").write_bytes(data)
    return unpack(folder / "given.zip", folder / "in" / "here", **more)


def everything(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_ordinary_one(tmp_path):
    data = packed([("a/", ""), ("a/b.ipynb", "one"), ("c.py", "two"), ("d.csv", "three")])
    entries = opened(tmp_path, data, wanted=lambda parts: parts[-1] != "d.csv")
    assert [one.parts for one in entries] == [("a", "b.ipynb"), ("c.py",), ("d.csv",)]
    assert [one.path and one.path.read_text() for one in entries] == ["one", "two", None]
    assert {one.why for one in entries} == {""}
    assert entries[0].mtime == 1740830400  # 2025-03-01 12:00, taken for UTC
    assert everything(tmp_path) == {"given.zip", "in/here/000000", "in/here/000001"}


@pytest.mark.parametrize(
    "name",
    [
        "../out.py",
        "a/../../out.py",
        "/etc/out.py",
        "C:\\out.py",
        "C:out.py",
        "..\\..\\out.py",
        "\\\\server\\share\\out.py",
        "..",
        "a/..",
    ],
)
def test_a_name_that_points_out_of_the_archive(tmp_path, name):
    bad, good = opened(tmp_path, packed([(name, "bad"), ("good.py", "good")]))
    assert "points out of the archive" in bad.why
    assert bad.path is None
    assert ".." not in bad.parts
    assert good.path.read_text() == "good"
    assert everything(tmp_path) == {"given.zip", "in/here/000000"}


@pytest.mark.parametrize(
    "name", ["CON.py", "abc:d.py", "x" * 250 + ".py", "a\nb.py", "ü/名.py", "nul"]
)
def test_names_that_never_reach_the_disk(tmp_path, name):
    (entry,) = opened(tmp_path, packed([(name, "x")]))
    assert entry.parts == tuple(name.split("/"))
    assert everything(tmp_path) == {"given.zip", "in/here/000000"}


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 30 + "b"])
def test_names_that_are_too_long(tmp_path, name):
    (entry,) = opened(tmp_path, packed([(name, "x")]))
    assert entry.why == "Its name is too long."


def test_an_empty_name(tmp_path):
    data = packed([("?.py", "bad"), ("good.py", "good")]).replace(b"?.py", b"\0.py")
    bad, good = opened(tmp_path, data)
    assert bad.why
    assert good.path.read_text() == "good"


def special(kind):
    info = zipfile.ZipInfo("a.ipynb")
    info.create_system, info.external_attr = 3, (kind | 0o644) << 16
    return info


@pytest.mark.parametrize(
    ("kind", "word"),
    [(stat.S_IFLNK, "link"), (stat.S_IFIFO, "ordinary"), (stat.S_IFCHR, "ordinary")],
)
def test_links_and_devices(tmp_path, kind, word):
    (entry,) = opened(tmp_path, packed([(special(kind), "/etc/passwd")]))
    assert word in entry.why
    assert everything(tmp_path) == {"given.zip"}


def test_two_entries_of_one_name(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        data = packed([("a.py", "old"), ("a.py", "new")])
    (entry,) = opened(tmp_path, data)
    assert entry.path.read_text() == "new"
    assert len(everything(tmp_path)) == 2


def test_an_entry_that_is_encrypted_and_one_that_is_damaged(tmp_path):
    data = bytearray(packed([("a.py", "one" * 9), ("b.py", "two" * 9)], zipfile.ZIP_STORED))
    data[data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02")) + 8] |= 1  # a's flags
    data[data.index(b"twotwo")] ^= 1
    locked, damaged = opened(tmp_path, bytes(data))
    assert locked.why == "It is encrypted."
    assert damaged.why == "It is damaged in the archive."
    assert everything(tmp_path) == {"given.zip"}


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_the_two_ordinary_methods(tmp_path, method):
    """The others unpack in one go, however much it becomes."""
    (entry,) = opened(tmp_path, packed([("a.py", bytes(10**6))], method))
    assert "few programs" in entry.why


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"", "no zip archive"),
        (b"not a zip", "no zip archive"),
        (packed([("a.py", "x" * 1000)])[:-30], "no zip archive"),
        (b"PK\x05\x06", "no zip archive"),
    ],
)
def test_what_is_no_zip_archive(tmp_path, start, word):
    with pytest.raises(ArchiveError, match=word):
        opened(tmp_path, start)


# ------------------------------------------------------------------------------- bombs


def test_one_file_that_is_too_long(tmp_path):
    data = packed([("bomb.py", bytes(200_001)), ("a.py", "x")])
    bomb, good = opened(tmp_path, data, limits=ArchiveLimits(file=200_000))
    assert bomb.why == "It has more than 0 MB."
    assert good.path


def claiming(data, size):
    """The same zip file, in which each entry says that it has `size` bytes."""
    data, at = bytearray(data), -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<I", data, at + 24, size)
    at = -1
    while (at := data.find(b"PK\x03\x04", at + 1)) >= 0:
        struct.pack_into("<I", data, at + 22, size)
    return bytes(data)


def test_a_file_that_lies_about_its_length(tmp_path):
    """Bytes are counted as they come; no more than claimed are taken, and then they are damaged."""
    data = claiming(packed([("bomb.py", bytes(10**6))]), 10)
    (entry,) = opened(tmp_path, data, limits=ArchiveLimits(file=100))
    assert entry.why == "It is damaged in the archive."
    assert everything(tmp_path) == {"given.zip"}


@pytest.mark.parametrize(
    ("count", "limits", "word"),
    [
        (5, ArchiveLimits(total=450_000), "far longer"),
        (400, ArchiveLimits(ratio=2), "far longer"),  # 40 MB: the ratio counts beyond 32 MB
        (11, ArchiveLimits(entries=10), "more than 10 entries"),
    ],
)
def test_all_together_too_much(tmp_path, count, limits, word):
    data = packed([(f"{k}.py", bytes(100_000)) for k in range(count)])
    with pytest.raises(ArchiveError, match=word):
        opened(tmp_path, data, limits=limits)
    assert everything(tmp_path) == {"given.zip"}  # nothing is left


def test_writing_stops_at_the_limit(tmp_path, monkeypatch):
    """And not when the whole bomb has gone off."""
    written = []

    class Counts(io.BytesIO):
        def write(self, data):
            written.append(len(data))

    def counting(path, mode):
        return open(path, mode) if "r" in mode else Counts()

    monkeypatch.setattr(archive, "open", counting, raising=False)
    with pytest.raises(ArchiveError, match="far longer"):
        opened(tmp_path, packed([("a.py", bytes(10**7))]), limits=ArchiveLimits(total=500_000))
    assert sum(written) <= 500_000


def test_the_same_files_within_the_limits(tmp_path):
    data = packed([(f"{k}.py", bytes(100_000)) for k in range(5)])
    assert len(opened(tmp_path, data, limits=ArchiveLimits(total=500_000))) == 5


def test_entries_that_share_their_bytes(tmp_path):
    """A thousand entries in the table of contents, and one body for all."""
    data = packed([("a.py", bytes(10**5))])
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    head, entry = data[:start], data[start:end]
    table = entry * 1000
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1000, 1000, len(table), len(head), 0)
    with pytest.raises(ArchiveError, match="overlap"):
        opened(tmp_path, head + table + tail)


def test_a_table_of_contents_without_end(tmp_path):
    data = packed([(f"{k:04d}" + "x" * 200, "") for k in range(1000)])
    with pytest.raises(ArchiveError, match="table of contents"):
        opened(tmp_path, data, limits=ArchiveLimits(entries=100))


def test_a_full_disk_is_no_fault_of_the_archive(tmp_path, monkeypatch):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    def full(path, mode):
        return open(path, mode) if "r" in mode else Full()

    monkeypatch.setattr(archive, "open", full, raising=False)
    with pytest.raises(OSError, match="No space left"):
        opened(tmp_path, packed([("a.py", "x")]))


# -------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("name", "codec"),
    [("作业.ipynb", "gbk"), ("作业.ipynb", "utf-8"), ("für Ada.ipynb", "cp437"), ("a.py", "ascii")],
)
def test_names_in_the_encodings_of_old_programs(tmp_path, name, codec):
    """They do not say which one it is."""
    raw = name.encode(codec)
    data = packed([("x" * len(raw), "x")]).replace(b"x" * len(raw), raw)
    (entry,) = opened(tmp_path, data)
    assert entry.parts == (name,)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text(min_size=1), st.binary()), max_size=4), st.data())
def test_any_zip_file_after_an_accident(tmp_path_factory, entries, data):
    given_names = {f"{k}{name}": content for k, (name, content) in enumerate(entries)}
    whole = bytearray(packed(given_names.items()))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path_factory.mktemp("zip")
    try:
        found = opened(folder, bytes(whole))
    except ArchiveError:
        assert everything(folder) == {"given.zip"}
    else:
        kept = {one.path for one in found if one.path}
        assert {folder / name for name in everything(folder)} == {folder / "given.zip", *kept}
        assert all(bool(one.path) != bool(one.why) for one in found)


def test_a_folder_is_made_and_given_names_are_paths_or_strings(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed([("a.py", "x")]))
    (entry,) = unpack(str(tmp_path / "a.zip"), str(tmp_path / "new"))
    assert isinstance(entry.path, Path)
