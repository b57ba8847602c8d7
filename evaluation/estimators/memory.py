"""Memory settings of a process that works on many rows."""

import ctypes

#: Names of glibc's malloc.h: from what size on an array is mapped by itself, and how much freed
#: memory stays with the process. The first is the largest that it takes.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
MMAP_THRESHOLD = 32 * 1024 * 1024
TRIM_THRESHOLD = 512 * 1024 * 1024


def keep_freed_memory() -> bool:
    """Keep up to 512 MB that arrays give back, instead of asking for it again at each step.

    The system clears memory before it hands it out, which over a million rows takes a quarter of
    a run. Answers whether the C library took it; where it is not glibc, nothing changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(
        mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD) and mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)
    )
