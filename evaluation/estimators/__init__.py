"""Pure statistics: a data frame and a frozen specification in, a frozen result out. No Django.

One thread of linear algebra per process: sums then come out the same on any number of cores, and
workers beside each other do not fight for them. It must be said before numpy is first imported.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
