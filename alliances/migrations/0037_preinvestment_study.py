from django.db import migrations, models


class Migration(migrations.Migration):
    """``Study`` is the word of ``evaluation`` alone; the table and its check follow the name."""

    dependencies = [("alliances", "0036_names_as_searched_are_counted")]

    operations = [
        migrations.RenameModel("Study", "PreinvestmentStudy"),
        migrations.RemoveConstraint("preinvestmentstudy", "alliances_study_income"),
        migrations.AddConstraint(
            "preinvestmentstudy",
            models.CheckConstraint(
                condition=models.Q(yearly_income_per_producer_cop__gte=0),
                name="alliances_preinvestmentstudy_income",
                violation_error_message="Income cannot be negative.",
            ),
        ),
    ]
