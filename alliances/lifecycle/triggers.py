"""What PostgreSQL itself refuses, with messages a person can read."""

import pgtrigger

from alliances.lifecycle.table import PROCESS, moves

#: The columns that a hash covers, in order, for a row named by ``row``.
_HASHED = (
    "{row}.chain",
    "{row}.sequence",
    "{row}.previous_hash",
    "{row}.alliance_id",
    "{row}.verb",
    "{row}.duty",
    "{row}.actor_id",
    "{row}.organisation_id",
    "to_char({row}.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
    "{row}.from_status",
    "{row}.to_status",
    "{row}.reason",
    "{row}.data",
    "{row}.client_key",
)


def hash_of(row: str) -> str:
    """The SQL expression of an event's hash: SHA-256 over its columns as one JSON array."""
    columns = ", ".join(column.format(row=row) for column in _HASHED)
    return f"encode(sha256(convert_to(jsonb_build_array({columns})::text, 'UTF8')), 'hex')"


def refuse(name: str, operation: pgtrigger.Operation, message: str) -> pgtrigger.Trigger:
    """A trigger that refuses ``operation`` on every row (or on the table, for TRUNCATE)."""
    level = pgtrigger.Statement if operation == pgtrigger.Truncate else pgtrigger.Row
    return pgtrigger.Trigger(
        name=name,
        when=pgtrigger.Before,
        operation=operation,
        level=level,
        func=f"RAISE EXCEPTION USING MESSAGE = '{message}', ERRCODE = 'restrict_violation';",
    )


def append_only(what: str) -> list[pgtrigger.Trigger]:
    """Triggers for a table whose rows, once written, are never changed or removed."""
    message = f"{what}: rows are added, never changed or removed."
    return [
        refuse("append_only", pgtrigger.Update | pgtrigger.Delete, message),
        refuse("no_truncate", pgtrigger.Truncate, message),
    ]


_MOVES = ", ".join(f"('{verb}', '{source}', '{target}')" for verb, source, target in moves())

#: Number, chain and hash an event; when it carries a status change, check it against the
#: transition table and apply it. The alliance row is locked, so acts on it come one by one.
CHAIN_AND_APPLY = pgtrigger.Trigger(
    name="chain_and_apply",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("current_status", "text"), ("last_sequence", "bigint"), ("last_hash", "text")],
    func=f"""
        NEW.chain := coalesce(NEW.alliance_id, 0);
        IF NEW.alliance_id IS NULL THEN
            PERFORM pg_advisory_xact_lock(hashtext('alliances_event'));
        ELSE
            SELECT status INTO current_status FROM alliances_alliance
             WHERE id = NEW.alliance_id FOR UPDATE;
        END IF;
        SELECT sequence, hash INTO last_sequence, last_hash FROM alliances_event
         WHERE chain = NEW.chain ORDER BY sequence DESC LIMIT 1;
        NEW.sequence := coalesce(last_sequence, 0) + 1;
        NEW.previous_hash := coalesce(last_hash, repeat('0', 64));
        IF NEW.to_status <> '' THEN
            IF NEW.from_status IS DISTINCT FROM current_status
               OR (NEW.verb, NEW.from_status, NEW.to_status) NOT IN ({_MOVES}) THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                    'The transition table has no %s from %s to %s.',
                    NEW.verb, current_status, NEW.to_status);
            END IF;
            UPDATE alliances_alliance SET status = NEW.to_status, status_since = NEW.at
             WHERE id = NEW.alliance_id;
        END IF;
        NEW.hash := {hash_of("NEW")};
        RETURN NEW;
    """,
)

#: A status moves only from inside CHAIN_AND_APPLY (depth 2), never by an UPDATE of its own.
STATUS_BY_EVENT_ONLY = pgtrigger.Trigger(
    name="status_by_event_only",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    func="""
        IF NEW.status IS DISTINCT FROM OLD.status AND pg_trigger_depth() < 2 THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'An alliance changes status only by an audited act of the transition table.';
        END IF;
        RETURN NEW;
    """,
)
STARTS_AS_DRAFT = pgtrigger.Trigger(
    name="starts_as_draft",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func=f"""
        IF NEW.status <> '{PROCESS.initial}' THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'An alliance begins as a draft; its history brings it further.';
        END IF;
        RETURN NEW;
    """,
)
