"""Writing who is the apprentice manager of an alliance, and until when."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from alliances.lifecycle.acting import act_on
from alliances.lifecycle.models import Alliance
from alliances.people.models import ApprenticeManager, Membership
from alliances.people.roles import Role
from alliances.preparation.table import END_MANAGER, REGISTER_MANAGER
from kit.days import check_day
from kit.errors import Conflict, DomainError


def register_manager(
    *,
    alliance: Alliance,
    manager: Membership,
    since: date,
    monthly_fee_cop: Decimal,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> ApprenticeManager:
    """Write that this person is the alliance's apprentice manager from a day on.

    The same person from the same day twice is one registration. Raises NotAllowed (stage, duty),
    DomainError for somebody of another organisation, ValidationError when there is one already.
    """
    content = {"person": manager.user_id, "since": since, "monthly_fee_cop": monthly_fee_cop}
    with act_on(
        alliance.pk, REGISTER_MANAGER, acting=acting, at=at, key=key, content=content
    ) as act:
        if act.earlier:
            return ApprenticeManager.objects.get(pk=act.earlier_row("manager"))
        locked = act.alliance
        if manager.role != Role.MANAGER or manager.organisation_id != locked.organisation_id:
            raise DomainError(_("Choose somebody of the organisation whose role is to manage it."))
        same = locked.managers.filter(user=manager.user_id, since=since).first()
        if same:
            if same.monthly_fee_cop != monthly_fee_cop:
                raise Conflict(_("This person was registered from that day with another fee."))
            act.skip()
            return same
        apprentice = ApprenticeManager(
            alliance=locked, user=manager.user, since=since, monthly_fee_cop=monthly_fee_cop
        )
        apprentice.full_clean()
        apprentice.save()
        act.data["manager"] = apprentice.pk
        return apprentice


def end_manager(
    *,
    alliance: Alliance,
    until: date,
    reason: str,
    reason_code: str,
    acting: Membership,
    at: datetime,
    key: UUID | None = None,
) -> ApprenticeManager:
    """Write the last day of the manager's contract, so that another one can be registered.

    Raises Conflict when nobody is registered, DomainError for a day before they began or to come.
    """
    with act_on(
        alliance.pk,
        END_MANAGER,
        acting=acting,
        at=at,
        key=key,
        content={"until": until},
        reason=reason,
        reason_code=reason_code,
    ) as act:
        if act.earlier:
            return ApprenticeManager.objects.get(pk=act.earlier_row("manager"))
        apprentice = act.alliance.managers.filter(until__isnull=True).first()
        if apprentice is None:
            raise Conflict(_("Nobody is registered as the apprentice manager today."))
        check_day(
            until,
            field="until",
            today=localtime(at).date(),
            not_before=apprentice.since,
            since=_("the contract began"),
        )
        apprentice.until = until
        apprentice.full_clean()
        apprentice.save(update_fields=["until"])
        act.data |= {"manager": apprentice.pk, "until": until.isoformat()}
        return apprentice
