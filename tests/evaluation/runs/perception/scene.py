"""Perception runs on stored answers: alliances selected or not, whose producers answered."""

from typing import Any
from uuid import uuid4

from alliances.models import Membership
from evaluation.models import Response, Run, Study, Wave
from evaluation.runs.services import claim_run, execute_run, request_run
from evaluation.studies.perception_spec import PerceptionSpec
from evaluation.studies.services import create_study, freeze_study
from tests.factories.alliances import make_alliance, make_call, make_producer
from tests.factories.evaluation import AT, make_import, make_snapshot, make_wave

QUESTIONS = ("life_satisfaction", "motivation_inputs", "motivation_market", "channel")
SUPPORT = ("support_technical_oga", "support_technical_ally")


def make_perceived(evaluator: Membership, *, alliances: int = 14, members: int = 8) -> Wave:
    """A wave where those selected are more satisfied, and women heard of it through others."""
    wave, call = make_wave(evaluator), make_call()
    survey_import = make_import(wave, evaluator)
    rows = []
    for place in range(alliances):
        alliance = make_alliance("executing", call=call)
        selected = place % 2
        make_snapshot(alliance, "80" if selected else "60")
        for member in range(members):
            producer = make_producer(alliance, sex="f" if member % 2 else "m")
            answers = {
                "life_satisfaction": 1 + (place + member) % 3 + 2 * selected,
                "motivation_inputs": int((place + member) % 4 > 0),
                "motivation_market": int((place + member) % 3 == 0),
                "channel": 1 + (member % 2) + 2 * (place % 3 == 0),
            }
            if selected:
                answers |= {
                    "support_technical_oga": 3 + (place + member) % 3,
                    "support_technical_ally": [0, 4, 5][(place + member) % 3],
                }
            rows.append(
                Response(
                    wave=wave,
                    producer=producer,
                    survey_import=survey_import,
                    source_row=len(rows) + 2,
                    answers=answers,
                )
            )
    Response.objects.bulk_create(rows)
    return wave


def perception_study(evaluator: Membership, wave: Wave, **spec: Any) -> Study:
    """A frozen study of all that the wave was asked."""
    asked: dict[str, Any] = {"questions": (*QUESTIONS, *SUPPORT)}
    study = create_study(
        title=f"Percepción {uuid4().hex[:6]}",
        wave_id=wave.pk,
        specification=PerceptionSpec(**(asked | spec)),
        acting=evaluator,
        at=AT,
    )
    return freeze_study(study_id=study.pk, acting=evaluator, at=AT)


def run_of(evaluator: Membership, study: Study) -> Run:
    """The study run to its end."""
    run = request_run(study_id=study.pk, acting=evaluator, at=AT, key=uuid4())
    claimed = claim_run(at=AT)
    assert claimed
    assert claimed.claim_token
    execute_run(run_id=run.pk, token=claimed.claim_token, clock=lambda: AT)
    run.refresh_from_db()
    return run
