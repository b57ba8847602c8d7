"""When two documents may be one that was mistyped. Pure.

Decision: the register never joins two documents. What is called a merge corrects a document that
was written wrongly, with evidence of the right one, and is possible only where one slip of the
finger explains it: one digit more, less or otherwise, two that changed places, or the other kind
beside the same number. Whoever has two documents stays two persons. Every row of a profile has a
document, so that there is none to be merged for lack of one.
"""

Document = tuple[str, str]


def is_slip(one: Document, other: Document) -> bool:
    """Whether one slip of the finger makes the other document of this one."""
    (kind, number), (other_kind, other_number) = one, other
    if kind != other_kind:
        return number == other_number
    return number != other_number and _one_edit(*sorted((number, other_number), key=len))


def _one_edit(shorter: str, longer: str) -> bool:
    """Whether they are one letter apart, or two neighbours have changed places."""
    same = 0
    while same < len(shorter) and shorter[same] == longer[same]:
        same += 1
    rest, longer_rest = shorter[same:], longer[same:]
    if len(shorter) == len(longer):
        swapped = longer_rest[1::-1] + longer_rest[2:]
        return rest[1:] == longer_rest[1:] or rest == swapped
    return rest == longer_rest[1:]
