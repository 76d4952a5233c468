"""What makes and runs the notebooks of the course.

Notebooks import three modules:

- `figures`: one style, three ways to show a figure, its text form
- `explorables`: figures that can be dragged
- `source`: the code of a function on the page that derives it

The rest serves the commands:

- `kernels`: kernels that do not depend on the user's settings
- `refresh`: run a notebook and store it in one canonical form
- `outputs`: compare stored outputs and pictures with new ones
- `pytest_plugin`: the same comparison after `pytest --nbval`
- `answers`: which exercises a notebook solves
- `release`: students' notebooks from those with solutions
- `cold`: what a cell says that is run before the cells above it
- `trust`: sign notebooks so that their sliders work when they are first opened

`terms.json` is the glossary and the concordance that chapter 9 shows.
"""
