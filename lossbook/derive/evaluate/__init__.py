"""What a formula is worth on one instance: certain numbers, arrays of them, worlds."""
