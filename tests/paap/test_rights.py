"""What the application may do to each table, as PostgreSQL itself tells it."""

import pytest
from django.db import connection

from paap.rights import APPLICATION_ROLE, EDIT, READ, RIGHTS, Rights, tables

RIGHT_NAMES = ("INSERT", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES")


def test_every_table_has_its_line_and_no_line_is_left_over() -> None:
    assert set(RIGHTS) == set(tables())


@pytest.mark.django_db
def test_every_table_of_the_schema_is_a_model_or_the_list_of_migrations() -> None:
    with connection.cursor() as cursor:
        found = set(connection.introspection.table_names(cursor))

    assert found == {model._meta.db_table for model in tables().values()} | {"django_migrations"}


@pytest.mark.django_db
@pytest.mark.parametrize("label", sorted(RIGHTS))
def test_the_rights_in_the_database_are_those_of_the_table(label: str) -> None:
    model, rights = tables()[label], RIGHTS[label]
    table = model._meta.db_table
    columns = {field.column for field in model._meta.concrete_fields}

    may = {name: has_right(table, name) for name in RIGHT_NAMES}
    changed = {column for column in columns if has_column_right(table, column)}

    assert may == {
        "INSERT": rights.insert,
        "DELETE": rights.delete,
        "TRUNCATE": False,
        "TRIGGER": False,
        "REFERENCES": False,
    }
    assert changed == (columns if rights.update == ("*",) else set(rights.update))


@pytest.mark.parametrize("label", sorted(RIGHTS))
def test_what_its_triggers_refuse_to_everybody_is_not_granted(label: str) -> None:
    names = {trigger.name for trigger in getattr(tables()[label]._meta, "triggers", [])}
    rights = RIGHTS[label]

    if "append_only" in names:
        assert rights in (READ, Rights(insert=True))
    if names & {"no_delete", "kept_for_ever", "no_truncate"}:
        assert not rights.delete
    if rights == EDIT:
        assert not names & {"append_only", "no_delete", "kept_for_ever", "no_truncate"}


@pytest.mark.django_db
def test_the_application_owns_nothing_and_makes_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls
                      FROM pg_roles WHERE rolname = %(role)s),
                   EXISTS (SELECT FROM pg_class
                            WHERE pg_has_role(%(role)s, relowner, 'MEMBER')),
                   EXISTS (SELECT FROM pg_auth_members
                            WHERE member = (SELECT oid FROM pg_roles WHERE rolname = %(role)s)),
                   has_schema_privilege(%(role)s, 'public', 'CREATE'),
                   has_database_privilege(%(role)s, current_database(), 'TEMPORARY, CREATE')
            """,
            {"role": APPLICATION_ROLE},
        )
        assert cursor.fetchone() == (False,) * 5


def has_right(table: str, name: str) -> bool:
    return answer("SELECT has_table_privilege(%s, %s, %s)", APPLICATION_ROLE, table, name)


def has_column_right(table: str, column: str) -> bool:
    question = "SELECT has_column_privilege(%s, %s, %s, 'UPDATE')"
    return answer(question, APPLICATION_ROLE, table, column)


def answer(question: str, *values: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return bool(cursor.fetchone()[0])
