"""The settings of the test suite: the portal's own, with keys that are no secret."""

import os

os.environ.setdefault("FIELD_ENCRYPTION_KEYS", "G_B6ujmBvbAQ6H6IlROk0D1plGXqrivd5swlMCWf56Q=")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("STATIC_MANIFEST", "0")
os.environ.setdefault("REMOTE_ALLOW", "127.0.0.1")

from ecsportal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
