"""MNIST, the data of the note's program, downloaded from openml.org."""

import os
import socket
import warnings
from http.client import HTTPException

import numpy as np

_MNIST = 554  # its number on openml.org
_SIDE = 28
_SECONDS = 15  # timeout of one attempt; scikit-learn makes up to four


def mnist(*, data_home: str | os.PathLike | None = None) -> tuple[np.ndarray, np.ndarray]:
    """70,000 handwritten digits of 28 × 28 pixels, downloaded once and kept by scikit-learn.

    The first 60,000 are the training images of the note, the last 10,000 its test images. The
    download is less than 20 MB, but it is text: reading it takes a minute or several, every time.

    Parameters
    ----------
    data_home : path, optional
        Folder of the download; default: scikit-learn's own.

    Returns
    -------
    images : ndarray of shape (n, 28, 28), float32
        Ink from 0 to 1.
    labels : ndarray of shape (n,), int64
        0 to 9.

    Raises
    ------
    ConnectionError
        No network, or openml.org does not answer within a minute.
    ValueError
        The downloaded data is not MNIST.

    Source: LeCun et al. (1998), on openml.org as data set 554, mnist_784.
    """
    from sklearn.datasets import fetch_openml

    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SECONDS)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one for each attempt; the last error is raised below
            # This parser needs no pandas, so the result does not depend on what is installed.
            bunch = fetch_openml(
                data_id=_MNIST,
                as_frame=False,
                parser="liac-arff",
                n_retries=1,
                data_home=data_home,
            )
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ConnectionError(
            f"MNIST could not be fetched from openml.org ({reason}). It needs a network once, for "
            "less than 20 MB; scikit-learn then keeps it. Nothing else in the course needs it."
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)
    return _pictures(bunch.data), _digits(bunch.target)


def _pictures(data):
    data = np.asarray(data)
    if data.ndim != 2 or data.shape[1] != _SIDE**2:
        raise ValueError(f"MNIST has shape (n, {_SIDE**2}), this is {data.shape}")
    if not (data.min() >= 0 and data.max() <= 255):  # NaN is neither
        raise ValueError(f"the ink of MNIST is 0 to 255, found {data.min():g} to {data.max():g}")
    return (data / np.float32(255)).astype(np.float32).reshape(-1, _SIDE, _SIDE)


def _digits(target):
    labels = np.asarray(target).astype(np.int64)  # they come as strings
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"the labels of MNIST are 0 to 9, found {labels.min()} to {labels.max()}")
    return labels
