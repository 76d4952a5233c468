"""The corpus: every %%derive cell of the notebooks, by its title. Every line of it is true."""

import json
from pathlib import Path

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def cells(path):
    """(id, title, body) of the %%derive cells of a notebook."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        head, _, body = "".join(cell["source"]).partition("\n")
        if cell["cell_type"] == "code" and head.startswith("%%derive "):
            yield cell["id"], head.removeprefix("%%derive ").strip(), body


CORPUS = {f"{path.stem[:2]} {title}": body for path in NOTEBOOKS for _, title, body in cells(path)}
