# What 0003 filled is required from now on.

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0003_results_into_parts'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='run',
            name='result',
        ),
        migrations.AlterField(
            model_name='study',
            name='slug',
            field=models.SlugField(max_length=60, unique=True, verbose_name='short name'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runpart',
            trigger=pgtrigger.compiler.Trigger(name='of_a_running_run', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NOT EXISTS (\n                        SELECT 1 FROM evaluation_run\n                         WHERE id = NEW.run_id AND status = 'running' AND fingerprint <> ''\n                    ) THEN\n                        RAISE EXCEPTION USING ERRCODE = 'check_violation',\n                            MESSAGE = 'Parts are stored while their run works on its rows.';\n                    END IF;\n                    RETURN NEW;\n                ", hash='e5d25b917b1b904e49a20d28aa90fa2e44b1c2a9', operation='INSERT', pgid='pgtrigger_of_a_running_run_af92e', table='evaluation_runpart', when='BEFORE')),
        ),
    ]
