"""Every form of an act carries its key, and the version of what it changes: the whole kind."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms

import alliances
import evaluation
import fiduciary

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "templates"

#: Forms that do nothing: they choose what is shown, or who one acts as.
CHOOSES = {"SwitchForm", "ChoiceForm", "PartForm", "CompareForm", "PowerForm"}
#: Files are known by their digest: the same one sent twice is one.
KNOWN_BY_DIGEST = {"ImportForm", "AnswersFileForm", "CorrectionsForm", "ReferenceForm", "TableForm"}
#: Sent once more it changes nothing, and what is confirmed afterwards is what was shown.
SAME_AGAIN = {"MappingForm"}
#: Each answer of a sheet has a version of its own and takes the place of the earlier one.
BY_ANSWER = {"SheetForm"}
#: The link of an invitation serves once, and so does its form.
BY_LINK = {"ArrivalForm"}
#: What somebody wants for themself alone: nobody else changes it, and once more is the same.
OF_ONESELF = {"NoticesForm"}
WITHOUT_KEY = OF_ONESELF | CHOOSES | KNOWN_BY_DIGEST | SAME_AGAIN | BY_ANSWER | BY_LINK
#: What these write is new: it stands beside what stands, and overwrites nothing.
MAKES_SOMETHING_NEW = {
    "AdviserForm",
    "AppointForm",
    "AppointmentEndForm",  # an appointment only ever ends
    "BodyForm",
    "BulkForm",  # the version of each row is beside its tick
    "BulkConfirmForm",  # each row was proposed with its version
    "BudgetLineForm",
    "CallForm",
    "CertificateForm",  # a promise never changes
    "CommitmentForm",
    "CommitmentSheet",
    "ContributionForm",
    "CredentialForm",
    "DeliverySheet",
    "DocumentForm",
    "ExcerptForm",
    "ExerciseForm",
    "InputDeliveryForm",
    "InviteForm",
    "LinkForm",  # an excerpt beside a study only ever comes to stand there
    "InterestForm",
    "MembershipEndForm",  # a membership only ever becomes shorter
    "OfferForm",
    "ReviewForm",
    "RoleForm",
    "ManagerForm",
    "ManagerEndForm",
    "MeetingForm",
    "NewProfileForm",
    "NewRequestForm",
    "OverrideForm",
    "PesosSheet",
    "PromiseForm",
    "ReceiptForm",
    "ReferForm",
    "RepaymentForm",
    "ReplaceAllyForm",
    "RulesForm",
    "SavedViewForm",
    "TwoPeopleForm",
    "ReversalForm",
    "ReasonForm",  # what rests on it adds what it changes
    "RepaymentSheet",
    "TokenForm",
    "VariableForm",
    "VersionForm",
    "VisitForm",
    "WaveForm",
    "WaveDiscardForm",  # a wave is discarded once
    "WithdrawForm",
    "WithdrawalForm",
}
#: Pages that do no act: session, language, and a number read that stays in the history each time.
WITHOUT_ACT = {
    "503.html",  # it sends again what was sent, with its key
    "account/login.html",
    "account/logout.html",
    # Sends once more a form that has its own key.
    "account/resume.html",
    # The link in its address serves once.
    "alliances/invitations/accept.html",
    "components/demo_logins.html",
    "components/frame/language.html",
    "components/frame/memberships.html",
    "components/frame/person.html",
    # The account's own: second factors, and sessions to close.
    "account/password_reset.html",
    "account/password_reset_from_key.html",
    "account/reauthenticate.html",
    "mfa/_key.html",
    "mfa/authenticate.html",
    "mfa/recovery_codes/generate.html",
    "mfa/totp/activate_form.html",
    "mfa/totp/deactivate_form.html",
    "mfa/webauthn/add_form.html",
    "mfa/webauthn/authenticator_confirm_delete.html",
    "usersessions/usersession_list.html",
    "alliances/preparation/_reveal.html",
    # Files, whole sheets answer by answer, and columns mapped once more (as above).
    "evaluation/surveys/import_detail.html",
    "alliances/preparation/import_preview.html",
    "alliances/selection/score_sheet.html",
}
CARRIES_KEY = re.compile(
    r"act_fields|components/form\.html|form\.hidden_fields|\.key \}\}|preparation/_form\.html"
)


def form_classes() -> list[type[forms.BaseForm]]:
    for package in (alliances, fiduciary, evaluation):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if "forms" in module.name:
                importlib.import_module(module.name)
    ours = ("alliances.", "fiduciary.", "evaluation.")
    return sorted(
        {form for form in _subclasses(forms.BaseForm) if form.__module__.startswith(ours)},
        key=lambda form: form.__name__,
    )


def _subclasses(base: type) -> Iterator[type]:
    for child in base.__subclasses__():
        yield child
        yield from _subclasses(child)


@pytest.mark.parametrize("form", form_classes(), ids=lambda form: form.__name__)
def test_every_form_of_an_act_carries_key_and_version(form: type[forms.BaseForm]) -> None:
    name, fields = form.__name__, form.base_fields
    assert ("key" in fields) == (name not in WITHOUT_KEY), name
    is_versioned = name not in (WITHOUT_KEY - SAME_AGAIN) | MAKES_SOMETHING_NEW
    assert ("seen" in fields) == is_versioned, name


def test_no_exception_is_kept_for_a_form_that_is_gone() -> None:
    names = {form.__name__ for form in form_classes()}
    assert names >= WITHOUT_KEY | MAKES_SOMETHING_NEW


def test_every_posted_form_of_a_page_sends_its_key() -> None:
    without = set()
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        for posted in re.finditer(r'<form[^>]*method="post".*?</form>', text, re.S):
            if not CARRIES_KEY.search(posted.group()):
                without.add(str(path.relative_to(TEMPLATES)))
    assert without == WITHOUT_ACT
