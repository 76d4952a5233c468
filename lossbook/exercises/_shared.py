"""What the exercises of several chapters share."""


def as_low(found, least, what, within):
    """True where `found` is `least` but for rounding, else the sentence that names the two."""
    if found <= least + within * (1 + least):
        return True
    return f"{what} is {found:.6g}, and {least:.6g} can be reached"
