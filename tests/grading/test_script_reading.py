"""A script is split at its marks, and its derivations are found."""

import json

import pytest

from lossbook.grading.submissions import notebook
from lossbook.grading.submissions.attempts import attempts
from lossbook.grading.submissions.content import Cell, Unreadable
from lossbook.grading.submissions.notebook import read

NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]}).encode()

# ------------------------------------------------------------------------------- scripts

PERCENT = """# ---
# jupyter: {}
# ---

# %% [markdown]
# # Title

# %% id="q1"
x = 1

# %% a title
# %%attempt mean
= a
# % by (1)

#%%
# %%time
y = 2
# %%

# only a comment
"""

EXPORTED = r"""#!/usr/bin/env python
# coding: utf-8

# # Exercises

# In[1]:


x = 1


# ## 2 · Text

# In[ ]:


get_ipython().run_cell_magic('attempt', 'mean', '= \\sum_i a_i\n= b\n')


# In[12]:


y = 2
"""


def test_a_script_is_split_at_its_marks():
    first, second, third = read(PERCENT.encode(), "ada.py").cells
    assert first == Cell("x = 1", name="q1")
    assert second.source == "%%attempt mean\n= a\n% by (1)"
    assert third.source == "# %%time\ny = 2"


def test_a_script_that_jupyter_exported():
    first, second, third = read(EXPORTED.encode(), "ada.py").cells
    assert first.source.strip().startswith("x = 1")
    assert second.source == "%%attempt mean\n= \\sum_i a_i\n= b\n"
    assert third.source.strip() == "y = 2"


@pytest.mark.parametrize(
    ("data", "name", "expected", "note"),
    [
        (b"x = 1\n\ny = 2\n", "ada.py", ["x = 1\n\ny = 2"], ""),
        (b"x = 1\r\n# %%\r\ny = 2\r\n", "ada.py", ["x = 1", "y = 2"], ""),
        (b"import numpy as np\n", "ada.ipynb", ["import numpy as np"], "Python script"),
        (NOTEBOOK, "ada.py", ["x = 1"], "notebook under the name"),
        (b"<<<<<<< a\nx = 1\n=======\n>>>>>>> b", "ada.py", None, "git merge"),
        (b'{"cell": 1}', "ada.py", ['{"cell": 1}'], ""),  # a script, if a strange one
    ],
)
def test_scripts_and_notebooks_under_wrong_names(data, name, expected, note):
    reading = read(data, name)
    if expected is not None:
        assert [one.source for one in reading.cells] == expected
    assert [note in one for one in reading.notes] == ([True] if note else [])


def test_a_script_that_is_too_long(monkeypatch):
    monkeypatch.setattr(notebook, "MOST_SOURCE", 20)
    reading = read(b"# %%\nx = 1\n# %%\ny = 2\n# %%\nz = 3\n", "ada.py")
    assert [one.source for one in reading.cells] == ["x = 1", "y = "]
    assert reading.notes == ["It has more than 20 characters; the rest was left out."]


@pytest.mark.parametrize("data", [b"# nothing", b"\n# %%\n# %% [markdown]\nHello\n"])
def test_a_script_without_code(data):
    with pytest.raises(Unreadable, match="no code"):
        read(data, "ada.py")


def test_a_call_with_a_backslash_that_python_warns_of():
    source = r"get_ipython().run_cell_magic('attempt', 'mean', '= \sum_i a_i')"
    (cell,) = read(source.encode(), "ada.py").cells
    assert cell.source == "%%attempt mean\n= \\sum_i a_i"


@pytest.mark.parametrize(
    "inner", ["(" * 50_000, "-" * 90_000 + "1", "'\\s'", "'\0'", ""], ids=lambda inner: inner[:5]
)
def test_a_magic_that_is_none(inner):
    """Reading a call in an exported script parses it; a parser can be driven mad."""
    source = f"get_ipython().run_cell_magic('attempt', {inner})"
    (cell,) = read(source.encode(), "ada.py").cells
    assert cell.source == source.replace("\0", "\ufffd")


# ---------------------------------------------------------------------------- derivations


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["%%attempt mean\n= a\n= b"], {"mean": "= a\n= b"}),
        (["\n \n# my try\n %%attempt  mean \n= a"], {"mean": "= a"}),
        (["%%attempt mean\n= a", "%%attempt mean\n= b"], {"mean": "= b"}),
        (["%%attempt mean\n= a", "%%attempt mean\n% your lines here\n"], {"mean": "= a"}),
        (["%%attempt mean\n% your lines here"], {"mean": "% your lines here"}),
        (["%%attempt a\n= 1", "%%attempt b\n= 2"], {"a": "= 1", "b": "= 2"}),
        (["%%attempt mean"], {"mean": ""}),
        (["%%attempt"], {}),
        (["%%attempt two words\n= a"], {}),
        (["%%attempted mean\n= a"], {}),
        (["x = 1\n%%attempt mean\n= a"], {}),
        (["#\n" * 100_000], {}),
    ],
)
def test_attempts(cells, expected):
    assert attempts([Cell(source) for source in cells]) == expected
