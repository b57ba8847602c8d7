"""Files that waited on disk move into their rows, and the folder goes: it held personal data.

Going back needs nothing: a row whose file is not on disk asks for it again.
"""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import migrations


def move_into_rows(apps, schema_editor):
    folder = Path(settings.MEDIA_ROOT) / "imports"
    for upload in apps.get_model("alliances", "ProfileUpload").objects.filter(content=None):
        path = folder / upload.key.hex
        if path.exists():
            upload.content = path.read_bytes()
            upload.save(update_fields=["content"])
    shutil.rmtree(folder, ignore_errors=True)


class Migration(migrations.Migration):

    dependencies = [
        ('alliances', '0005_upload_content'),
    ]

    operations = [
        migrations.RunPython(move_into_rows, migrations.RunPython.noop),
    ]
