"""The secret of a course: one file, the same draws for ever, and nothing of it in any result."""

import os
import stat

import pytest

from lossbook.grading.marking.secret import Secret, SecretError, load


def test_a_missing_seed_file_is_made_once(tmp_path):
    path = tmp_path / "seed.txt"
    first, made = load(path)
    assert made
    again, made = load(path)
    assert not made
    assert again.id == first.id
    assert again.seed("02", "huber", 0) == first.seed("02", "huber", 0)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_nobody_else_may_read_it(tmp_path):
    load(tmp_path / "seed.txt")
    assert stat.S_IMODE((tmp_path / "seed.txt").stat().st_mode) == 0o600


def test_two_courses_have_two_secrets(tmp_path):
    one, two = (load(tmp_path / name)[0] for name in ("one", "two"))
    assert one.id != two.id
    assert one.seed("02", "huber", 0) != two.seed("02", "huber", 0)


def test_every_exercise_and_every_draw_has_its_own_seed():
    secret = Secret(b"sixteen bytes or more")
    seeds = {secret.seed("02", name, k) for name in ("huber", "root") for k in range(3)}
    assert len(seeds) == 6
    assert all(0 <= seed < 2**64 for seed in seeds)


def test_names_are_kept_apart():
    """ "0", "21" and "02", "1" are two exercises."""
    secret = Secret(b"sixteen bytes or more")
    assert secret.seed("0", "21") != secret.seed("02", "1")


def test_its_name_does_not_tell_it():
    key = b"\x01\x02\x03\x04" * 8
    secret = Secret(key)
    assert key.hex()[:12] != secret.id
    assert "01020304" not in repr(secret)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "at least 16 bytes, got 0"),
        (b"abcd", "at least 16 bytes, got 2"),
        (b"a poem, and no seed", "no seed file"),
        (b"\xff\xfe\x00", "no seed file"),
    ],
)
def test_a_file_that_is_no_seed_file_is_left_as_it_is(tmp_path, content, says):
    path = tmp_path / "thesis.txt"
    path.write_bytes(content)
    with pytest.raises(SecretError, match=says):
        load(path)
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(SecretError, match="No such file"):
        load(tmp_path / "nowhere" / "seed.txt")
