"""The acts of this app's rooms, given to the audit chain when the program starts."""

from alliances.calls import table as calls
from alliances.documents import table as documents
from alliances.field import table as field
from alliances.invitations import table as invitations
from alliances.lifecycle.registry import register
from alliances.mail import table as mail
from alliances.persons import table as persons
from alliances.preparation import table as preparation
from alliances.reference import table as reference
from alliances.referrals import table as referrals
from alliances.register import table as bodies
from alliances.selection import table as selection
from alliances.tokens import table as tokens
from alliances.trade import table as trade

for room in (
    bodies,
    invitations,
    reference,
    referrals,
    persons,
    calls,
    documents,
    preparation,
    selection,
    field,
    trade,
    tokens,
    mail,
):
    register(room.ACTS)
