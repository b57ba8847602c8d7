"""Rows that decide who may act, and money, change with acts that exist and may change them."""

from alliances.lifecycle.registry import registered
from tests.bound_events import BoundEvents, bound


def test_every_guarded_table_names_acts_of_the_program() -> None:
    verbs = {act.verb for act in registered()}
    assert bound()
    for table, (may, _columns) in bound().items():
        assert may, table
        assert may <= verbs, table


def test_the_watch_sees_a_row_that_changes_with_an_act_of_something_else() -> None:
    event = 'INSERT INTO "alliances_event" ("alliance_id", "verb", "duty") VALUES (%s, %s, %s)'
    incentive = 'UPDATE "alliances_alliance" SET "incentive_cop" = %s WHERE "id" = %s'
    assert acted((incentive, (1, 2)), (event, (2, "update_profile", "promote"))) == []
    assert acted((incentive, (1, 2)), (event, (2, "upload_document", ""))) == [
        "alliances_alliance changed with upload_document"
    ]


def acted(*statements: tuple[str, tuple[object, ...]]) -> list[str]:
    """What the watch says of one act with these statements."""
    watch = BoundEvents()
    for text, params in (("SAVEPOINT a", ()), *statements, ("RELEASE SAVEPOINT a", ())):
        watch(lambda *_told: None, text, params, many=False, context={})
    return watch.mistakes
