"""The consumer price index, which nothing read, leaves the reference data."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('alliances', '0009_acts_bound'),
    ]

    operations = [
        migrations.DeleteModel(
            name='PriceIndex',
        ),
    ]
