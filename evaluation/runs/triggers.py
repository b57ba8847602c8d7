"""What PostgreSQL refuses of whatever belongs to a run."""

import pgtrigger


def while_its_run_works(message: str) -> pgtrigger.Trigger:
    """Rows of the table are added while their run works on the rows that it began with."""
    return pgtrigger.Trigger(
        name="of_a_running_run",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert,
        func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM evaluation_run
                         WHERE id = NEW.run_id AND status = 'running' AND fingerprint <> ''
                    ) THEN
                        RAISE EXCEPTION USING ERRCODE = 'check_violation',
                            MESSAGE = '{message}';
                    END IF;
                    RETURN NEW;
                """,
    )
