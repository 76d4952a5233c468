"""From LaTeX to trees: spelling and tokens, the reader, and what the letters are."""
