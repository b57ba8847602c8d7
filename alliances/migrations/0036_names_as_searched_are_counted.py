"""Tables that were written anew are counted from their indexes only after a VACUUM.

PostgreSQL does not come to it by itself: nothing in them is dead or new. It runs in no transaction.
"""

from django.db import migrations

TABLES = ("alliance", "document", "documentversion", "organisation", "producer", "user")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("alliances", "0035_crops_by_date")]

    operations = [
        migrations.RunSQL(
            f"VACUUM (ANALYZE) {', '.join(f'alliances_{name}' for name in TABLES)}",
            migrations.RunSQL.noop,
        )
    ]
