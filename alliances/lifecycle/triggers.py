"""What PostgreSQL itself refuses, with messages a person can read."""

import pgtrigger

from alliances.lifecycle.duties import CONFIRMED_ROLES
from alliances.lifecycle.table import PROCESS, TRANSITIONS, moves
from kit.triggers import NOT_THE_OWNER, refuse

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
    "{row}.key",
)


def hash_of(row: str) -> str:
    """The SQL expression of an event's hash: SHA-256 over its columns as one JSON array."""
    columns = ", ".join(column.format(row=row) for column in _HASHED)
    recorded = f"to_char({row}.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
    document = (
        f"jsonb_build_array({columns}) || CASE WHEN {row}.recorded_at IS NULL THEN '[]'::jsonb"
        f" ELSE jsonb_build_array({recorded}) END"
    )
    return f"encode(sha256(convert_to(({document})::text, 'UTF8')), 'hex')"


def append_only(what: str) -> list[pgtrigger.Trigger]:
    """Triggers for a table whose rows, once written, are never changed or removed."""
    message = f"{what}: rows are added, never changed or removed."
    return [
        refuse("append_only", pgtrigger.Update | pgtrigger.Delete, message),
        refuse("no_truncate", pgtrigger.Truncate, message),
    ]


_DUTIES = ", ".join(f"('{row.verb}', '{row.duty}')" for row in TRANSITIONS)

#: Nobody but the owner writes what somebody else is to have done, at another time: the act is of
#: now, by a member in force who may hold its duty under the call's rules. Nobody at all (a tick of
#: the system) signs in the programme's own chain alone, without a duty. ``recorded_at`` is the
#: database's own clock; only loaded history has none. It runs before CHAIN_AND_APPLY, by its name.
ACTS_ARE_JUDGED = pgtrigger.Trigger(
    name="acts_are_judged",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=NOT_THE_OWNER,
    declare=[("day", "date"), ("roles", "text[]"), ("holders", "jsonb")],
    func=f"""
        NEW.recorded_at := transaction_timestamp();
        IF NEW.at NOT BETWEEN transaction_timestamp() - interval '10 minutes'
                          AND clock_timestamp() + interval '1 minute' THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                'An act is written when it is done: it says %s and it is %s.',
                NEW.at, clock_timestamp());
        END IF;
        IF NEW.actor_id IS NULL AND NEW.organisation_id IS NULL AND NEW.alliance_id IS NULL
           AND NEW.chain >= 0 AND NEW.duty = '' THEN
            RETURN NEW;
        END IF;
        day := (NEW.at AT TIME ZONE 'America/Bogota')::date;
        SELECT array_agg(role) INTO roles FROM alliances_membership
         WHERE user_id = NEW.actor_id AND organisation_id = NEW.organisation_id
           AND valid_from <= day AND (valid_until IS NULL OR valid_until >= day);
        IF roles IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                'An act is of a member of that organisation, in force on its day.';
        END IF;
        IF NEW.to_status <> '' AND (NEW.verb, NEW.duty) NOT IN ({_DUTIES}) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                'The transition table has no %s under the duty %s.', NEW.verb, NEW.duty);
        END IF;
        IF NEW.duty <> '' AND NEW.alliance_id IS NOT NULL THEN
            SELECT regime_rules -> 'holders' -> NEW.duty INTO holders
              FROM alliances_call JOIN alliances_alliance ON call_id = alliances_call.id
             WHERE alliances_alliance.id = NEW.alliance_id;
            IF NOT EXISTS (SELECT FROM jsonb_array_elements(holders) AS holder
                            WHERE holder ->> 0 = ANY (roles)) THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                    'By the rules of the call, nobody holds the duty %s as %s.',
                    NEW.duty, array_to_string(roles, ', '));
            END IF;
        END IF;
        RETURN NEW;
    """,
)


_CONFIRMED = ", ".join(f"'{role}'" for role in sorted(CONFIRMED_ROLES))

#: Who keeps the register: an administrator, and a coordinator for the people of their own body. A
#: role of ``CONFIRMED_ROLES`` is granted only where two people, neither of them who gets it, wrote
#: that they invite and that they confirm; alone, the first administrator makes the second one and
#: no other. It runs after CHAIN_AND_APPLY, by its name.
REGISTER_IS_KEPT = pgtrigger.Trigger(
    name="register_is_kept",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    condition=pgtrigger.Condition("NOT public.is_owner() AND NEW.chain < 0"),
    declare=[("day", "date"), ("is_admin", "boolean"), ("is_own", "boolean"), ("person", "bigint")],
    func=f"""
        day := (NEW.at AT TIME ZONE 'America/Bogota')::date;
        SELECT bool_or(role = 'admin'),
               bool_or(role = 'coordinator' AND organisation_id = -NEW.chain)
          INTO is_admin, is_own FROM alliances_membership
         WHERE user_id = NEW.actor_id AND organisation_id = NEW.organisation_id
           AND valid_from <= day AND (valid_until IS NULL OR valid_until >= day);
        IF NOT is_admin AND (
            NEW.verb IN ('change_organisation', 'confirm_invitation')
            OR NEW.verb = 'register_organisation'
               AND NEW.data -> 'stands' ->> 'kind' NOT IN ('producer', 'ally')
            OR NEW.verb IN ('invite', 'withdraw_invitation', 'grant_membership', 'end_membership')
               AND (NOT is_own OR NEW.data -> 'stands' ->> 'role' = 'admin')) THEN
            RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(
                'The register is kept by administrators, and of one body by its coordinator: %s.',
                NEW.verb);
        END IF;
        IF NEW.verb = 'grant_membership' THEN
            person := (NEW.data -> 'stands' ->> 'user')::bigint;
            IF person = NEW.actor_id OR NEW.data -> 'stands' ->> 'role' IN ({_CONFIRMED})
               AND NOT EXISTS (
                SELECT FROM alliances_event one JOIN alliances_event other USING (chain)
                 WHERE one.chain = NEW.chain AND one.verb = 'invite'
                   AND other.verb = 'confirm_invitation' AND one.actor_id <> other.actor_id
                   AND one.data -> 'invitation' = NEW.data -> 'invitation'
                   AND other.data -> 'invitation' = NEW.data -> 'invitation'
                   AND one.data -> 'stands' -> 'role' = NEW.data -> 'stands' -> 'role'
                   AND person NOT IN (one.actor_id, other.actor_id))
               AND NOT (NEW.data -> 'stands' ->> 'role' = 'admin' AND NOT EXISTS (
                SELECT FROM alliances_membership
                 WHERE role = 'admin' AND user_id NOT IN (NEW.actor_id, person)))
            THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                    'Nobody grants to themself, and this role takes a second person who confirms.';
            END IF;
        END IF;
        RETURN NEW;
    """,
)


_MOVES = ", ".join(f"('{verb}', '{source}', '{target}')" for verb, source, target in moves())

#: Number, chain and hash an event; when it carries a status change, check it against the
#: transition table and apply it. The row of the alliance, or of the organisation whose chain it
#: is, is locked, so acts on it come one by one.
CHAIN_AND_APPLY = pgtrigger.Trigger(
    name="chain_and_apply",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    declare=[("current_status", "text"), ("last_sequence", "bigint"), ("last_hash", "text")],
    func=f"""
        NEW.chain := coalesce(NEW.alliance_id, least(NEW.chain, 0));
        IF NEW.chain > 0 THEN
            SELECT status INTO current_status FROM alliances_alliance
             WHERE id = NEW.alliance_id FOR UPDATE;
        ELSIF NEW.chain < 0 THEN
            PERFORM FROM alliances_organisation WHERE id = -NEW.chain FOR NO KEY UPDATE;
            IF NOT FOUND THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE =
                    'The chain of an organisation begins when it is registered.';
            END IF;
        ELSE
            PERFORM pg_advisory_xact_lock(hashtext('alliances_event'));
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
