"""MNIST is read from a file of a few images in openml.org's own format, by scikit-learn itself.

A small openml.org inside this process answers scikit-learn's requests, through the standard
library's own hook for that; nothing leaves the machine.
"""

import email
import hashlib
import io
import json
import socket
import time
import urllib.request
from http.client import IncompleteRead
from types import SimpleNamespace
from urllib.error import URLError
from urllib.response import addinfourl

import numpy as np
import pytest
import sklearn.datasets
from numpy.testing import assert_allclose, assert_array_equal

from lossbook.network import mnist, note_network

RNG = np.random.default_rng(0)
INK = RNG.integers(0, 256, (12, 784)) * (RNG.random((12, 784)) < 0.2)
INK[0, :2] = 0, 255
DIGITS = np.array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5])


def arff(ink, digits):
    """The text of mnist_784.arff with these images."""
    pixels = "".join(f"@ATTRIBUTE pixel{k} real\n" for k in range(1, ink.shape[1] + 1))
    rows = "\n".join(",".join(map(str, [*row, y])) for row, y in zip(ink, digits, strict=True))
    return (
        f"@RELATION mnist_784\n\n{pixels}@ATTRIBUTE class {{0,1,2,3,4,5,6,7,8,9}}\n\n"
        f"@DATA\n{rows}\n"
    )


class SmallOpenML(urllib.request.BaseHandler):
    """Answers https requests with the pages of one data set, or with an error."""

    handler_order = 100  # asked before the one that would go out

    def __init__(self, ink=INK, digits=DIGITS, error=None):
        file = arff(ink, digits).encode()
        feature = dict.fromkeys(["is_target", "is_ignore", "is_row_identifier"], "false")
        feature["number_of_missing_values"] = "0"
        pixels = [
            {**feature, "index": str(k), "name": f"pixel{k + 1}", "data_type": "numeric"}
            for k in range(ink.shape[1])
        ]
        label = {"index": str(len(pixels)), "name": "class", "data_type": "nominal"}
        about = {
            "id": "554",
            "name": "mnist_784",
            "version": "1",
            "format": "ARFF",
            "status": "active",
            "file_id": "52667",
            "url": "https://api.openml.org/data/v1/download/52667/mnist_784.arff",
            "default_target_attribute": "class",
            "md5_checksum": hashlib.md5(file).hexdigest(),
            "description": "A few images in the format of MNIST.",
        }
        features = [*pixels, {**feature, **label, "is_target": "true"}]
        rows = {"name": "NumberOfInstances", "value": f"{len(ink):.1f}"}
        self.error = error
        self.pages = {
            "/features/": json.dumps({"data_features": {"feature": features}}).encode(),
            "/qualities/": json.dumps({"data_qualities": {"quality": [rows]}}).encode(),
            "/download/": file,
            "/json/data/554": json.dumps({"data_set_description": about}).encode(),
        }
        self.asked = 0

    def https_open(self, request):
        self.asked += 1
        if self.error:
            raise self.error
        page = next(page for part, page in self.pages.items() if part in request.full_url)
        headers = email.message_from_string("Content-Type: text/plain\n\n")
        answer = addinfourl(io.BytesIO(page), headers, request.full_url, 200)
        answer.msg = "OK"
        return answer


@pytest.fixture
def openml():
    """Put a small openml.org in place of the real one."""

    def install(**options):
        server = SmallOpenML(**options)
        urllib.request.install_opener(urllib.request.build_opener(server))
        return server

    yield install
    urllib.request.install_opener(None)


def test_mnist_is_read_and_kept(openml, tmp_path):
    server = openml()
    images, labels = mnist(data_home=tmp_path)
    assert (images.shape, images.dtype) == ((12, 28, 28), np.float32)
    assert_allclose(images.reshape(12, 784), INK / 255, rtol=1e-6)  # float32
    assert_array_equal(labels, DIGITS)
    assert labels.dtype == np.int64
    asked = server.asked
    again, _ = mnist(data_home=tmp_path)
    assert_array_equal(again, images)
    assert server.asked == asked  # not downloaded a second time


def test_what_was_read_fits_the_network_of_the_note(openml, tmp_path):
    openml()
    images, labels = mnist(data_home=tmp_path)
    network = note_network(images.shape[1:], 10)
    network.fit(images[:10], labels[:10], epochs=1)
    assert network.n_parameters == 54_410
    assert network.predict(images[10:]).shape == (2,)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (URLError("Name or service not known"), "Name or service not known"),
        (TimeoutError("timed out"), "timed out"),
        (ConnectionResetError("reset by peer"), "reset by peer"),
    ],
)
def test_no_network_is_said_in_a_sentence_and_nothing_else(
    openml, tmp_path, monkeypatch, error, reason
):
    """No warning of scikit-learn's either: in these tests a warning is an error."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # between its attempts
    openml(error=error)
    before = socket.getdefaulttimeout()
    with pytest.raises(ConnectionError, match=rf"openml.org \(.*{reason}.*\).*less than 20 MB"):
        mnist(data_home=tmp_path)
    assert socket.getdefaulttimeout() == before


def test_a_connection_that_breaks_off(monkeypatch):
    def fetch(**options):
        raise IncompleteRead(b"half")

    monkeypatch.setattr(sklearn.datasets, "fetch_openml", fetch)
    with pytest.raises(ConnectionError, match="could not be fetched"):
        mnist()


@pytest.mark.parametrize(
    ("data", "target", "message"),
    [
        (INK[:, :64], DIGITS, r"shape \(n, 784\), this is \(12, 64\)"),
        (INK[0], DIGITS[:1], r"this is \(784,\)"),
        (INK - 1, DIGITS, "found -1 to 254"),
        (INK * np.nan, DIGITS, "found nan"),
        (INK, DIGITS + 1, "found 1 to 10"),
    ],
)
def test_what_is_not_mnist_is_refused(data, target, message, monkeypatch):
    bunch = SimpleNamespace(data=data, target=target.astype(str))
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda **options: bunch)
    with pytest.raises(ValueError, match=message):
        mnist()
