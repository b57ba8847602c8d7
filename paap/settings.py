"""Every setting, on one page. What changes between machines is read from the environment.

With no DATABASE_URL or REDIS_URL the process starts (or joins) the embedded servers in
``.local/``: the same engines in demo, tests and production.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab, schedule
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from paap import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# -- What this process is ---------------------------------------------------------------------
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)  # role picker at login, one printed password; never in production
DEMO_PASSWORD = env.str("DEMO_PASSWORD", "alianzas-demo-2026")  # of the people seeded for the demo
SECRET_KEY = env.str("SECRET_KEY", "") or embedded.secret_key()
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
ROOT_URLCONF = "demo.urls" if DEMO else "paap.urls"  # with the mailbox that only the demo has
WSGI_APPLICATION = "paap.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Invented data and measurements, which the image for production leaves out.
NOT_IN_PRODUCTION = [app for app in ("bench", "demo") if (BASE_DIR / app).is_dir()]
INSTALLED_APPS = [
    *NOT_IN_PRODUCTION,
    "paap",
    "evaluation",
    "fiduciary",
    "alliances",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_include_bootstrap",
    "django.forms",
    "django_htmx",
    "django_filters",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "paap.handlers.keep_no_copy",
    "paap.handlers.refuse_nul",
    "paap.health.answer_first",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "paap.handlers.refuse_large",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "paap.resuming.SignInMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "alliances.lifecycle.refusal_log.RefusalLogMiddleware",
    "alliances.people.acting_membership.ActingMiddleware",
    "paap.second_factor.SecondFactorMiddleware",
    "kit.lists.keep_trail",
    "kit.waits.in_line",
    "kit.error_pages.DomainErrorMiddleware",
]

TEMPLATES = [
    {
        "NAME": "django",
        "BACKEND": "paap.templates.Templates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "paap.navigation.frame",
            ],
            "builtins": ["paap.templatetags.alianzas"],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- Data -------------------------------------------------------------------------------------
# Two roles (paap.roles): who works in the tables and who makes them, as an operator may (AS_OWNER).
DATABASE_URL = env.str("DATABASE_URL", "")
OWNER_DATABASE_URL = env.str("OWNER_DATABASE_URL", "") or (
    "" if DATABASE_URL else embedded.owner_database_url()
)
DATABASE_URL = DATABASE_URL or embedded.database_url()
_login = OWNER_DATABASE_URL if env.bool("AS_OWNER", False) else DATABASE_URL
DATABASES: dict[str, dict[str, Any]] = {
    "default": {**dj_database_url.parse(_login, conn_health_checks=True)}
}
# No wait without an end (kit.waits). Fewer connections than threads of the web, and a line that is
# shorter than what remains: a health check and a static file need none and find a thread.
DATABASE_POOL = env.int("DATABASE_POOL", 12)
MOST_IN_LINE = max(DATABASE_POOL // 4, 1)  # requests of one process that wait for the same row
LOCK_SECONDS = env.int("LOCK_SECONDS", 2)
STATEMENT_SECONDS = env.int("STATEMENT_SECONDS", 30)
IDLE_IN_TRANSACTION_SECONDS = env.int("IDLE_IN_TRANSACTION_SECONDS", 60)
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": DATABASE_POOL,
    "max_waiting": 40,
    "timeout": 5,
    "max_idle": 60,
    "reconnect_timeout": 2,  # then the next request tries anew, so that a restart is short
}
# Compiling a query, or weighing every order of ten joins, takes longer than running it here. The
# rows lie in memory or on an SSD: with the cost of a turning disk, a page of 60 rows has whole
# tables of people and bodies read beside it.
DATABASES["default"]["OPTIONS"]["options"] = (
    "-c jit=off -c join_collapse_limit=5 -c random_page_cost=1.1"
    f" -c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
    f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_SECONDS}s"
)
DATABASES["default"]["TEST"] = {"NAME": env.str("TEST_DATABASE_NAME", None)}
REDIS_URL = env.str("REDIS_URL", "") or embedded.redis_url()
CACHES = {"default": {"BACKEND": "paap.cache.PatientRedisCache", "LOCATION": REDIS_URL}}
MEDIA_ROOT = env.path("MEDIA_ROOT", embedded.home() / "media")
ANCHOR_FOLDER = env.path("ANCHOR_FOLDER", embedded.home() / "anchors")
ANCHOR_ADDRESS = env.str("ANCHOR_ADDRESS", "")  # mailto:… or https://…: outside this machine
ANCHOR_KEY = env.str("ANCHOR_KEY", "") or SECRET_KEY
EMAIL_HOST, EMAIL_PORT = env.str("EMAIL_HOST", "localhost"), env.int("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.str("EMAIL_USER", ""), env.str("EMAIL_PASSWORD", "")
EMAIL_USE_TLS, EMAIL_USE_SSL = env.bool("EMAIL_STARTTLS", False), env.bool("EMAIL_TLS", False)
EMAIL_TIMEOUT = 20
if DEMO:  # nothing leaves the machine: demo.mailbox shows it
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = embedded.home() / "mail"
# Without it links of invitations are shown to who invites, and nobody is written.
SENDS_MAIL = DEMO or bool(env.str("EMAIL_HOST", ""))
SITE_URL = env.str(
    "SITE_URL", "http://localhost:8000"
)  # what links in mail and terminals begin with
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "alianzas@localhost")
NOTICES_FROM_HOUR, NOTICES_UNTIL_HOUR = 6, 18  # of America/Bogota: people are told of their work
DOCUMENT_MAX_BYTES = env.int("DOCUMENT_MAX_BYTES", 10 * 1024 * 1024)
# Bodies: of text, and with files (a visit with six photographs is the largest that has any).
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
BODY_MAX_BYTES = 6 * max(DOCUMENT_MAX_BYTES, 4 * 1024 * 1024) + DATA_UPLOAD_MAX_MEMORY_SIZE

# -- Long work: the database row is the queue, beat ticks pick it up ----------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]  # nothing that could run code
CELERY_TASK_SOFT_TIME_LIMIT, CELERY_TASK_TIME_LIMIT = 600, 660  # seconds; a run has its own
CELERY_TASK_PUBLISH_RETRY = False  # a nudge that was lost is made good by the next tick
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "America/Bogota"
CELERY_BEAT_SCHEDULE_FILENAME = str(embedded.home() / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "evaluation-runs": {
        "task": "evaluation.runs.tasks.work_pending_runs",
        "schedule": schedule(run_every=5),
        "options": {"expires": 10},
    },
    "acts-on-many-rows": {
        "task": "alliances.lists.tasks.work_bulk_acts",
        "schedule": schedule(run_every=5),
        "options": {"expires": 10},
    },
    "mail": {
        "task": "alliances.mail.tasks.deliver_mail",
        "schedule": schedule(run_every=20),
        "options": {"expires": 40},
    },
    "notices": {  # the mail of the day, and afterwards what becomes late in it
        "task": "paap.tasks.write_notices_of_the_day",
        "schedule": crontab(hour=f"{NOTICES_FROM_HOUR}-{NOTICES_UNTIL_HOUR}", minute=0),
        "options": {"expires": 3000},
    },
    "mail-sweep": {
        "task": "alliances.mail.tasks.sweep_notices",
        "schedule": crontab(hour=3, minute=40),
        "options": {"expires": 6 * 3600},
    },
    "history-anchor": {
        "task": "alliances.lifecycle.tasks.anchor_history",
        "schedule": crontab(hour=2, minute=15),
        "options": {"expires": 6 * 3600},
    },
    "fiduciary-clocks": {
        "task": "fiduciary.disbursements.tasks.refresh_all_clocks",
        "schedule": crontab(hour=4, minute=30),
        "options": {"expires": 6 * 3600},
    },
    "survey-files": {
        "task": "evaluation.surveys.tasks.forget_old_files",
        "schedule": crontab(hour=3, minute=10),
        "options": {"expires": 6 * 3600},
    },
    "held-files": {
        "task": "alliances.uploads.tasks.sweep_uploads",
        "schedule": crontab(minute=20),
        "options": {"expires": 3000},
    },
}

# -- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "alliances.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "paap.accounts.AccountAdapter"
ACCOUNT_RATE_LIMITS = {
    "login": None,  # the adapter counts wrong passwords instead of sign-ins
    "login_failed": "5/5m/key",  # codes of a second factor; a password came before them
    "reset_password": "30/h/ip,5/h/key",  # a training room, and one e-mail
}
ACCOUNT_FORMS = {"reset_password": "paap.passwords.ForgottenForm"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is written who has no account
PASSWORD_RESET_TIMEOUT = 3600  # seconds in which the link of a new password serves
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
#: Who directs, decides, approves, pays or administers shows a second factor (paap.second_factor).
SECOND_FACTOR = env.bool("SECOND_FACTOR", True)
MFA_ADAPTER = "paap.accounts.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Alianzas"
MFA_TOTP_TOLERANCE = 1  # a telephone that is half a minute late
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TRUST_ENABLED = True
MFA_TRUST_COOKIE_AGE = timedelta(days=14)
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts come by invitation, not by a confirmed address
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"
SESSION_COOKIE_AGE = 12 * 3600

# -- Safety -----------------------------------------------------------------------------------
HTTPS = env.bool("HTTPS", False)  # behind TLS: secure cookies, HSTS and redirects
#: Proxies in front of the web that set X-Forwarded-For; of their entries the last ones are theirs.
#: With none, whatever a client writes there is not believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES  # told apart: who tries too often
if HTTPS and not TRUSTED_PROXIES:
    raise ImproperlyConfigured(
        "HTTPS=true needs the proxy that speaks TLS: say with TRUSTED_PROXIES how many there are."
    )
if DEMO and (HTTPS or TRUSTED_PROXIES or not set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS)):
    raise ImproperlyConfigured(
        "DEMO=1 signs anybody in with a printed password: only on this machine, without HTTPS,"
        " TRUSTED_PROXIES or another name in ALLOWED_HOSTS."
    )
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # browsers have passkeys on localhost alone then
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "style-src": [SELF],
        "script-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- Language, dates, numbers -----------------------------------------------------------------
LANGUAGE_CODE = "es-co"
LANGUAGES = [("es-co", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "America/Bogota"
USE_TZ = True
FORMAT_MODULE_PATH = ["paap.formats"]

# -- Pages ------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Only this process's user reads what people uploaded, whatever its umask.
        "OPTIONS": {"file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True

#: What a filter of a list offers for leaving nothing out.
FILTERS_EMPTY_CHOICE_LABEL = _("All")

# -- API --------------------------------------------------------------------------------------
API_DOCS_PUBLIC = env.bool("API_DOCS_PUBLIC", False)  # schema and its pages without signing in
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "alliances.tokens.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "paap.paging.Pages",
    "PAGE_SIZE": 25,
    "URL_FORMAT_OVERRIDE": None,  # there is one format, and no parameter that is not in the schema
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "paap.api.exception_handler",
    "DEFAULT_PARSER_CLASSES": [
        "paap.api.StorableJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Alianzas",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["paap.api.MayReadSchema"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "OAS_VERSION": "3.1.0",  # whose schemas are JSON Schema: answers are held against them in tests
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "paap.problems.document_problems",
    ],
}

# -- Logs: to standard error, where whoever runs the process keeps them --------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}
