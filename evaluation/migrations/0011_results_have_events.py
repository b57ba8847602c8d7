from django.db import migrations

#: Results and answers stored before their events sealed them are sealed as they are found, by
#: nobody.
AS_FOUND = """
    INSERT INTO alliances_event (
        chain, sequence, verb, duty, at, from_status, to_status, reason, data, previous_hash, hash)
    SELECT 0, 0, 'finish_run', '', now(), '', '', '',
           jsonb_build_object('run', id, 'as_found', true, 'digest',
               encode(sha256(convert_to(
                   concat(run.specification, run.seed, run.status, run.fingerprint, run.versions,
                       (SELECT string_agg(concat(name, data), '|' ORDER BY part.id)
                          FROM evaluation_runpart part WHERE part.run_id = run.id)),
                   'UTF8')), 'hex')),
           '', ''
      FROM evaluation_run run WHERE status = 'succeeded' ORDER BY id;
    INSERT INTO alliances_event (
        chain, sequence, verb, duty, at, from_status, to_status, reason, data, previous_hash, hash)
    SELECT 0, 0, 'import_answers', '', now(), '', '', '',
           jsonb_build_object('import', survey_import_id, 'as_found', true, 'digest',
               encode(sha256(convert_to(string_agg(encode(sha256(convert_to(
                   concat_ws('|', answer.wave_id, answer.producer_id, answer.source_row,
                             answer.answers),
                   'UTF8')), 'hex'), '' ORDER BY answer.id), 'UTF8')), 'hex')),
           '', ''
      FROM evaluation_response answer GROUP BY survey_import_id ORDER BY survey_import_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("alliances", "0008_register_has_events"),
        ("evaluation", "0010_follow_up_studies"),
    ]

    # The events stay where the migration is undone: history is not taken back.
    operations = [migrations.RunSQL(AS_FOUND, migrations.RunSQL.noop)]
