"""Is a line true? Judged on instances, then attacked; never "proved"."""
