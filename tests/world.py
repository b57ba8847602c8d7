"""Two alliances that know nothing of each other, one of each thing in both, and what is secret."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now

from alliances.documents.models import DocumentVersion
from alliances.documents.services import upload_document
from alliances.field.services import log_visit
from alliances.invitations.services import Offer, invite
from alliances.lifecycle.duties import Duty
from alliances.lists.models import BulkAct, BulkRow, SavedView
from alliances.models import (
    Alliance,
    Appointment,
    ApprenticeManager,
    Consultant,
    Credential,
    Membership,
    Person,
    Producer,
    ProfileImport,
    SisterProgramme,
)
from alliances.preparation.models import ProfileUpload
from alliances.referrals.services import refer
from alliances.uploads.services import stage
from evaluation.surveys.services import receive_file
from fiduciary.ledger.models import Transaction, TransactionKind
from tests.alliances.documents.samples import PDF
from tests.alliances.documents.test_pictures import SECRET, telltale
from tests.factories.alliances import (
    CAST,
    Cast,
    make_alliance,
    make_department,
    make_membership,
    make_municipality,
    make_organisation,
    make_producer,
)
from tests.factories.evaluation import (
    make_excerpt,
    make_exercise,
    make_run,
    make_study,
    make_wave,
    sell,
    sign,
)
from tests.factories.fiduciary import (
    MONDAY,
    make_commitment,
    make_contribution,
    make_funded_cast,
    make_request,
    make_rules,
)
from tests.factories.selection import make_score

#: Who asks: the cast, a consultant of the OGR, an administrator, the coordinator of the OGA, an OGR
#: of another region, somebody who belongs to no organisation today, and who has not signed in.
ROLES = (*CAST, "consultant", "admin", "coordinator", "stranger", "unattached", "nobody")


@dataclass
class Side:
    """One alliance with one of each thing, by the name that the table of addresses gives it."""

    cast: Cast
    consultant: Membership
    producer: Producer
    things: dict[str, Any] = field(default_factory=dict)
    #: Words that only this side knows, by what they are.
    secrets: dict[str, str] = field(default_factory=dict)


def make_side(name: str, number: int) -> Side:
    """An executing alliance called ``name``; documents and telephones begin with ``number``."""
    cast = make_funded_cast()
    secrets = {
        "alliance": f"Alianza {name}",
        "person": f"Apellido{name}",
        "document": f"{number}1234567",
        "phone": f"3{number}5551234",
        "payee": f"{number}7654321",
        "fee": f"{number},750,905",  # as English pages write it
    }
    Alliance.objects.filter(pk=cast.alliance.pk).update(name=secrets["alliance"])
    cast.alliance.refresh_from_db()
    producer = make_producer(
        cast.alliance,
        given_names=f"Nombre{name}",
        surnames=secrets["person"],
        document_number=secrets["document"],
        phone=secrets["phone"],
    )
    advising = make_membership("consultant", organisation=cast["ogr"].organisation)
    consultant = Consultant.objects.create(
        user=advising.user, profession="Economista", experience_years=7
    )
    Appointment.objects.create(
        alliance=cast.alliance,
        duty=Duty.ADVISE,
        organisation=advising.organisation,
        person=advising.user,
        since=date(2026, 1, 20),
    )
    credential = Credential.objects.create(
        consultant=consultant, title="Economía", issuer="Udenar", issued_on=date(2012, 12, 1)
    )
    ApprenticeManager.objects.create(
        alliance=cast.alliance,
        user=cast["manager"].user,
        since=date(2026, 3, 1),
        monthly_fee_cop=Decimal(secrets["fee"].replace(",", "")),
    )
    side = Side(cast, advising, producer, secrets=secrets)
    side.things = (
        _things(side)
        | _draft(side)
        | _of_lists(side)
        | {"consultant": consultant.pk, "credential": credential.pk}
    )
    return side


def _of_lists(side: Side) -> dict[str, Any]:
    """What the OGR keeps of its list, and an act on many that it was about to confirm."""
    ogr, alliance = side.cast["ogr"], side.cast.alliance
    view = SavedView.objects.create(person=ogr.user, list_name="alliances", name="Las mías")
    bulk = BulkAct.objects.create(
        key=uuid4(),
        verb="return_profile",
        membership=ogr,
        list_name="alliances",
        language="en",
        proposed_at=now(),
    )
    label = f"{alliance}"
    BulkRow.objects.create(bulk=bulk, target=alliance.pk, label=label, url="/alianzas/")
    return {"view": view.pk, "bulk": bulk.key}


def _draft(side: Side) -> dict[str, Any]:
    """Another profile of the same people, still open to corrections."""
    alliance = side.cast.alliance
    draft = make_alliance(
        name=side.secrets["alliance"],
        organisation=alliance.organisation,
        ally=alliance.ally,
    )
    same = {"given_names", "surnames", "document_number", "phone"}
    producer = make_producer(draft, **{name: getattr(side.producer, name) for name in same})
    mistyped = side.secrets["document"][:-2] + "76"
    make_producer(draft, surnames=side.secrets["person"], document_number=mistyped)
    person, alike = Person.objects.filter(producers__alliance=draft).order_by("pk")
    return {
        "draft": draft.code,
        "draft_producer": producer.pk,
        "person": person.pk,
        "alike": alike.pk,
    }


def _things(side: Side) -> dict[str, Any]:
    cast, producer = side.cast, side.producer
    alliance = cast.alliance
    agreement = sign(alliance, cast["ally"])
    may = date(2021, 5, 1)
    sale = sell(agreement, promised=100, delivered=90, price=1000, promised_on=may)
    make_rules(cast)
    photo = _upload(side, "visit_photo", "finca.jpg", telltale())
    log_visit(
        alliance_id=alliance.pk,
        acting=cast["oga"],
        at=MONDAY,
        kind="technical",
        visited_on=MONDAY.date(),
        topic="Siembra",
        attended=[producer.pk],
        adopted=[],
        key=uuid4(),
    )
    request = make_request(cast, payee_name="Rosa Guerrero", payee_document=side.secrets["payee"])
    score = make_score(alliance, 80, scorer=cast["scorer"])
    field_team = cast["oga"]
    SisterProgramme.objects.get_or_create(
        code="pdea",
        defaults={
            "name_es": "Extensión agropecuaria",
            "name_en": "Agricultural extension",
            "entity": "Departamentos",
            "source": "Ley 1876 de 2017",
            "confidence": "high",
            "valid_from": date(2017, 12, 29),
        },
    )
    referral = refer(
        alliance_id=alliance.pk,
        programme="pdea",
        need="extension",
        note=f"Pregunte por {side.secrets['alliance']}",
        acting=cast["ogr"],
        at=MONDAY,
        key=uuid4(),
    )
    issued = invite(
        Offer(field_team.organisation, "oga", f"invited{alliance.pk}@example.org"),
        acting=make_membership("admin"),
        at=MONDAY,
    )
    return {
        "body": field_team.organisation_id,
        "account": field_team.user_id,
        "membership": field_team.pk,
        "invitation": issued.invitation.pk,
        "alliance": alliance.code,
        "call": alliance.call.code,
        "producer": producer.pk,
        "appointment": alliance.appointments.order_by("pk")[0].pk,
        "agreement": agreement.pk,
        "referral": referral.pk,
        "sale": sale.pk,
        "commitment": make_commitment(cast, producer).pk,
        "contribution": make_contribution(alliance).pk,
        "receipt": Transaction.objects.filter(
            kind=TransactionKind.CONTRIBUTION, postings__account__alliance=alliance
        )[0].pk,
        "request": request.pk,
        "score": score.pk,
        "criterion": alliance.call.criteria.order_by("pk")[0].pk,
        "photo": photo.pk,
        "photo_document": photo.document_id,
        "identity": _upload(side, "identity", "cedula.pdf", PDF).pk,
    }


def _upload(side: Side, kind: str, name: str, content: bytes) -> DocumentVersion:
    return upload_document(
        alliance=side.cast.alliance,
        kind=kind,
        title=f"Soporte {side.secrets['alliance']}",
        upload=SimpleUploadedFile(name, content),
        acting=side.cast["oga"],
        at=MONDAY,
        key=uuid4(),
    )


def _sent_by(admin: Membership) -> dict[str, Any]:
    """Tables that an administrator looks at before they are taken in."""
    kinds = {
        "reference_upload": ("salarios", b"year,monthly_cop,source,confidence\n2099,1,x,low\n"),
        "bodies_upload": ("entidades", b"Tipo de entidad,Nombre\nally,Compradora\n"),
    }
    return {"bodies_word": "entidades"} | {
        thing: stage(kind=kind, file_name="t.csv", content=content, acting=admin, at=now()).key
        for thing, (kind, content) in kinds.items()
    }


class World:
    """Our side with somebody in each role, the other side, and evaluation, which has no sides."""

    def __init__(self) -> None:
        self.own, self.foreign = make_side("Nuestra", 41), make_side("Ajena", 57)
        elsewhere = make_municipality("05001", "Medellín")
        theirs = Alliance.objects.filter(name=self.foreign.secrets["alliance"])
        theirs.update(municipality=elsewhere)
        self.own.things |= self._evaluation()
        self.clients = {role: Client(headers={"accept-language": "en"}) for role in ROLES}
        for role, client in self.clients.items():
            if member := self._member(role):
                client.force_login(member.user)
                if role == "admin":
                    self.own.things |= _sent_by(member)

    def _member(self, role: str) -> Membership | None:
        if role == "nobody":
            return None
        if role == "stranger":
            third = make_department("73", "Tolima")
            return make_membership("ogr", make_organisation("ogr", departments=[third]))
        if role == "admin":
            return make_membership("admin")
        if role == "coordinator":
            return make_membership("coordinator", self.own.cast["oga"].organisation)
        if role == "unattached":
            return make_membership("ogr", valid_until=date(2021, 1, 1))
        return self.own.consultant if role == "consultant" else self.own.cast[role]

    def _evaluation(self) -> dict[str, Any]:
        evaluator = self.own.cast["evaluator"]
        wave = make_wave(evaluator)
        open_study = make_study(evaluator, wave, frozen=False)
        run = make_run(evaluator, study := make_study(evaluator, wave))
        exercise = make_exercise(evaluator)
        waiting = receive_file(
            wave_id=wave.pk,
            file_name="respuestas.csv",
            content=f"documento;ventas\n{self.own.secrets['document']};1\n".encode(),
            acting=evaluator,
            at=MONDAY,
        )
        upload = ProfileUpload.objects.create(
            key=uuid4(),
            call=self.own.cast.alliance.call,
            owner=self.own.cast["ogr"],
            file_name="perfiles.xlsx",
            content=b"x",
            sha256=sha256(b"x").hexdigest(),
            staged_at=now(),
            expires_at=now() + timedelta(hours=1),
        )
        profile_import = ProfileImport.objects.create(
            call=self.own.cast.alliance.call,
            key=uuid4(),
            file_name="perfiles.xlsx",
            sha256=sha256(b"y").hexdigest(),
            profiles=0,
            producers=0,
            imported_by=self.own.cast["ogr"],
            imported_at=now(),
        )
        return {
            "profile_import": profile_import.pk,
            "wave": wave.code,
            "wave_id": wave.pk,
            "stored_kind": "operations",
            "study": study.pk,
            "open_study": open_study.pk,
            "exercise": exercise.pk,
            "excerpt": make_excerpt(evaluator, exercise).pk,
            "run": run.pk,
            "import": waiting.pk,
            "upload": upload.key,
        }


#: What a picture says besides its pixels.
PLACE = SECRET.decode()
