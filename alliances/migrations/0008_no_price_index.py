"""The consumer price index, which nothing read, leaves the reference data."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('alliances', '0007_history_of_now'),
    ]

    operations = [
        migrations.DeleteModel(
            name='PriceIndex',
        ),
    ]
