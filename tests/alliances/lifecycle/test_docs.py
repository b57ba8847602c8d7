"""The pages in docs/ say what the tables in code say."""

import pytest
from django.conf import settings

from alliances.lifecycle.docs import acts_page, duties_page, lifecycle_page


@pytest.mark.parametrize(
    ("name", "page"),
    [("lifecycle", lifecycle_page), ("duties", duties_page), ("acts", acts_page)],
)
def test_docs_match_the_tables(name: str, page) -> None:
    written = (settings.BASE_DIR / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert written == page(), "run: manage.py write_process_docs"
