"""Writes of trade: the agreement, its signatures and end, and each sale from promise to payment."""

from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind
from alliances.documents.services import atomic_with_files, upload_document
from alliances.lifecycle.duties import Duty
from alliances.lifecycle.keys import is_repeated
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.process import lock_alliance, record
from alliances.people.models import Membership, OrganisationKind
from alliances.people.services import Party, find_or_register
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import Side, Terms
from alliances.trade.selectors import (
    agreement_acts,
    can_replace_ally,
    current_agreement,
    side_on,
    sides_signed,
)
from kit.access import require
from kit.errors import Conflict, DomainError, NotAllowed


# -- The agreement --------------------------------------------------------------------------------
@transaction.atomic
def write_agreement(
    *, alliance_id: int, terms: Terms, acting: Membership, at: datetime, key: UUID
) -> Agreement:
    """Write the agreement with the present ally, or rewrite it while nobody has signed.

    The same key twice is one act, and Conflict once that agreement has ended. Raises NotAllowed
    for who is no party, once anybody signed, or outside pre-investment, closing and execution.
    """
    alliance = lock_alliance(alliance_id)
    agreement = current_agreement(alliance)
    if is_repeated(alliance, "write_agreement", key):
        if agreement is None:
            raise Conflict(_("The agreement that this form wrote has ended: open a new form."))
        return agreement
    require(agreement_acts(alliance, agreement, acting).write)
    agreement = agreement or Agreement(alliance=alliance, ally=alliance.ally)
    for name, value in asdict(terms).items():
        setattr(agreement, name, value)
    agreement.full_clean()
    agreement.save()
    _note(alliance, "write_agreement", acting, at, _signed_under(agreement), key=key)
    return agreement


@transaction.atomic
def sign_agreement(
    *, agreement_id: int, acting: Membership, at: datetime, seen: str | None = None
) -> Agreement:
    """Sign for the party that acts; the terms are frozen from the first signature on.

    ``seen`` is the fingerprint of the terms that the signer read. Raises Conflict when they were
    rewritten meanwhile, or when this party has signed or the agreement has ended; NotAllowed for
    anybody but the representative of a party.
    """
    agreement = _locked(agreement_id)
    alliance, side = agreement.alliance, side_on(agreement.alliance, agreement, acting)
    if agreement.ended_on is not None:
        raise Conflict(_("This agreement has ended: write another."))
    require(agreement_acts(alliance, agreement, acting).end)  # who binds a party, before and after
    if side in sides_signed(agreement):
        raise Conflict(_("Your organisation already signed this agreement."))
    require(agreement_acts(alliance, agreement, acting).sign)
    if seen is not None and seen != agreement.fingerprint:
        raise Conflict(_("The terms changed while you were reading: read them again."))
    if side == Side.ALLY:
        agreement.signed_by_ally, agreement.signed_by_ally_at = acting, at
    else:
        agreement.signed_by_organisation, agreement.signed_by_organisation_at = acting, at
    agreement.save()
    data = _signed_under(agreement) | {"side": str(side)}
    _note(alliance, "sign_agreement", acting, at, data)
    return agreement


@transaction.atomic
def end_agreement(*, agreement_id: int, reason: str, acting: Membership, at: datetime) -> Agreement:
    """End the agreement today, by the representative of either party and with its reason.

    Raises Conflict when it has ended already.
    """
    agreement = _locked(agreement_id)
    if agreement.ended_on is not None:
        raise Conflict(
            _("This agreement already ended on %(day)s.")
            % {"day": date_format(agreement.ended_on, "DATE_FORMAT")}
        )
    require(agreement_acts(agreement.alliance, agreement, acting).end)
    if not reason.strip():
        raise DomainError(_("Say why the agreement ends."))
    agreement.ended_on, agreement.end_reason = localtime(at).date(), reason.strip()
    agreement.full_clean()
    agreement.save()
    data = {"agreement": agreement.pk, "ended_on": agreement.ended_on.isoformat()}
    _note(agreement.alliance, "end_agreement", acting, at, data, reason=reason)
    return agreement


@atomic_with_files()
def replace_ally(
    *,
    alliance_id: int,
    ally: Party,
    reason: str,
    evidence: UploadedFile,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> Alliance:
    """Give the alliance another commercial ally, with the reason and the minutes that say so.

    The ally is registered if it is new; agreements with the earlier one stay as they ended. The
    same key twice is one act. Raises NotAllowed for who may not direct, outside the statuses in
    which agreements are written or while the present one has not ended; DomainError (reason,
    file, NIT, the same ally) and ValidationError.
    """
    alliance = lock_alliance(alliance_id)
    if is_repeated(alliance, "replace_ally", key):
        return alliance
    require(can_replace_ally(alliance, acting))
    if not reason.strip():
        raise DomainError(_("Say why the ally is replaced."))
    earlier = alliance.ally_id
    alliance.ally = find_or_register(kind=OrganisationKind.ALLY, party=ally)
    if alliance.ally_id == earlier:
        raise DomainError(_("%(ally)s is already the ally of this alliance.") % {"ally": ally.name})
    alliance.full_clean()
    alliance.save(update_fields=["ally"])
    minutes = upload_document(
        alliance=alliance,
        kind=DocumentKind.CDA_ACT,
        title=_("Replacement of the commercial ally"),
        upload=evidence,
        acting=acting,
        at=at,
        client_key=key,
    )
    record(
        alliance=alliance,
        verb="replace_ally",
        duty=Duty.DIRECT,
        acting=acting,
        at=at,
        reason=reason,
        data={"from": earlier, "to": alliance.ally_id, "name": alliance.ally.name},
        documents=[minutes],
        key=key,
    )
    return alliance


# -- Sales ----------------------------------------------------------------------------------------
@transaction.atomic
def promise_sale(
    *,
    agreement_id: int,
    promised_on: date,
    promised_kg: Decimal,
    acting: Membership,
    at: datetime,
    key: UUID,
) -> ProduceSale:
    """Promise a delivery to the ally within the term of the agreement; one key is one promise.

    Raises NotAllowed unless the agreement is in force and the organisation itself promises,
    DomainError outside its term, Conflict when the key made another promise.
    """
    agreement = _locked(agreement_id)
    if promised := ProduceSale.objects.filter(client_key=key).first():
        if promised.agreement_id != agreement.pk:
            raise Conflict(_("This form was already used for another promise: open a new one."))
        return promised
    require(agreement_acts(agreement.alliance, agreement, acting).promise)
    if not agreement.starts_on <= promised_on <= agreement.ends_on:
        raise DomainError(
            _("The agreement covers deliveries from %(first)s to %(last)s.")
            % {
                "first": date_format(agreement.starts_on, "DATE_FORMAT"),
                "last": date_format(agreement.ends_on, "DATE_FORMAT"),
            }
        )
    if promised_kg <= 0:
        raise DomainError(_("Promise more than zero kilos."))
    sale = ProduceSale(
        agreement=agreement, client_key=key, promised_on=promised_on, promised_kg=promised_kg
    )
    sale.full_clean()
    sale.save()
    data = {"sale": sale.pk, "promised_on": promised_on.isoformat(), "kg": str(promised_kg)}
    _note(agreement.alliance, "promise_sale", acting, at, data)
    return sale


@transaction.atomic
def record_sale(
    *,
    sale_id: int,
    delivered_on: date,
    delivered_kg: Decimal,
    price_cop: Decimal,
    acting: Membership,
    at: datetime,
) -> ProduceSale:
    """Write what was delivered of a promise and at what price per kilo.

    The organisation may correct it until the ally confirms; the same facts twice are one act.
    Raises Conflict once the ally confirmed or it was paid, DomainError for a date in the future.
    """
    sale = _locked_sale(sale_id)
    written = (sale.delivered_on, sale.delivered_kg, sale.price_cop)
    if written == (delivered_on, delivered_kg, price_cop):
        return sale
    require(agreement_acts(sale.agreement.alliance, sale.agreement, acting).record)
    if sale.received_at or sale.paid_on:
        raise Conflict(_("This delivery is already confirmed: it no longer changes."))
    _not_in_future(delivered_on, at)
    if delivered_kg <= 0 or price_cop <= 0:
        raise DomainError(_("A delivery has kilos and a price above zero."))
    sale.delivered_on, sale.delivered_kg, sale.price_cop = delivered_on, delivered_kg, price_cop
    sale.full_clean()
    sale.save()
    data = {
        "sale": sale.pk,
        "delivered_on": delivered_on.isoformat(),
        "kg": str(delivered_kg),
        "price_cop": str(price_cop),
    }
    _note(sale.agreement.alliance, "record_sale", acting, at, data)
    return sale


@transaction.atomic
def confirm_delivery(
    *, sale_id: int, acting: Membership, at: datetime, seen: str | None = None
) -> ProduceSale:
    """The ally confirms that it received what the organisation wrote; from then on it is fixed.

    ``seen`` is the fingerprint of the delivery that the ally read. Raises Conflict when it was
    corrected meanwhile or is confirmed already, NotAllowed for anybody but the ally.
    """
    sale = _locked_sale(sale_id)
    require(agreement_acts(sale.agreement.alliance, sale.agreement, acting).receive)
    if not sale.is_delivered:
        raise NotAllowed(_("Nothing was delivered of this promise yet."))
    if sale.received_at or sale.paid_on:
        raise Conflict(_("This delivery is already confirmed."))
    if seen is not None and seen != sale.delivery_fingerprint:
        raise Conflict(_("The delivery was corrected while you were reading: read it again."))
    sale.received_at, sale.received_by = at, acting
    sale.full_clean()
    sale.save()
    _note(sale.agreement.alliance, "confirm_delivery", acting, at, {"sale": sale.pk})
    return sale


@transaction.atomic
def confirm_payment(
    *, sale_id: int, paid_on: date, acting: Membership, at: datetime
) -> ProduceSale:
    """The organisation confirms the day on which the ally's money arrived.

    Raises Conflict when it is confirmed already, NotAllowed before the delivery, DomainError for
    a day before the delivery or in the future.
    """
    sale = _locked_sale(sale_id)
    require(agreement_acts(sale.agreement.alliance, sale.agreement, acting).settle)
    if sale.delivered_on is None:
        raise NotAllowed(_("Nothing was delivered of this promise yet."))
    if sale.paid_on:
        raise Conflict(
            _("This payment was already confirmed: it arrived on %(day)s.")
            % {"day": date_format(sale.paid_on, "DATE_FORMAT")}
        )
    _not_in_future(paid_on, at)
    if paid_on < sale.delivered_on:
        raise DomainError(_("A sale is paid on or after its delivery."))
    sale.paid_on = paid_on
    sale.full_clean()
    sale.save()
    data = {"sale": sale.pk, "paid_on": paid_on.isoformat()}
    _note(sale.agreement.alliance, "confirm_payment", acting, at, data)
    return sale


# -- Shared ---------------------------------------------------------------------------------------
def _locked(agreement_id: int) -> Agreement:
    """The agreement with its alliance locked first: the order every service keeps."""
    agreement = Agreement.objects.only("alliance_id").get(pk=agreement_id)
    alliance = lock_alliance(agreement.alliance_id)
    locked = Agreement.objects.select_for_update(of=("self",)).select_related("ally")
    agreement = locked.get(pk=agreement_id)
    agreement.alliance = alliance
    return agreement


def _locked_sale(sale_id: int) -> ProduceSale:
    """The sale, after its alliance and its agreement."""
    sale = ProduceSale.objects.only("agreement_id").get(pk=sale_id)
    agreement = _locked(sale.agreement_id)
    sale = ProduceSale.objects.select_for_update(of=("self",)).get(pk=sale_id)
    sale.agreement = agreement
    return sale


def _not_in_future(day: date, at: datetime) -> None:
    if day > localtime(at).date():
        raise DomainError(_("That day has not come yet."))


def _signed_under(agreement: Agreement) -> dict[str, Any]:
    """What the audit keeps of the terms: proof of them, not the terms themselves."""
    return {"agreement": agreement.pk, "terms_sha256": agreement.fingerprint}


def _note(
    alliance: Alliance,
    verb: str,
    acting: Membership,
    at: datetime,
    data: dict[str, Any],
    *,
    reason: str = "",
    key: UUID | None = None,
) -> None:
    record(
        alliance=alliance,
        verb=verb,
        duty=Duty.REPRESENT,
        acting=acting,
        at=at,
        data=data,
        reason=reason,
        key=key,
    )
