"""What makes and runs the notebooks of the course.

`figures` draws and describes; notebooks import it. The rest serves the commands:

- `kernels`: kernels that do not depend on the user's settings
- `refresh`: run a notebook and store it in one canonical form
- `outputs`: compare stored outputs and pictures with new ones
- `pytest_plugin`: the same comparison after `pytest --nbval`
- `answers`: which exercises a notebook solves
- `release`: students' notebooks from those with solutions
- `trust`: sign notebooks so that their sliders work when they are first opened

`terms.json` is the glossary and the concordance that chapter 9 shows.
"""
