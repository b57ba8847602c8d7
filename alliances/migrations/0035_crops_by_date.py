from datetime import date

from django.db import migrations, models


class Migration(migrations.Migration):
    """Products of before stay in force; their source is that of the program's own file."""

    dependencies = [
        ("alliances", "0034_names_as_searched"),
    ]

    operations = [
        migrations.AddField(
            model_name="crop",
            name="source",
            field=models.CharField(default="background", max_length=200, verbose_name="source"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="crop",
            name="confidence",
            field=models.CharField(
                choices=[
                    ("high", "High confidence"),
                    ("medium", "Medium confidence"),
                    ("low", "Low confidence"),
                ],
                default="medium",
                max_length=6,
                verbose_name="confidence",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="crop",
            name="valid_from",
            field=models.DateField(
                default=date(2002, 1, 1),
                help_text="The first day on which a new profile may bring it.",
                verbose_name="in force from",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="crop",
            name="valid_until",
            field=models.DateField(
                blank=True,
                help_text="The last day. Empty: no end.",
                null=True,
                verbose_name="in force until",
            ),
        ),
        migrations.AddConstraint(
            model_name="crop",
            constraint=models.CheckConstraint(
                condition=models.Q(("confidence__in", ["high", "medium", "low"])),
                name="alliances_crop_confidence",
                violation_error_message="Unknown degree of confidence.",
            ),
        ),
        migrations.AddConstraint(
            model_name="crop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="alliances_crop_dates",
                violation_error_message="It cannot end before it begins.",
            ),
        ),
    ]
