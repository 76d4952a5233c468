"""Saving and loading: one rule for names, and files that anybody may have written."""

import io
import os
import pickle
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from lossbook.network import Dense, Flatten, Layer, MaxPool2D, Network, ReLU, note_network

X = np.random.default_rng(0).random((5, 8, 8))


@pytest.fixture
def network():
    return note_network((8, 8), 10, seed=3)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def assert_equal(loaded, network):
    assert repr(loaded) == repr(network)
    assert loaded.dtype == network.dtype
    assert_array_equal(loaded.predict_proba(X), network.predict_proba(X))


# Names


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("m", "m.npz"),
        ("m.npz", "m.npz"),
        ("my.model", "my.model.npz"),
        ("my.model.npz", "my.model.npz"),
        ("a.folder/m", "a.folder/m.npz"),
        ("a.folder/m.npz", "a.folder/m.npz"),
        ("./m", "m.npz"),
        (".hidden", ".hidden.npz"),
        ("M.NPZ", "M.NPZ.npz"),
        ("数字", "数字.npz"),
    ],
)
def test_what_is_saved_is_loaded_under_the_same_name(network, name, file, kind):
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        pytest.skip(f"files have no such name in {sys.getfilesystemencoding()}")
    Path("a.folder").mkdir()
    network.save(kind(name))
    assert_equal(Network.load(kind(name)), network)
    assert_equal(Network.load(file), network)
    assert [str(path) for path in Path().rglob("*.*") if path.is_file()] == [file]


def test_the_ending_comes_first_and_a_renamed_file_is_found(network):
    Path("m").write_text("something else")
    network.save("m")
    assert_equal(Network.load("m"), network)
    assert Path("m").read_text() == "something else"
    Path("m.npz").rename("weights.bin")
    assert_equal(Network.load("weights.bin"), network)


def test_a_file_is_replaced_also_behind_a_link(network):
    note_network((8, 8), 10).save("m")
    try:
        Path("link.npz").symlink_to("m.npz")
    except OSError:
        pytest.skip("this system gives no links")
    network.save("link")
    assert Path("link.npz").is_symlink()
    assert_equal(Network.load("m"), network)


def test_a_crash_at_the_last_step_leaves_the_old_file(network, monkeypatch):
    network.save("m")
    before = Path("m.npz").read_bytes()

    def crash(new, old):
        assert Path(new).stat().st_size > 10_000  # all is written by then
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        note_network((8, 8), 10).save("m")
    assert Path("m.npz").read_bytes() == before
    assert os.listdir() == ["m.npz"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_others_may_read_it_as_any_new_file(network):
    network.save("m")
    Path("other").touch()
    assert Path("m.npz").stat().st_mode == Path("other").stat().st_mode


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        (None, TypeError, "path must be a str or a Path, got None"),
        (3, TypeError, "path must be a str or a Path"),
        (io.BytesIO(), TypeError, "path must be a str or a Path"),
        ("", ValueError, "path must name a file"),
        ("no/m", FileNotFoundError, "no does not exist|no file no.m.npz"),
    ],
)
def test_paths_that_are_none(network, path, error, message):
    with pytest.raises(error, match=message):
        network.save(path)
    with pytest.raises(error, match=message):
        Network.load(path)


def test_old_files_load():
    """What `save` wrote before it replaced files in one step: the same members."""
    w, b = np.arange(4.0).reshape(2, 2), np.ones(2)
    np.savez("old", layers=np.array(["ReLU", "Dense 2 2"]), parameter_0=w, parameter_1=b)
    network = Network.load("old")
    assert repr(network) == "Network([ReLU(), Dense(2, 2)])"
    assert_array_equal(network.forward([[1, -1]]), [[1, 2]])  # (1, 0) W + 1


def test_shared_layers_stay_shared():
    relu, dense = ReLU(), Dense(64, 64, dtype=np.float64)
    layers = [Layer(), MaxPool2D(1), Flatten(), dense, relu, dense, relu, Dense(64, 3, dtype=float)]
    network = Network(layers)
    network.save("m")
    loaded = Network.load("m")
    assert_equal(loaded, network)
    assert loaded.layers[3] is loaded.layers[5]
    assert loaded.layers[4] is loaded.layers[6]
    assert loaded.n_parameters == network.n_parameters == 64 * 65 + 65 * 3


class Own(Layer):
    pass


class Dense2(Dense):
    pass


@pytest.mark.parametrize("layer", [Own(), Dense2(2, 2)])
def test_what_load_would_not_know_is_not_saved(layer):
    with pytest.raises(TypeError, match=rf"save knows .*, not layers\[1\], {type(layer).__name__}"):
        Network([Dense(2, 2), layer]).save("m")
    assert os.listdir() == []


# Files of others


class Trap:
    """Unpickling it would leave a file."""

    def __reduce__(self):
        return Path.touch, (Path("sprung"),)


def good():
    network = Network([Dense(2, 2, dtype=np.float64)])
    return {"layers": np.array(["Dense 2 2"])} | {
        f"parameter_{i}": p for i, p in enumerate(network.parameters)
    }


def saved(save=np.savez, **changes):
    """The bytes of a good file with some members changed; None leaves one out."""
    arrays = {name: array for name, array in {**good(), **changes}.items() if array is not None}
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def with_members(**members):
    """A good file in which these members have these bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved())) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.pop(name.removesuffix(".npy"), old.read(name)))
        for name, data in members.items():
            new.writestr(name, data)
    return file.getvalue()


def claiming(shape):
    """An .npy file of two numbers that claims another shape."""
    file = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + bytes(16)


def long_header():
    """Longer than NumPy reads, which would advise allow_pickle."""
    text = ("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)" + " " * 20000 + "}\n").encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(16)


def words(*text):
    return np.array(text)


def flipped():
    data = bytearray(saved())
    data[data.index(b"parameter_0") + 165] ^= 1
    return bytes(data)


FOREIGN = {
    "text": b"weights: 1, 2, 3\n",
    "empty": b"",
    "a pickle": pickle.dumps([1, 2]),
    "a trap": pickle.dumps(Trap()),
    "an .npy file": claiming((2,)),
    "half a file": saved()[: len(saved()) // 2],
    "no end": saved()[:-5],
    "one bit is wrong": flipped(),
    "pickled words": saved(layers=words("Dense 2 2").astype(object)),
    "pickled numbers": saved(parameter_1=np.array([Trap(), 1])),
    "pickled bytes": with_members(parameter_1=pickle.dumps(Trap())),
    "compressed": saved(np.savez_compressed),
    "no layers": saved(layers=None),
    "no parameter": saved(parameter_1=None),
    "one parameter too many": saved(parameter_2=np.zeros(2)),
    "another member": with_members(**{"readme.txt": b"hello"}),
    "a way out": with_members(**{"../../evil.npy": b"hello"}),
    "no array": with_members(parameter_1=b"hello"),
    "half an array": with_members(parameter_1=claiming((2,))[:-1]),
    "huge": with_members(parameter_1=claiming((2**40,))),
    "negative": with_members(parameter_1=claiming((-2,))),
    "overflows": with_members(parameter_1=claiming((2**33, 2**33))),
    "long header": with_members(parameter_1=long_header()),
    "other shape": saved(parameter_0=np.zeros((3, 2))),
    "broadcasts": saved(parameter_1=np.zeros(1)),
    "other dtype": saved(parameter_1=np.zeros(2, np.float32)),
    "complex": saved(parameter_0=np.zeros((2, 2), complex), parameter_1=np.zeros(2, complex)),
    "integers": saved(parameter_0=np.zeros((2, 2), int), parameter_1=np.zeros(2, int)),
    "text for numbers": saved(parameter_1=words("1", "2")),
    "unknown layer": saved(layers=words("Dense 2 2", "Trojan 1")),
    "no layer": saved(layers=words("Dense 2 2", "")),
    "huge layer": saved(layers=words("Dense 1000000000 1000000000")),
    "huge filter": saved(layers=words("Conv2D 1 1 1000000000")),
    "sizes that are none": saved(layers=words("Dense 2 x")),
    "negative sizes": saved(layers=words("Dense -2 -2")),
    "a size too many": saved(layers=words("Dense 2 2 2")),
    "a size too few": saved(layers=words("Dense 2")),
    "again what": saved(layers=words("Dense 2 2", "again 7")),
    "again itself": saved(layers=words("again 0", "Dense 2 2")),
    "again nothing": saved(layers=words("Dense 2 2", "again")),
    "numbers for words": saved(layers=np.zeros(1)),
    "one word": saved(layers=np.array("Dense 2 2")),
    "no layer at all": saved(layers=np.array([], "U1"), parameter_0=None, parameter_1=None),
    "nothing to learn": saved(layers=words("ReLU"), parameter_0=None, parameter_1=None),
}


PICKLED = {"pickled words", "pickled numbers"}


def test_the_good_file_is_good():
    Path("m.npz").write_bytes(with_members())
    Network.load("m")


@pytest.mark.parametrize("name", FOREIGN)
def test_foreign_and_damaged_files_are_refused_by_name(name):
    Path("given.npz").write_bytes(FOREIGN[name])
    with pytest.raises(ValueError, match=r"^given\.npz contains no network") as caught:
        Network.load("given")
    text = "".join(map(str, [caught.value, caught.value.__cause__]))
    assert "allow_pickle" not in text
    assert "Network.save" in text
    assert len(text) < 300
    assert ("Python objects, which are never read" in text) == (name in PICKLED)
    assert not Path("sprung").exists()


def test_a_member_twice():
    file = io.BytesIO(saved())
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("layers.npy", b"hello")
    Path("given.npz").write_bytes(file.getvalue())
    with pytest.raises(ValueError, match=r"given\.npz contains no network"):
        Network.load("given")


def test_a_folder_and_nothing():
    Path("folder").mkdir()
    with pytest.raises(ValueError, match="folder is not a file"):
        Network.load("folder")
    with pytest.raises(FileNotFoundError, match=r"no file m\.npz; Network\.save\('m'\)"):
        Network.load("m")


@pytest.mark.parametrize("seed", range(60))
def test_a_byte_that_changed_is_refused_or_does_not_matter(seed):
    """Half of the bytes are padding and dates; the numbers have their CRC."""
    rng, data = np.random.default_rng(seed), bytearray(saved(parameter_1=np.ones(2)))
    data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
    Path("given.npz").write_bytes(data)
    try:
        network = Network.load("given")
    except ValueError as error:
        assert str(error).startswith("given.npz contains no network of lossbook")  # noqa: PT017
    else:
        assert_array_equal(network.layers[0].bias, [1, 1])


@pytest.mark.parametrize("path", ["..", "folder/", "a\0b"])
def test_what_can_name_no_file(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    network = note_network((8, 8), 3)
    with pytest.raises(ValueError, match="path must name a file"):
        network.save(path)
    with pytest.raises(ValueError, match="path must name a file"):
        Network.load(path)
    assert not list(tmp_path.iterdir())
