"""Each document that a profile names is a person of the register, and each row is of its person."""

from django.db import migrations

FILL = """
    INSERT INTO alliances_person (document_kind, document_number)
    SELECT document_kind, document_number FROM alliances_producer
     GROUP BY document_kind, document_number ORDER BY min(id);
    UPDATE alliances_producer AS producer SET person_id = person.id
      FROM alliances_person AS person
     WHERE (person.document_kind, person.document_number)
           = (producer.document_kind, producer.document_number);
"""
EMPTY = """
    UPDATE alliances_producer SET person_id = NULL;
    DELETE FROM alliances_differentpeople;
    DELETE FROM alliances_person;
"""


class Migration(migrations.Migration):
    dependencies = [("alliances", "0014_person_register")]

    operations = [migrations.RunSQL(FILL, EMPTY)]
