"""A follow-up run of a programme in which no alliance has closed yet."""

import pytest
from django.urls import reverse

from tests.evaluation.runs.follow_up.scene import follow_up_study, run_of

pytestmark = pytest.mark.django_db


def test_nobody_closed_is_a_result_that_says_so(evaluator, as_member):
    run = run_of(evaluator, follow_up_study(evaluator))

    assert run.status == "succeeded"
    page = as_member(evaluator).get(reverse("evaluation:run-detail", args=[run.pk]))
    assert "nothing can be told yet" in page.content.decode()
