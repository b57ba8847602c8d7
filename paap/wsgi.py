"""The web application as a WSGI server sees it."""

import gc
import os
import sys
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paap.settings")

application = get_wsgi_application()
import_module("paap.roles").guard_role()  # it reads models, which exist by now

# Load every page now, and never look again for garbage in what lives as long as the process: a
# full collection that walks it stops a request for up to a quarter of a second. A page makes
# thousands of objects that die with it, so look less often too.
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 10, 10)

# Of many threads each works for a millisecond in turn, not for five: a short answer (health, a
# file) does not wait behind a dozen long ones.
sys.setswitchinterval(0.001)
