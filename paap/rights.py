"""What the application may do to each table, on one screen; everything else only the owner may.

Context: whoever serves pages must not be able to rewrite history, whatever code it runs.
Decision: web, worker and beat connect as ``APPLICATION_ROLE``, which owns nothing. ``grant_rights``
takes all rights away and gives those of this table, after every migration. It reads every table.
Consequence: a new table has no rights until it has a line here; a test asks for the line.
"""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from alliances.lifecycle.models import Event
from alliances.people.models import Producer
from fiduciary.ledger.models import Posting
from kit.triggers import IS_OWNER

#: The role of web, worker and beat, on every server.
APPLICATION_ROLE = "alianzas_app"


@dataclass(frozen=True)
class Rights:
    """Reading is always granted; ``update`` names the columns, "*" for all of them.

    A column may stand there only because locking a row asks for the right to update it: a trigger
    of the table then refuses the update itself.
    """

    insert: bool = False
    update: tuple[str, ...] = ()
    delete: bool = False


READ = Rights()
ADD = Rights(insert=True)
KEEP = Rights(insert=True, update=("*",))
EDIT = Rights(insert=True, update=("*",), delete=True)


def adds_and_changes(*columns: str) -> Rights:
    """Rows are added, and change in these columns alone."""
    return Rights(insert=True, update=columns)


RIGHTS: dict[str, Rights] = {
    # -- who may act: engaged and dismissed by who keeps the register, each with its event
    "alliances.Membership": adds_and_changes("valid_until"),
    "alliances.Organisation": adds_and_changes(
        "name", "nit", "founded_on", "municipality_id", "legal_representative"
    ),
    "alliances.Organisation_departments": Rights(insert=True, delete=True),
    "alliances.User": KEEP,  # a new one has no membership, and so no right
    "alliances.Invitation": adds_and_changes(
        "person_id",
        "token_hash",
        "expires_at",
        "confirmed_by_id",
        "confirmed_at",
        "membership_id",
        "accepted_at",
        "withdrawn_at",
    ),
    "alliances.User_groups": READ,
    "alliances.User_user_permissions": READ,
    "auth.Group": READ,
    "auth.Group_permissions": READ,
    "auth.Permission": READ,
    "contenttypes.ContentType": READ,
    # -- the territory, loaded by setup
    "alliances.Department": READ,
    "alliances.Municipality": READ,
    "alliances.Crop": KEEP,  # these seven by administrators, a whole table with one event
    "alliances.CropWindow": EDIT,
    "alliances.MinimumWage": KEEP,
    "alliances.PriceIndex": KEEP,
    "alliances.Practice": KEEP,
    "alliances.SisterProgramme": KEEP,
    "alliances.ExternalShock": EDIT,
    # -- history
    "alliances.Event": ADD,
    "alliances.Appointment": adds_and_changes("until"),
    "alliances.Interest": ADD,
    # -- lists: what people keep of them, and acts on many rows
    "alliances.SavedView": EDIT,
    "alliances.BulkAct": EDIT,
    "alliances.BulkRow": EDIT,
    # -- referrals to other programmes, and what these answered
    "alliances.Referral": ADD,
    "alliances.ReferralAnswer": ADD,
    # -- calls
    "alliances.Call": KEEP,
    "alliances.CallRegion": adds_and_changes("cutoff"),
    "alliances.Criterion": ADD,
    "alliances.CriterionOption": ADD,
    "alliances.EligibilityRule": ADD,
    # -- profiles and studies; the status is moved by events
    "alliances.Alliance": adds_and_changes(
        "name",
        "organisation_id",
        "ally_id",
        "municipality_id",
        "crop_id",
        "route",
        "total_value_cop",
        "incentive_cop",
    ),
    "alliances.Person": READ,  # the database makes them of the documents of producers
    "alliances.DifferentPeople": ADD,
    "alliances.Producer": EDIT,
    "alliances.ProfileUpload": EDIT,
    "alliances.TableUpload": EDIT,
    "alliances.ProfileImport": ADD,
    "alliances.PreinvestmentStudy": KEEP,
    "alliances.Consultant": Rights(update=("maximum_profiles",)),  # to lock it
    "alliances.Credential": adds_and_changes("verified_at", "verified_by_id"),
    "alliances.ApprenticeManager": adds_and_changes("until"),
    "alliances.Document": ADD,
    "alliances.DocumentVersion": ADD,
    # -- selection, field, trade
    "alliances.Score": KEEP,
    "alliances.ScoreLine": KEEP,
    "alliances.CommitteeDecision": ADD,
    "alliances.EvaluationSnapshot": ADD,
    "alliances.Visit": ADD,
    "alliances.Visit_photos": ADD,
    "alliances.Attendance": ADD,
    "alliances.PlannedVisit": adds_and_changes("visit_id", "closed_at"),
    "alliances.Agreement": KEEP,
    "alliances.ProduceSale": KEEP,
    # -- money; a balance is kept by the postings
    "fiduciary.Account": adds_and_changes("name"),
    "fiduciary.Transaction": ADD,
    "fiduciary.Posting": ADD,
    "fiduciary.Trust": ADD,
    "fiduciary.Contribution": KEEP,
    "fiduciary.BudgetLine": ADD,
    "fiduciary.Protocol": KEEP,  # these three as the reference rows above
    "fiduciary.ProtocolStep": ADD,
    "fiduciary.ReturnReason": KEEP,
    "fiduciary.DisbursementRequest": KEEP,
    "fiduciary.DisbursementRequest_documents": ADD,
    "fiduciary.StepRecord": KEEP,
    "fiduciary.StepTiming": EDIT,
    "fiduciary.WindowOverride": ADD,
    "fiduciary.FundRules": ADD,
    "fiduciary.Commitment": ADD,
    "fiduciary.Instalment": ADD,
    "fiduciary.InputDelivery": ADD,
    # -- evaluation
    "evaluation.Wave": KEEP,
    "evaluation.Variable": KEEP,
    "evaluation.SurveyImport": EDIT,
    "evaluation.Response": ADD,
    "evaluation.Study": KEEP,
    "evaluation.Exercise": ADD,
    "evaluation.Excerpt": KEEP,
    "evaluation.Run": KEEP,
    "evaluation.RunPart": ADD,
    "evaluation.Reading": ADD,
    "evaluation.RunDrawing": ADD,
    "evaluation.RunRows": ADD,
    # -- sessions
    "alliances.Notice": EDIT,
    "alliances.AccessToken": adds_and_changes("used_on", "revoked_at"),
    "sessions.Session": EDIT,
    "account.EmailAddress": EDIT,
    "account.EmailConfirmation": EDIT,
    "mfa.Authenticator": EDIT,
    "usersessions.UserSession": EDIT,
}

#: Triggers that write what the application itself may not: they act as the owner.
ACTING_AS_OWNER = (
    (Event, "chain_and_apply"),
    (Posting, "keeps_balance"),
    (Producer, "of_its_person"),
    (Producer, "lets_its_person_go"),
)


def tables() -> dict[str, type[Model]]:
    """Every model that has a table, by its label."""
    models = apps.get_models(include_auto_created=True)
    return {model._meta.label: model for model in models if model._meta.managed}


@transaction.atomic
def grant_rights() -> None:
    """Give the application exactly the rights of ``RIGHTS``, whatever it had. As the owner.

    The triggers are secured too: nobody passes over one, and those that write for the
    application do so with a fixed search path.
    """
    role = sql.Identifier(APPLICATION_ROLE)
    with connection.cursor() as cursor:
        database = sql.Identifier(connection.settings_dict["NAME"])
        for statement in (*_NOTHING, *_ENTRANCE):
            cursor.execute(sql.SQL(statement).format(role=role, database=database))
        for label, model in tables().items():
            for grant in _grants(model, RIGHTS.get(label, READ)):
                cursor.execute(sql.SQL("{} TO {}").format(grant, role))
        cursor.execute(IS_OWNER)
        cursor.execute(_PASS_OVER_NONE)
        for model, name in ACTING_AS_OWNER:
            cursor.execute(sql.SQL(_AS_OWNER).format(_function(model, name)))


#: Taken away first. Without temporary tables nobody has triggers of their own to hide behind.
_NOTHING = (
    "REVOKE ALL ON DATABASE {database} FROM PUBLIC, {role}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}",
    "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role}",
    "REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role}",
)
_ENTRANCE = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
)
#: django-pgtrigger lets any session name triggers to pass over; here nobody does.
_PASS_OVER_NONE = """
    CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME)
    RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false'
"""
_AS_OWNER = "ALTER FUNCTION public.{}() SECURITY DEFINER SET search_path = public, pg_temp"


def _grants(model: type[Model], rights: Rights) -> list[sql.Composable]:
    table = sql.Identifier(model._meta.db_table)
    granted: list[sql.Composable] = [
        sql.SQL(f"GRANT {name} ON {{}}").format(table)
        for name, given in (("INSERT", rights.insert), ("DELETE", rights.delete))
        if given
    ]
    if rights.update == ("*",):
        granted.append(sql.SQL("GRANT UPDATE ON {}").format(table))
    elif rights.update:
        columns = sql.SQL(", ").join(map(sql.Identifier, rights.update))
        granted.append(sql.SQL("GRANT UPDATE ({}) ON {}").format(columns, table))
    if rights.insert:
        granted += [
            sql.SQL("GRANT USAGE ON SEQUENCE {}").format(sql.Identifier(sequence))
            for sequence in _sequences(model)
        ]
    return granted


def _sequences(model: type[Model]) -> list[str]:
    with connection.cursor() as cursor:
        sequences = connection.introspection.get_sequences(cursor, model._meta.db_table)
    return [str(sequence["name"]) for sequence in sequences]


def _function(model: type[Model], name: str) -> sql.Identifier:
    """The function in the database of that trigger."""
    trigger = next(row for row in model._meta.triggers if row.name == name)  # type: ignore[attr-defined]
    return sql.Identifier(trigger.get_pgid(model))
