"""Whether the demonstration's survey carries its known effects, at the shipped seed and others.

``python -m tests.demo.truth_over_seeds`` plans a portfolio a seed in a database of its own, which
is dropped again, and prints what they say; ``--write`` puts it into docs/demo-truth.md.
"""

import argparse
import os
from itertools import count, islice
from pathlib import Path

import django
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from tqdm import tqdm

from tests.evaluation.estimators import marked

PAGE = Path(__file__).parents[2] / "docs" / "demo-truth.md"
SEEDS = 50


def tables(seeds: int) -> str:
    """What the shipped seed says, and so many others from 1 on."""
    from tests.demo import truth_rows  # it needs the apps that main() sets up

    others = islice((seed for seed in count(1) if seed != truth_rows.SHIPPED), seeds)
    told = [truth_rows.told_by(seed) for seed in tqdm([truth_rows.SHIPPED, *others], disable=None)]
    return truth_rows.page(told[0], told[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="besides the shipped one")
    parser.add_argument("--write", action="store_true", help="into docs/demo-truth.md")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paap.settings")
    django.setup()
    settings.DATABASES["default"]["TEST"]["NAME"] = f"{connection.settings_dict['NAME']}_truth"
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        text = tables(options.seeds)
    finally:
        teardown_databases(databases, verbosity=0)
    print(text)
    if options.write:
        marked.put(PAGE, "truth", text)


if __name__ == "__main__":
    main()
