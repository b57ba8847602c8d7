import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """A figure is a number, and a chart that was drawn and stored a drawing."""

    dependencies = [("evaluation", "0020_one_name_for_keys")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(model_name="runfigure", name="append_only"),
        pgtrigger.migrations.RemoveTrigger(model_name="runfigure", name="no_truncate"),
        migrations.RenameModel("RunFigure", "RunDrawing"),
        migrations.AlterField(
            "rundrawing",
            "run",
            models.ForeignKey("evaluation.run", models.PROTECT, related_name="drawings"),
        ),
        migrations.RemoveConstraint("rundrawing", "evaluation_runfigure_once"),
        migrations.AddConstraint(
            "rundrawing",
            models.UniqueConstraint(
                fields=("run", "name", "language", "theme", "hides_few"),
                name="evaluation_rundrawing_once",
                violation_error_message="This chart is already stored.",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rundrawing',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION USING MESSAGE = 'Charts: rows are added, never changed or removed.', ERRCODE = 'restrict_violation';", hash='89f902d29c0958fd8f4fe21b078536b83763f701', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d16d0', table='evaluation_rundrawing', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rundrawing',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION USING MESSAGE = 'Charts: rows are added, never changed or removed.', ERRCODE = 'restrict_violation';", hash='002fbbcec1fe84233bb2b11e27594c4725bfc19c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_53afc', table='evaluation_rundrawing', when='BEFORE')),
        ),
    ]
