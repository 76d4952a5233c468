"""Mutants that are true statements, each read by hand: (title, label, formula)."""

TRUE_MUTANTS = set()
