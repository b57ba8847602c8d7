"""Writes of trade: the agreement, its signatures and end, and each sale from promise to payment."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.documents.models import DocumentKind
from alliances.documents.services import atomic_with_files, digests, upload_document
from alliances.lifecycle.acting import Content, OpenAct, act_on, lock_alliance
from alliances.lifecycle.models import Alliance
from alliances.lifecycle.table import Act
from alliances.people.identifiers import other_name
from alliances.people.models import Membership, OrganisationKind
from alliances.people.services import Party
from alliances.register.services import find_or_register
from alliances.trade.models import Agreement, ProduceSale
from alliances.trade.rules import Side, Terms
from alliances.trade.selectors import (
    AgreementActs,
    agreement_acts,
    current_agreement,
    not_bound,
    side_on,
    sides_signed,
)
from alliances.trade.table import (
    CONFIRM_DELIVERY,
    CONFIRM_PAYMENT,
    END_AGREEMENT,
    PROMISE_SALE,
    RECORD_SALE,
    REPLACE_ALLY,
    SIGN_AGREEMENT,
    WRITE_AGREEMENT,
)
from kit.access import ALLOWED, require
from kit.days import check_day
from kit.errors import Conflict, DomainError, NotAllowed
from kit.versions import NOTHING


# -- The agreement --------------------------------------------------------------------------------
def write_agreement(
    *,
    alliance_id: int,
    terms: Terms,
    acting: Membership,
    at: datetime,
    key: UUID,
    seen: str | None = None,
) -> Agreement:
    """Write the agreement with the present ally, or rewrite it while nobody has signed.

    The same key twice is one act, and Conflict once that agreement has ended. Raises NotAllowed
    for who is no party, once anybody signed, or outside pre-investment, closing and execution.
    """
    with transaction.atomic():
        alliance = lock_alliance(pk=alliance_id)
        agreement = current_agreement(alliance)
        with act_on(
            alliance,
            WRITE_AGREEMENT,
            acting=acting,
            at=at,
            key=key,
            content=asdict(terms),
            seen=seen,
            version=agreement.fingerprint if agreement else NOTHING,
        ) as act:
            if act.earlier:
                written = Agreement.objects.get(pk=act.earlier_row("agreement"))
                if written.ended_on is not None:
                    raise Conflict(
                        _("The agreement that this form wrote has ended: open a new form.")
                    )
                return written
            require(_acts(act, agreement).write)
            agreement = agreement or Agreement(alliance=alliance, ally=alliance.ally)
            for name, value in asdict(terms).items():
                setattr(agreement, name, value)
            agreement.full_clean()
            agreement.save()
            act.data |= _signed_under(agreement)
            return agreement


def sign_agreement(
    *,
    agreement_id: int,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Agreement:
    """Sign for the party that acts; the terms are frozen from the first signature on.

    ``seen`` is the fingerprint of the terms that the signer read. Raises Conflict when they were
    rewritten meanwhile, or when this party has signed or the agreement has ended; NotAllowed for
    anybody but the representative of a party.
    """
    with _act_on_agreement(
        agreement_id, SIGN_AGREEMENT, acting=acting, at=at, key=key, seen=seen
    ) as (agreement, act):
        if act.earlier:
            return agreement
        side = side_on(act.alliance, agreement, acting)
        may = _acts(act, agreement)
        if agreement.ended_on is not None:
            raise Conflict(_("This agreement has ended: write another."))
        require(may.end)  # who binds a party, before and after
        if side in sides_signed(agreement):
            raise Conflict(_("Your organisation already signed this agreement."))
        require(may.sign)
        if side == Side.ALLY:
            agreement.signed_by_ally, agreement.signed_by_ally_at = acting, at
        else:
            agreement.signed_by_organisation, agreement.signed_by_organisation_at = acting, at
        agreement.save()
        act.data |= _signed_under(agreement) | {"side": str(side)}
        return agreement


def end_agreement(
    *,
    agreement_id: int,
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> Agreement:
    """End the agreement today, by the representative of either party and with its reason.

    Raises Conflict when it has ended already.
    """
    with _act_on_agreement(
        agreement_id,
        END_AGREEMENT,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        reason=reason,
        reason_code=reason_code,
    ) as (agreement, act):
        if act.earlier:
            return agreement
        if agreement.ended_on is not None:
            raise Conflict(
                _("This agreement already ended on %(day)s.")
                % {"day": date_format(agreement.ended_on, "DATE_FORMAT")}
            )
        require(_acts(act, agreement).end)
        agreement.ended_on, agreement.end_reason = localtime(at).date(), reason.strip()
        agreement.full_clean()
        agreement.save()
        act.data |= {"agreement": agreement.pk, "ended_on": agreement.ended_on.isoformat()}
        return agreement


@atomic_with_files()
def replace_ally(
    *,
    alliance_id: int,
    ally: Party,
    reason: str,
    reason_code: str,
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
    with act_on(
        lock_alliance(pk=alliance_id),
        REPLACE_ALLY,
        acting=acting,
        at=at,
        key=key,
        content={"ally": asdict(ally), "document": digests([evidence])},
        reason=reason,
        reason_code=reason_code,
    ) as act:
        alliance = act.alliance
        if act.earlier:
            return alliance
        require(not_bound(alliance))
        earlier = alliance.ally_id
        alliance.ally = find_or_register(
            kind=OrganisationKind.ALLY, party=ally, acting=acting, at=at
        )
        if problem := other_name(ally.name, alliance.ally.nit, alliance.ally.name):
            raise DomainError(problem)
        if alliance.ally_id == earlier:
            raise DomainError(
                _("%(ally)s is already the ally of this alliance.") % {"ally": ally.name}
            )
        alliance.full_clean()
        alliance.save(update_fields=["ally"])
        minutes = upload_document(
            alliance=alliance,
            kind=DocumentKind.CDA_ACT,
            title=_("Replacement of the commercial ally"),
            upload=evidence,
            acting=acting,
            at=at,
            key=uuid5(key, "minutes"),
        )
        act.documents.append(minutes)
        act.data |= {"from": earlier, "to": alliance.ally_id, "name": alliance.ally.name}
        return alliance


# -- Sales ----------------------------------------------------------------------------------------
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
    promise = {"promised_on": promised_on, "promised_kg": promised_kg}
    with _act_on_agreement(
        agreement_id, PROMISE_SALE, acting=acting, at=at, key=key, content=promise
    ) as (agreement, act):
        if act.earlier:
            return ProduceSale.objects.get(pk=act.earlier_row("sale"))
        require(_acts(act, agreement).promise)
        if not agreement.starts_on <= promised_on <= agreement.ends_on:
            raise DomainError(
                _("The agreement covers deliveries from %(first)s to %(last)s.")
                % {
                    "first": date_format(agreement.starts_on, "DATE_FORMAT"),
                    "last": date_format(agreement.ends_on, "DATE_FORMAT"),
                },
                field="promised_on",
            )
        if promised_kg <= 0:
            raise DomainError(_("Promise more than zero kilos."))
        sale = ProduceSale(agreement=agreement, key=key, **promise)
        sale.full_clean()
        sale.save()
        act.data |= {
            "sale": sale.pk,
            "promised_on": promised_on.isoformat(),
            "kg": str(promised_kg),
        }
        return sale


def record_sale(
    *,
    sale_id: int,
    delivered_on: date,
    delivered_kg: Decimal,
    price_cop: Decimal,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> ProduceSale:
    """Write what was delivered of a promise and at what price per kilo.

    The organisation may correct it until the ally confirms; the same facts twice are one act.
    Raises Conflict once the ally confirmed or it was paid, DomainError for a date in the future.
    """
    delivery = {
        "delivered_on": delivered_on,
        "delivered_kg": delivered_kg,
        "price_cop": price_cop,
    }
    with _act_on_sale(
        sale_id, RECORD_SALE, acting=acting, at=at, key=key, seen=seen, content=delivery
    ) as (sale, act):
        if act.earlier:
            return sale
        require(_acts(act, sale.agreement).record)
        if delivery == {name: getattr(sale, name) for name in delivery}:
            act.skip()
            return sale
        if sale.received_at or sale.paid_on:
            raise Conflict(_("This delivery is already confirmed: it no longer changes."))
        check_day(
            delivered_on,
            field="delivered_on",
            today=localtime(at).date(),
            not_before=sale.agreement.starts_on,
            since=_("the first delivery was agreed"),
        )
        if delivered_kg <= 0 or price_cop <= 0:
            raise DomainError(_("A delivery has kilos and a price above zero."))
        for name, value in delivery.items():
            setattr(sale, name, value)
        sale.full_clean()
        sale.save()
        act.data |= {
            "sale": sale.pk,
            "delivered_on": delivered_on.isoformat(),
            "kg": str(delivered_kg),
            "price_cop": str(price_cop),
        }
        return sale


def confirm_delivery(
    *,
    sale_id: int,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> ProduceSale:
    """The ally confirms that it received what the organisation wrote; from then on it is fixed.

    ``seen`` is the fingerprint of the delivery that the ally read. Raises Conflict when it was
    corrected meanwhile or is confirmed already, NotAllowed for anybody but the ally.
    """
    with _act_on_sale(sale_id, CONFIRM_DELIVERY, acting=acting, at=at, key=key, seen=seen) as (
        sale,
        act,
    ):
        if act.earlier:
            return sale
        require(_acts(act, sale.agreement).receive)
        if not sale.is_delivered:
            raise NotAllowed(_("Nothing was delivered of this promise yet."))
        if sale.received_at or sale.paid_on:
            raise Conflict(_("This delivery is already confirmed."))
        sale.received_at, sale.received_by = at, acting
        sale.full_clean()
        sale.save()
        act.data["sale"] = sale.pk
        return sale


def confirm_payment(
    *,
    sale_id: int,
    paid_on: date,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
    seen: str | None = None,
) -> ProduceSale:
    """The organisation confirms the day on which the ally's money arrived.

    Raises Conflict when it is confirmed already, NotAllowed before the delivery, DomainError for
    a day before the delivery or in the future.
    """
    with _act_on_sale(
        sale_id,
        CONFIRM_PAYMENT,
        acting=acting,
        at=at,
        key=key,
        seen=seen,
        content={"paid_on": paid_on},
    ) as (sale, act):
        if act.earlier:
            return sale
        require(_acts(act, sale.agreement).settle)
        if sale.delivered_on is None:
            raise NotAllowed(_("Nothing was delivered of this promise yet."))
        if sale.paid_on:
            raise Conflict(
                _("This payment was already confirmed: it arrived on %(day)s.")
                % {"day": date_format(sale.paid_on, "DATE_FORMAT")}
            )
        check_day(
            paid_on,
            field="paid_on",
            today=localtime(at).date(),
            not_before=sale.delivered_on,
            since=_("it was delivered"),
        )
        sale.paid_on = paid_on
        sale.full_clean()
        sale.save()
        act.data |= {"sale": sale.pk, "paid_on": paid_on.isoformat()}
        return sale


# -- Shared ---------------------------------------------------------------------------------------
def _acts(act: OpenAct, agreement: Agreement | None) -> AgreementActs:
    """What the side that acts may do with the agreement; ``act_on`` judged that it is a party."""
    assert act.acting is not None  # agreements are not loaded as history
    return agreement_acts(act.alliance, agreement, act.acting, ALLOWED)


@contextmanager
def _act_on_agreement(
    agreement_id: int, what: Act, *, content: Content | None = None, **who_and_when: Any
) -> Iterator[tuple[Agreement, OpenAct]]:
    """An act on an agreement, locked after its alliance: the order every service keeps."""
    with transaction.atomic():
        alliance = lock_alliance(agreements=agreement_id)
        locked = Agreement.objects.select_for_update(of=("self",)).select_related("ally")
        agreement = locked.get(pk=agreement_id)
        agreement.alliance = alliance
        with act_on(
            alliance,
            what,
            content={"agreement": agreement_id, **(content or {})},
            version=agreement.fingerprint,
            **who_and_when,
        ) as act:
            yield agreement, act


@contextmanager
def _act_on_sale(
    sale_id: int, what: Act, *, content: Content | None = None, **who_and_when: Any
) -> Iterator[tuple[ProduceSale, OpenAct]]:
    """An act on a sale, locked after its alliance and its agreement."""
    with transaction.atomic():
        alliance = lock_alliance(agreements__sales=sale_id)
        sale = (
            ProduceSale.objects.select_for_update(of=("self", "agreement"))
            .select_related("agreement__ally")
            .get(pk=sale_id)
        )
        sale.agreement.alliance = alliance
        with act_on(
            alliance,
            what,
            content={"sale": sale_id, **(content or {})},
            version=sale.delivery_fingerprint,
            parties=[sale.agreement.ally_id],
            **who_and_when,
        ) as act:
            yield sale, act


def _signed_under(agreement: Agreement) -> dict[str, Any]:
    """What the audit keeps of the terms: proof of them, not the terms themselves."""
    return {"agreement": agreement.pk, "terms_sha256": agreement.fingerprint}
