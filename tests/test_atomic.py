"""A file is replaced in one step, or stays as it was."""

import os

import pytest

from lossbook._atomic import replace_file


@pytest.mark.parametrize("durable", [False, True])
@pytest.mark.parametrize(("content", "stored"), [("å\n", b"\xc3\xa5\n"), (b"\0\r\n", b"\0\r\n")])
def test_text_and_bytes_are_stored_unchanged(tmp_path, content, stored, durable):
    path = tmp_path / "file"
    path.write_text("old")
    replace_file(path, content, durable=durable)
    assert path.read_bytes() == stored
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failure_keeps_the_old_file_and_leaves_no_other(tmp_path, monkeypatch, step):
    def fail(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "file"
    path.write_text("old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, "new", durable=True)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]
