"""Documents kept with leading zeros lose them: «0055345671» and «55345671» are one person.

Stops, changing nothing, when both are in one profile: somebody must say which row stays.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("alliances", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="UPDATE alliances_producer SET document_number = ltrim(document_number, '0') "
            "WHERE document_number LIKE '0%'",
            # The zeros cannot be told again, and nothing needs them.
            reverse_sql=migrations.RunSQL.noop,
        )
    ]
