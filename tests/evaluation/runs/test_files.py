"""What goes home with a finished run: rows without anybody's data, in four ways, and to whom."""

import csv
import io
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from pyarrow import parquet

from alliances.models import Membership, Producer
from evaluation.models import Response, Run, Variable
from evaluation.runs.rows.exports import DATA, file_of, files_of
from evaluation.runs.rows.public import Undescribed, published
from evaluation.surveys.services import add_variable
from tests.evaluation.estimators.rd.test_expected import table
from tests.evaluation.runs.impact.columns import COVARIATES, OUTCOMES
from tests.evaluation.runs.impact.files import run_of, synthetic_wave
from tests.evaluation.runs.impact.rows import impact_rows, impact_spec
from tests.evaluation.runs.impact.scene import make_impact_run, undrawn, work_on
from tests.factories.alliances import make_membership
from tests.factories.evaluation import AT, make_run, make_study, make_surveyed, make_wave

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("module_media")]


@pytest.fixture(scope="module")
def evaluator(module_rows: None) -> Membership:
    return make_membership("evaluator")


@pytest.fixture(scope="module")
def run(evaluator) -> Run:
    return impact_run(evaluator, impact_rows(alliances=60))


def impact_run(evaluator: Membership, rows: pd.DataFrame) -> Run:
    spec = impact_spec(placebos=0, balance_draws=0)
    return work_on(make_impact_run(evaluator, spec), rows, charts=False)


@pytest.fixture(scope="module")
def surveyed(evaluator) -> Run:
    """A run on stored rows, of which everybody's data is known."""
    wave = synthetic_wave(evaluator, table("alianzas_sintetico.csv"))
    Producer.objects.update(
        given_names="Rosalba",
        surnames="Quiñones Ñáñez",
        phone="3109876543",
        farm_name="El Porvenir",
        born_on=date(1971, 2, 17),
    )
    Producer.objects.filter(pk=Producer.objects.first().pk).update(document_number="1098765432")
    with undrawn():
        return run_of(
            evaluator,
            wave,
            outcomes=OUTCOMES[1:2],
            treatment="answer",
            treatment_variable="participo",
            covariates=(*COVARIATES[:1], "age_years", "is_woman"),
            placebos=0,
            balance_draws=0,
        )


def read(run: Run, name: str) -> io.BytesIO:
    return io.BytesIO(file_of(run, name))


# -- The files ------------------------------------------------------------------------------------
def test_a_spanish_spreadsheet_opens_the_rows_in_columns(run):
    with translation.override("es-co"):
        text = file_of(run, "datos.csv").decode("utf-8-sig")

    header, first = text.splitlines()[:2]
    assert header.startswith("producer;alliance;department;crop;score;treated;")
    assert any("," in cell for cell in first.split(";"))  # the comma is that of decimals
    rows = pd.read_csv(io.StringIO(text), sep=";", decimal=",")
    assert len(rows) == 360
    assert rows["producer"].tolist() == [*range(1, 361)]


def test_an_english_one_too(run):
    text = file_of(run, "datos.csv").decode("utf-8-sig")

    assert text.startswith("producer,alliance,")
    assert len(pd.read_csv(io.StringIO(text))) == 360


def test_parquet_carries_its_dictionary_and_whence_it_comes(run):
    found = parquet.read_table(read(run, "datos.parquet"))

    inside = {key.decode(): value.decode() for key, value in found.schema.metadata.items()}
    assert (inside["run"], inside["study"]) == (str(run.pk), run.study.slug)
    assert inside["fingerprint"] == run.fingerprint
    names = [row["name"] for row in json.loads(inside["dictionary"])]
    assert names == found.column_names


def test_stata_reads_labels_in_the_language_that_is_active(run, tmp_path):
    labels = {}
    for language in ("en", "es-co"):
        with translation.override(language):
            (tmp_path / "datos.dta").write_bytes(file_of(run, "datos.dta"))
        rows, found = pyreadstat.read_dta(str(tmp_path / "datos.dta"))
        labels[language] = found

    assert labels["en"].column_names_to_labels["score"] == "Score less cut-off (points)"
    assert labels["en"].variable_value_labels["treated"] == {0: "No", 1: "Yes"}
    assert labels["es-co"].variable_value_labels["treated"] == {0: "No", 1: "Sí"}
    assert labels["en"].column_names_to_labels["sales_cop"].startswith("Ventas")
    assert run.fingerprint in labels["en"].file_label
    assert len(rows) == 360


def test_the_dictionary_tells_every_column_in_both_languages(run, spanish):
    with translation.override("en"):
        text = file_of(run, "diccionario.csv").decode("utf-8-sig")
        written = file_of(run, "datos.csv").decode("utf-8-sig")

    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert list(rows) == written.partition("\n")[0].strip().split(",")
    assert rows["score"]["label_en"] == "Score less cut-off"
    assert rows["score"]["label_es"] == "Puntaje menos corte"
    assert rows["age_years"]["measured"] == "before"
    assert rows["sales_cop"]["unit_es"] == "COP al año"
    assert rows["sales_cop"]["source_es"] == str(run.study.wave)
    assert {row["fingerprint"] for row in rows.values()} == {run.fingerprint}


def test_the_same_rows_in_any_order_give_the_same_files(evaluator):
    rows = impact_rows(alliances=40)
    moved = rows.sample(frac=1, random_state=1, ignore_index=True)
    renumbered = moved.assign(**{"@alliance": 99 - moved["@alliance"]}, producer=range(len(moved)))

    one, other = (impact_run(evaluator, each) for each in (rows, renumbered))

    assert file_of(one, "datos.csv") == file_of(other, "datos.csv")


def test_any_kind_that_keeps_rows_gives_them(evaluator):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=12, members=3)
    study = make_study(evaluator, wave)
    call_command("launch_run", study=study.pk, wait=True)

    run = Run.objects.get(study=study)
    assert files_of(run) == DATA
    rows = pd.read_parquet(read(run, "datos.parquet"))
    assert {"agreement_in_force", "wellbeing", "alliance"} < set(rows.columns)


# -- Nobody's data --------------------------------------------------------------------------------
def test_nothing_that_names_anybody_comes_out(surveyed):
    rows = pd.read_parquet(read(surveyed, "datos.parquet"))

    texts = {file_of(surveyed, "datos.csv"), file_of(surveyed, "diccionario.csv")}
    texts |= {rows.to_csv().encode(), file_of(surveyed, "datos.dta")}
    with zipfile.ZipFile(read(surveyed, "replica.zip")) as kit:
        texts |= {kit.read(name) for name in kit.namelist()}
    people = Producer.objects.values("given_names", "surnames", "phone", "farm_name")
    secrets = {value for person in people for value in person.values() if value}
    secrets |= {str(Producer.objects.order_by("pk")[0].born_on), "1098765432"}
    for text in texts:
        for secret in secrets:
            assert secret.encode() not in text, secret
    personal = {field.name for field in Producer._meta.concrete_fields}
    assert set(rows.columns) & personal == {"alliance"}  # a number of this file
    assert (rows["age_years"].dropna() % 1 == 0).all()
    assert rows["producer"].tolist() == [*range(1, len(rows) + 1)]
    assert rows["alliance"].max() == rows["alliance"].nunique() == 96


def test_numbers_of_the_file_do_not_follow_those_of_the_tables(surveyed):
    kept = pd.read_parquet(surveyed.rows.get(name="rows").file)
    rows = pd.read_parquet(read(surveyed, "datos.parquet"))

    sizes = [
        frame.groupby(name).size().tolist()
        for frame, name in ((kept, "@alliance"), (rows, "alliance"))
    ]
    assert sizes[0] != sizes[1]
    assert sorted(sizes[0]) == sorted(sizes[1])


def test_what_any_wave_calls_personal_or_writes_as_text_does_not_come_out(run, evaluator):
    elsewhere = make_wave(evaluator)
    for name, kind, personal in (("nickname", "number", True), ("remark", "text", False)):
        for wave in (elsewhere, run.study.wave):
            add_variable(
                wave_id=wave.pk,
                at=AT,
                acting=evaluator,
                name=name,
                label=name,
                kind=kind,
                is_personal=personal and wave == elsewhere,
            )
    frame = pd.DataFrame({"producer": [1], "@alliance": [1]})

    for name, value in (("nickname", 7.0), ("remark", "Doña Rosa"), ("unheard_of", 1.0)):
        with pytest.raises(Undescribed, match=name):
            published(frame.assign(**{name: [value]}), run)
    with pytest.raises(Undescribed, match="texts"):
        published(frame.assign(sales_cop=["Doña Rosa"]), run)
    for personal in Variable.objects.filter(is_personal=True).values_list("name", flat=True):
        with pytest.raises(Undescribed):
            published(frame.assign(**{personal: [1.0]}), run)
    assert not Response.objects.filter(wave__in=[elsewhere, run.study.wave]).exists()


def test_a_variable_named_as_a_column_of_ours_keeps_its_name(run, evaluator):
    add_variable(
        wave_id=run.study.wave_id,
        at=AT,
        acting=evaluator,
        name="score",
        label="Nota",
        kind="number",
    )

    rows, columns = published(
        pd.DataFrame({"producer": [1], "@alliance": [1], "@score": [2.0], "score": [5.0]}), run
    )

    assert [column.name for column in columns] == ["producer", "alliance", "score_", "score"]
    assert rows.loc[0, ["score_", "score"]].tolist() == [2, 5]


# -- To whom --------------------------------------------------------------------------------------
def test_evaluators_and_the_eip_take_rows_and_the_ministry_reads_results(
    run, as_member, evaluator, policy, outsider
):
    address = f"/evaluacion/corridas/{run.pk}/datos.csv"
    page = f"/evaluacion/corridas/{run.pk}/"

    answer = as_member(evaluator).get(address)
    assert answer.status_code == 200
    name = f"corrida-{run.pk}-{run.study.slug}-{run.fingerprint[:12]}-datos.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert b"datos.dta" in as_member(evaluator).get(page).content
    for member in (policy, outsider):
        assert as_member(member).get(address).status_code == 403
    assert b"datos.dta" not in as_member(policy).get(page).content


def test_a_run_that_has_not_finished_gives_nothing(evaluator, as_member):
    run = make_impact_run(evaluator, impact_spec())

    assert as_member(evaluator).get(f"/evaluacion/corridas/{run.pk}/datos.csv").status_code == 404
    with pytest.raises(CommandError, match="has not finished"):
        call_command("export_run", run.pk, to="nowhere")


def test_a_kind_without_a_kit_gives_none(evaluator, as_member):
    wave = make_wave(evaluator)
    make_surveyed(wave, evaluator, alliances=12, members=3)
    run = make_run(evaluator, make_study(evaluator, wave))

    address = f"/evaluacion/corridas/{run.pk}/replica.zip"
    assert as_member(evaluator).get(address).status_code == 404


# -- From the shell -------------------------------------------------------------------------------
def test_the_command_writes_what_the_page_gives(run, tmp_path, as_member, evaluator):
    call_command("export_run", run.pk, to=tmp_path / "out" / "run", language="en")

    written = {path.name: path.read_bytes() for path in (tmp_path / "out" / "run").iterdir()}
    assert set(written) == {*DATA, "replica.zip"}
    for name, content in written.items():
        assert as_member(evaluator).get(f"/evaluacion/corridas/{run.pk}/{name}").content == content


def test_the_command_says_what_it_cannot_give(run, tmp_path):
    with pytest.raises(CommandError, match="no run"):
        call_command("export_run", 999999, to=tmp_path)
    (kept,) = run.rows.all()
    file = Path(kept.file.storage.path(kept.file.name))
    shutil.move(file, tmp_path / "away")
    try:
        with pytest.raises(CommandError, match="not those that were kept"):
            call_command("export_run", run.pk, to=tmp_path)
    finally:
        shutil.move(tmp_path / "away", file)  # the other tests read the same run
