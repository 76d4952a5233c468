"""A folder that hostile code has filled can be measured and removed."""

import os

import pytest

from lossbook.grading.sandbox import quota
from lossbook.grading.sandbox.quota import TooMuch, measure, remove

POSIX = pytest.mark.skipif(os.name != "posix", reason="Windows has neither these names nor modes")


def nest(path, depth, name="d"):
    """Nested folders, deeper than any path may be long."""
    here = os.open(path, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=here)
        inner = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    return here  # the innermost one


def test_what_is_there_is_counted(tmp_path):
    assert measure(tmp_path) == (0, 0)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "file").write_bytes(bytes(100_000))
    size, count = measure(tmp_path)
    assert count == 2
    assert 100_000 <= size < 200_000


def test_a_folder_that_is_gone_is_empty(tmp_path):
    assert measure(tmp_path / "gone") == (0, 0)


def test_too_many_files(tmp_path):
    for k in range(quota.FILES + 1):
        (tmp_path / str(k)).touch()
    with pytest.raises(TooMuch, match="more than 1000 files"):
        measure(tmp_path)


def test_too_many_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(quota, "DISK", 1 << 20)
    for k in range(3):
        (tmp_path / str(k)).write_bytes(os.urandom(1 << 19))
    with pytest.raises(TooMuch, match="more than 1 MB"):
        measure(tmp_path)


@POSIX
def test_a_hole_in_a_file_takes_no_space(tmp_path):
    with open(tmp_path / "sparse", "wb") as file:
        file.truncate(quota.DISK * 4)
    size, _ = measure(tmp_path)
    assert size < quota.DISK


@POSIX
@pytest.mark.parametrize(("depth", "name"), [(20, "d"), (1500, "d"), (300, "n" * 250)])
def test_a_deep_nest_is_seen_and_removed(tmp_path, depth, name):
    # 1500 are more than os.walk and shutil.rmtree can enter, before Python 3.12 and 3.13;
    # 300 long names are more than a path may have.
    top = tmp_path / "top"
    top.mkdir()
    innermost = nest(top, depth, name)
    os.close(os.open("file", os.O_CREAT, dir_fd=innermost))
    os.close(innermost)
    with pytest.raises(TooMuch, match="folders inside each other"):
        measure(top)
    remove(top)
    assert not top.exists()


@POSIX
@pytest.mark.parametrize("mode", [0o000, 0o300, 0o400, 0o500])
def test_folders_that_refuse_are_removed(tmp_path, mode):
    top = tmp_path / "top"
    (top / "a" / "b").mkdir(parents=True)
    (top / "a" / "b" / "file").touch()
    (top / "a" / "b").chmod(mode)
    (top / "a").chmod(mode)
    remove(top)
    assert not top.exists()


@POSIX
@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_too_much(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir(0o300)
    with pytest.raises(TooMuch, match="locked a folder"):
        measure(tmp_path)
    hidden.chmod(0o700)


@POSIX
def test_names_in_use_are_left_alone(tmp_path):
    top = tmp_path / "top"
    (top / "lossbook-0" / "lossbook-1").mkdir(parents=True)
    (top / "lossbook-1").touch()
    (top / "lossbook-0" / "lossbook-1" / "x").mkdir()
    remove(top)
    assert not top.exists()


@POSIX
def test_links_are_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_bytes(bytes(100_000))
    elsewhere.chmod(0o555)
    top = tmp_path / "top"
    (top / "sub").mkdir(parents=True)
    (top / "link").symlink_to(elsewhere)
    (top / "sub" / "link").symlink_to(elsewhere)
    size, count = measure(top)
    assert (count, size < 50_000) == (3, True)
    remove(top)
    assert not top.exists()
    # The folder itself may have been replaced by a link.
    top.symlink_to(elsewhere)
    remove(top)
    assert not top.is_symlink()
    assert (elsewhere / "kept").exists()
    assert elsewhere.stat().st_mode & 0o777 == 0o555
    elsewhere.chmod(0o755)
