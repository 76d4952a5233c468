"""Show the solution of a blank: a checked derivation, closed until the reader opens it."""

from IPython.display import display


def show_solution(derivation):
    """Display a Derivation under the word "Solution", which the reader clicks on.

    In a notebook it stands in a folded cell below the cell with the blank:
    `show_solution(Derivation(title, body))`. A false line in it is an error, as elsewhere.
    """
    # Blank lines let Markdown inside of the HTML be read as Markdown.
    markdown = (
        f"<details><summary>Solution</summary>\n\n{derivation._repr_markdown_()}\n\n</details>"
    )
    display({"text/markdown": markdown, "text/plain": f"Solution: {derivation!r}"}, raw=True)
