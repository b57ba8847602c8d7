# Results become parts, stored one by one; studies have a short name.

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alliances', '0001_initial'),
        ('evaluation', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='RunPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('data', models.JSONField()),
                ('attempt', models.PositiveSmallIntegerField()),
                ('stored_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'part of a result',
                'verbose_name_plural': 'parts of a result',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='run',
            name='moves_by_table',
        ),
        migrations.RemoveConstraint(
            model_name='run',
            name='evaluation_run_status',
        ),
        migrations.RemoveConstraint(
            model_name='run',
            name='evaluation_run_result',
        ),
        migrations.RemoveConstraint(
            model_name='run',
            name='evaluation_run_failure_reason',
        ),
        migrations.RemoveConstraint(
            model_name='study',
            name='evaluation_study_kind',
        ),
        migrations.AddField(
            model_name='study',
            name='finished_before',
            field=models.JSONField(default=list, editable=False, verbose_name='runs of the wave that had finished before'),
        ),
        migrations.AddField(
            model_name='variable',
            name='measured',
            field=models.CharField(choices=[('before', 'Before selection'), ('after', 'After selection')], default='after', help_text='Only what was settled before selection may adjust an estimate of impact.', max_length=6, verbose_name='measured'),
        ),
        migrations.AlterField(
            model_name='run',
            name='failure_reason',
            field=models.CharField(blank=True, choices=[('data', 'The stored rows do not fit the method.'), ('changed', 'The stored rows or the method changed while it ran: launch it again.'), ('gave_up', 'Its worker stopped three times without finishing a part.'), ('unexpected', "Something unexpected went wrong; the worker's log tells what.")], max_length=10, verbose_name='reason of the failure'),
        ),
        migrations.AlterField(
            model_name='run',
            name='phase',
            field=models.CharField(blank=True, max_length=20, verbose_name='phase'),
        ),
        migrations.AlterField(
            model_name='study',
            name='kind',
            field=models.CharField(choices=[('chaining', 'Chaining'), ('impact', 'Impact')], max_length=10, verbose_name='kind'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='run',
            trigger=pgtrigger.compiler.Trigger(name='moves_by_table', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.status IN ('succeeded', 'failed', 'cancelled') THEN\n                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = format(\n                            'Run %s is finished: its result is never changed or removed.', OLD.id);\n                    END IF;\n                    IF TG_OP = 'DELETE' THEN\n                        RETURN OLD;\n                    END IF;\n                    IF NEW.study_id IS DISTINCT FROM OLD.study_id OR NEW.kind IS DISTINCT FROM OLD.kind OR NEW.specification IS DISTINCT FROM OLD.specification OR NEW.seed IS DISTINCT FROM OLD.seed OR NEW.requested_by_id IS DISTINCT FROM OLD.requested_by_id OR NEW.client_key IS DISTINCT FROM OLD.client_key THEN\n                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation',\n                            MESSAGE = 'What a run was asked never changes.';\n                    END IF;\n                    IF NEW.status <> OLD.status\n                       AND (OLD.status, NEW.status) NOT IN (('queued', 'running'), ('queued', 'cancelled'), ('running', 'succeeded'), ('running', 'failed'), ('running', 'cancelled')) THEN\n                        RAISE EXCEPTION USING ERRCODE = 'check_violation', MESSAGE = format(\n                            'A run does not go from %s to %s.', OLD.status, NEW.status);\n                    END IF;\n                    IF OLD.fingerprint NOT IN ('', NEW.fingerprint) THEN\n                        RAISE EXCEPTION USING ERRCODE = 'restrict_violation',\n                            MESSAGE = 'A run works on the rows it began with.';\n                    END IF;\n                    IF NEW.status = 'succeeded' AND NOT EXISTS (\n                        SELECT 1 FROM evaluation_runpart WHERE run_id = NEW.id\n                    ) THEN\n                        RAISE EXCEPTION USING ERRCODE = 'check_violation',\n                            MESSAGE = 'A run succeeds with the parts of its result.';\n                    END IF;\n                    RETURN NEW;\n                ", hash='4f8684d12a444dea88e9e4f7eb4413db8de94d47', operation='UPDATE OR DELETE', pgid='pgtrigger_moves_by_table_92a46', table='evaluation_run', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('phase__regex', '^[a-z_]*$'), ('status__in', ['queued', 'running', 'succeeded', 'failed', 'cancelled'])), name='evaluation_run_status', violation_error_message='Unknown status or phase.'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(('fingerprint__regex', '^[0-9a-f]{64}$'), models.Q(models.Q(('status', 'succeeded'), _negated=True), ('fingerprint', '')), _connector='OR'), name='evaluation_run_fingerprint', violation_error_message='A result comes with the fingerprint of its data.'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('failure_reason__in', ['data', 'changed', 'gave_up', 'unexpected']), ('status', 'failed')), models.Q(models.Q(('status', 'failed'), _negated=True), ('failure_detail', ''), ('failure_reason', '')), _connector='OR'), name='evaluation_run_failure_reason', violation_error_message='A failed run says why.'),
        ),
        migrations.AddConstraint(
            model_name='study',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['chaining', 'impact'])), name='evaluation_study_kind', violation_error_message='Unknown kind of study.'),
        ),
        migrations.AddConstraint(
            model_name='variable',
            constraint=models.CheckConstraint(condition=models.Q(('measured__in', ['before', 'after'])), name='evaluation_variable_measured', violation_error_message='A variable is measured before selection or after it.'),
        ),
        migrations.AddField(
            model_name='runpart',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='evaluation.run'),
        ),
        migrations.AddConstraint(
            model_name='runpart',
            constraint=models.UniqueConstraint(fields=('run', 'name'), name='evaluation_runpart_once', violation_error_message='This part is already stored.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runpart',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION USING MESSAGE = 'Parts of a result: rows are added, never changed or removed.', ERRCODE = 'restrict_violation';", hash='38be4925e30cdeeb81780703dbedd91018fc72cd', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_70791', table='evaluation_runpart', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runpart',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION USING MESSAGE = 'Parts of a result: rows are added, never changed or removed.', ERRCODE = 'restrict_violation';", hash='94a99591c75f410a669476c722cc8257549ef88a', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8899a', table='evaluation_runpart', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='study',
            name='slug',
            field=models.SlugField(max_length=60, null=True, verbose_name='short name'),
        ),
    ]
