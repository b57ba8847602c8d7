"""The web application as a WSGI server sees it."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paap.settings")

application = get_wsgi_application()

# Load every page now, and never look again for garbage in what lives as long as the process: a
# full collection that walks it stops a request for up to a quarter of a second. A page makes
# thousands of objects that die with it, so look less often too.
from django.urls import get_resolver  # noqa: E402 - only after Django is set up

get_resolver().url_patterns  # noqa: B018 - reading it is what loads the pages
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)
