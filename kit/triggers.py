"""What PostgreSQL asks of everybody but the owner of the tables, who may load past history."""

import pgtrigger

#: Makes the function that says whether who runs a statement owns the tables. Migrations run it,
#: and ``paap.rights`` again after each.
IS_OWNER = """
    DO $do$ BEGIN
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION public.is_owner() RETURNS boolean LANGUAGE sql STABLE '
            'AS $f$ SELECT pg_has_role(current_user, %L, ''MEMBER'') $f$', current_user);
    END $do$;
"""
NOT_THE_OWNER = pgtrigger.Condition("NOT public.is_owner()")


def refuse(
    name: str,
    operation: pgtrigger.Operation,
    message: str,
    condition: pgtrigger.Condition | None = None,
) -> pgtrigger.Trigger:
    """A trigger that refuses ``operation`` on every row (or on the table, for TRUNCATE)."""
    level = pgtrigger.Statement if operation == pgtrigger.Truncate else pgtrigger.Row
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        level=level,
        condition=condition,
        func=f"RAISE EXCEPTION USING MESSAGE = '{message}', ERRCODE = 'restrict_violation';",
    )


def with_its_event(
    *verbs: str,
    alliance: str = "{row}.alliance_id",
    operation: pgtrigger.Operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
) -> pgtrigger.Trigger:
    """Rows that change only in a transaction that also writes one of these acts on their alliance.

    ``verbs`` name the acts that may change such a row; a test compares them with what services
    do. ``alliance`` is the SQL that finds its id from ``{row}`` (NEW or OLD). Checked at commit.
    """
    acts = ", ".join(f"'{verb}'" for verb in verbs)
    return pgtrigger.Trigger(
        name="with_its_event",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        condition=NOT_THE_OWNER,
        declare=[("concerned", "bigint")],
        func=f"""
            FOREACH concerned IN ARRAY ARRAY[
                {alliance.format(row="OLD")}, {alliance.format(row="NEW")}]::bigint[] LOOP
                IF concerned IS NOT NULL AND NOT EXISTS (
                    SELECT FROM alliances_event
                     WHERE alliance_id = concerned AND recorded_at = transaction_timestamp()
                       AND verb IN ({acts})
                ) THEN
                    RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = format(
                        'A row of %s changes only together with its event.', TG_TABLE_NAME);
                END IF;
            END LOOP;
            RETURN NULL;
        """,
    )


def with_event_apart(
    *verbs: str,
    operation: pgtrigger.Operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
) -> pgtrigger.Trigger:
    """``with_its_event`` for rows of no alliance: the act is in the programme's own chain."""
    acts = ", ".join(f"'{verb}'" for verb in verbs)
    return pgtrigger.Trigger(
        name="with_its_event",
        when=pgtrigger.After,
        operation=operation,
        timing=pgtrigger.Deferred,
        condition=NOT_THE_OWNER,
        func=f"""
            IF NOT EXISTS (
                SELECT FROM alliances_event
                 WHERE chain = 0 AND at > transaction_timestamp() - interval '10 minutes'
                   AND recorded_at = transaction_timestamp() AND verb IN ({acts})
            ) THEN
                RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = format(
                    'A row of %s changes only together with its event.', TG_TABLE_NAME);
            END IF;
            RETURN NULL;
        """,
    )


def as_its_chain_tells(subject: str, body: str) -> pgtrigger.Trigger:
    """A row that is, at commit, what the last event about it says: the owner's rows too.

    ``subject`` is the name of the thing in the event's data and in the function that says how it
    stands (made by the migration ``register_has_events``); ``body`` is the column with its
    organisation, whose chain tells of it.
    """
    return pgtrigger.Trigger(
        name="as_its_chain_tells",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        timing=pgtrigger.Deferred,
        func=f"""
            IF public.{subject}_stands(NEW.id) IS DISTINCT FROM
               public.register_tells(-NEW.{body}, '{subject}', NEW.id) THEN
                RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = format(
                    'A row of %s changes only together with its event.', TG_TABLE_NAME);
            END IF;
            RETURN NULL;
        """,
    )
