"""What the rooms of this app give the audit to compare, gathered at start-up."""

from alliances.calls import audit as _calls  # noqa: F401
from alliances.documents import audit as _documents  # noqa: F401
from alliances.persons import audit as _persons  # noqa: F401
from alliances.referrals import audit as _referrals  # noqa: F401
from alliances.register import audit as _register  # noqa: F401
from alliances.selection import audit as _selection  # noqa: F401
