"""Real services for every test that asks for one; see tests/services/."""

pytest_plugins = [
    "tests.services.valkey",
    "tests.services.databases",
    "tests.services.chromium",
    "tests.services.application",
    "tests.services.workers",
    "tests.services.engine",
    "tests.services.provider",
    "tests.services.replicate",
    "tests.services.browsing",
    "tests.services.installation",
    "tests.services.s3",
    "tests.services.certificates",
]
