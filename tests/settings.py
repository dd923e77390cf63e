"""The settings of the test suite: the portal's own, with keys that are no secret."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("FIELD_ENCRYPTION_KEYS", "G_B6ujmBvbAQ6H6IlROk0D1plGXqrivd5swlMCWf56Q=")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("STATIC_MANIFEST", "0")
os.environ.setdefault("REMOTE_ALLOW", "127.0.0.1")
if "VAR_DIR" not in os.environ:
    # Parallel test processes inherit the folder; the first one made it and removes it.
    os.environ["VAR_DIR"] = tempfile.mkdtemp(prefix="ecsportal-tests-")
    atexit.register(shutil.rmtree, os.environ["VAR_DIR"], ignore_errors=True)

from ecsportal.settings import *  # noqa: E402, F403
from ecsportal.settings import DATABASES, VAR_DIR  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: threads and processes meet in it. Nothing in it has to survive.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
    )
else:
    # As above: a commit waits for no disk.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
# In memory: most tests touch no database, and none may see another's entries.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
