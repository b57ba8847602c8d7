from datetime import date

from django.db import migrations, models


class Migration(migrations.Migration):
    """Windows of before are in force since the programme began, so that nothing changes."""

    dependencies = [
        ("alliances", "0032_sister_programmes_and_referrals"),
    ]

    operations = [
        migrations.AddField(
            model_name="cropwindow",
            name="valid_from",
            field=models.DateField(
                default=date(2002, 1, 1),
                help_text="The first day on which a season of it may begin.",
                verbose_name="in force from",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="cropwindow",
            name="valid_until",
            field=models.DateField(
                blank=True,
                help_text="The last day. Empty: no end.",
                null=True,
                verbose_name="in force until",
            ),
        ),
        migrations.RemoveConstraint(model_name="cropwindow", name="alliances_cropwindow_unique"),
        migrations.AddConstraint(
            model_name="cropwindow",
            constraint=models.UniqueConstraint(
                fields=(
                    "crop",
                    "department",
                    "natural_region",
                    "operation",
                    "starts",
                    "valid_from",
                ),
                name="alliances_cropwindow_unique",
                nulls_distinct=False,
                violation_error_message=(
                    "This crop and place already has a window for this operation from that day."
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="cropwindow",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid_until__isnull", True))
                | models.Q(("valid_until__gte", models.F("valid_from"))),
                name="alliances_cropwindow_dates",
                violation_error_message="It cannot end before it begins.",
            ),
        ),
    ]
