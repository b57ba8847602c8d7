"""What PostgreSQL keeps of the register of persons: one document is one person, for whoever writes.

Decision: nobody writes the register. A row of a profile names a document, and the database finds or
makes the person of that document; when the last row that names it is gone, so is the person. Hence
no hand, import or merge can put two documents under one person, and nothing personal outlives the
profiles that asked for it.
"""

import pgtrigger

from kit.triggers import refuse

#: Before the row is written: its person is the one of its document, whatever it said.
OF_ITS_PERSON = pgtrigger.Trigger(
    name="of_its_person",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert
    | pgtrigger.UpdateOf("document_kind", "document_number", "person_id"),
    func="""
        INSERT INTO alliances_person (document_kind, document_number)
        VALUES (NEW.document_kind, NEW.document_number) ON CONFLICT DO NOTHING;
        SELECT id INTO NEW.person_id FROM alliances_person
         WHERE document_kind = NEW.document_kind AND document_number = NEW.document_number
           FOR KEY SHARE;
        RETURN NEW;
    """,
)
#: Afterwards: a person of whom nothing is written any more leaves the register. The lock waits for
#: whoever is writing something of them at this moment; the next statement then sees it.
LETS_ITS_PERSON_GO = pgtrigger.Trigger(
    name="lets_its_person_go",
    when=pgtrigger.After,
    operation=pgtrigger.Delete | pgtrigger.UpdateOf("document_kind", "document_number"),
    func="""
        IF TG_OP = 'UPDATE' AND NEW.person_id = OLD.person_id THEN
            RETURN NULL;
        END IF;
        PERFORM FROM alliances_person WHERE id = OLD.person_id FOR UPDATE;
        IF NOT EXISTS (SELECT FROM alliances_producer WHERE person_id = OLD.person_id) THEN
            DELETE FROM alliances_differentpeople WHERE OLD.person_id IN (first_id, second_id);
            DELETE FROM alliances_person WHERE id = OLD.person_id;
        END IF;
        RETURN NULL;
    """,
)
#: The owner too: who has another document is another person.
ONE_DOCUMENT = refuse(
    "one_document", pgtrigger.Update, "A person keeps their document: another one is another row."
)
