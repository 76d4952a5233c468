"""Save a network as an .npz file: names and configurations of layers, and parameter arrays.

A file may be untrusted, so it is not read by `np.load`: no pickle, no compression (a small file
could fill the memory), and the sizes of all arrays are checked against the file and the layers
before arrays are created.
"""

import math
import os
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np

from lossbook._atomic import replace_file
from lossbook.network._layers import Conv2D, Dense, Flatten, Layer, MaxPool2D, ReLU

KINDS = {kind.__name__: kind for kind in (Layer, Conv2D, ReLU, MaxPool2D, Flatten, Dense)}

# A repeated layer is written as this word and the index of its first occurrence.
REPEATED = "again"


class _ForeignError(ValueError):
    """The file can be read, but `write` did not write it."""


def write(path, layers, parameters):
    """Write layers and parameters to `path`, atomically."""
    arrays = {f"parameter_{i}": p for i, p in enumerate(parameters)}
    words = np.array([_encode_layer(layers, i) for i in range(len(layers))])
    file = _with_ending(path).resolve()  # the file itself, where `path` is a link
    content = BytesIO()
    np.savez(content, layers=words, **arrays)
    try:
        replace_file(file, content.getvalue(), durable=True)
    except FileNotFoundError:
        raise FileNotFoundError(f"{file.parent} does not exist; make the folder first") from None


def read(path):
    """The layers, with their parameters, from a file that `write` wrote."""
    file = _with_ending(path)
    if not file.exists() and Path(path).exists():
        file = Path(path)
    if not file.exists():
        raise FileNotFoundError(f"there is no file {file}; Network.save({str(path)!r}) writes it")
    if not file.is_file():
        raise ValueError(f"{file} is not a file; Network.save writes one")
    with open(file, "rb") as stream:
        try:
            arrays = _arrays(stream)
            return _layers(arrays.pop("layers"), arrays)
        except _ForeignError as error:
            reason = error
        except Exception:  # a damaged file can raise almost anything
            reason = "it is damaged or not an .npz file"
    raise ValueError(f"{file} contains no network of lossbook: {reason}. Network.save writes one")


def _with_ending(path):
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise TypeError(f"path must be a str or a Path, got {path!r}") from None
    path = Path(text)
    if path.name in ("", "..") or text.endswith(("/", os.sep)) or "\0" in text:
        raise ValueError(f"path must name a file, got {text!r}")
    return path if path.name.endswith(".npz") else path.with_name(f"{path.name}.npz")


def _encode_layer(layers, i):
    layer = layers[i]
    first = next(j for j, other in enumerate(layers) if other is layer)
    if first < i:
        return f"{REPEATED} {first}"
    name = type(layer).__name__
    if KINDS.get(name) is not type(layer):
        raise TypeError(f"Network.save knows {', '.join(KINDS)}, not layers[{i}], {layer}")
    return " ".join(map(str, (name, *layer.config)))


def _arrays(stream):
    """The arrays of an .npz file by name."""
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        expected = ["layers.npy", *(f"parameter_{i}.npy" for i in range(len(names) - 1))]
        if sorted(names) != sorted(expected):
            raise _ForeignError(f"it contains {', '.join(map(repr, names[:5])) or 'nothing'}")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise _ForeignError("it is compressed")
        return {name.removesuffix(".npy"): _array(archive.read(name)) for name in names}


def _array(data):
    """The array of an .npy file."""
    stream = BytesIO(data)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise _ForeignError("an array is in another version of NumPy's format")
    shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.hasobject:
        raise _ForeignError("it contains Python objects, which are never read")
    if math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        raise _ForeignError(f"an array of shape {shape} has {len(data) - stream.tell()} bytes")
    array = np.frombuffer(data, dtype, offset=stream.tell())
    return array.reshape(shape, order="F" if by_columns else "C")


def _layers(words, arrays):
    if words.dtype.kind != "U" or words.ndim != 1:
        raise _ForeignError(f"its layers are {words.dtype} of shape {words.shape}, not words")
    rows = [word.split() or [""] for word in words.tolist()]
    if unknown := {name for name, *_ in rows} - {*KINDS, REPEATED}:
        raise _ForeignError(f"there is no layer {min(unknown)!r}")
    dtypes = {array.dtype for array in arrays.values()}
    if dtypes not in ({np.dtype(np.float32)}, {np.dtype(np.float64)}):
        raise _ForeignError(f"its parameters are of dtypes {[*map(str, dtypes)]}")
    left = iter([arrays[f"parameter_{i}"] for i in range(len(arrays))])
    layers = []
    for name, *config in rows:
        config = [int(size) for size in config]
        layers.append(layers[config[0]] if name == REPEATED else _layer(KINDS[name], config, left))
    if next(left, None) is not None:
        raise _ForeignError("it has more parameters than its layers")
    return layers


def _layer(kind, config, left):
    """A layer with its parameters taken from `left`, made only if their shapes are right."""
    values = [next(left, None) for _ in kind.shapes(*config)]
    given = [None if value is None else value.shape for value in values]
    if given != list(kind.shapes(*config)):
        raise _ForeignError(
            f"{kind.__name__} of sizes {config} and its parameters must have the same shape, got "
            f"{given} for {list(kind.shapes(*config))}"
        )
    if not values:
        return kind(*config)
    layer = kind(*config, dtype=values[0].dtype)
    for parameter, value in zip(layer.parameters, values, strict=True):
        parameter[...] = value
    return layer
