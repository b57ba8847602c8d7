"""What an organisation may need of another programme, and what that may answer. Pure."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from kit.tones import Tone


class ReferralNeed(TextChoices):
    """What the organisation needs of the programme; figures are counted by it."""

    TRAINING = "training", pgettext_lazy("need", "Technical training")
    EXTENSION = "extension", pgettext_lazy("need", "Extension and technical assistance")
    INFRASTRUCTURE = "infrastructure", pgettext_lazy("need", "Irrigation, roads or buildings")
    CREDIT = "credit", pgettext_lazy("need", "Credit")
    ASSOCIATION = "association", pgettext_lazy("need", "A stronger organisation")
    MARKET = "market", pgettext_lazy("need", "Buyers and market")
    LAND = "land", pgettext_lazy("need", "Land or titles")
    OTHER = "other", pgettext_lazy("need", "Something else")


class ProgrammeAnswer(TextChoices):
    """What came of it. An earlier answer may be followed by another, and the last one stands."""

    ACCEPTED = "accepted", pgettext_lazy("referral", "It was accepted")
    DECLINED = "declined", pgettext_lazy("referral", "It was declined")
    NO_ANSWER = "no_answer", pgettext_lazy("referral", "No answer came")

    @property
    def tone(self) -> Tone:
        return TONES[self]


TONES = {
    ProgrammeAnswer.ACCEPTED: Tone.GOOD,
    ProgrammeAnswer.DECLINED: Tone.LATE,
    ProgrammeAnswer.NO_ANSWER: Tone.ATTENTION,
}
