"""A process that keeps its memory does not ask for it twice."""

import platform
import subprocess
import sys

import pytest

ROUNDS = """
import resource
import numpy as np
from evaluation.estimators.memory import keep_freed_memory

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        arrays = [np.ones(1_000_000) for _ in range(5)]
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

plain = pages()
assert keep_freed_memory()
pages()
print(plain, pages())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_freed_arrays_are_used_again_without_new_pages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS], capture_output=True, text=True, check=True
    )
    plain, kept = map(int, done.stdout.split())
    assert plain > 1_000 > 100 * kept
