"""Django set up in code, for the places that are served: no accounts, no database, no files of settings."""

from __future__ import annotations

import ipaddress
import secrets
from pathlib import Path

from django.conf import settings

from wholeplace.web.site import Sites

STATIC = Path(__file__).parent / "static"

#: Nothing but our own files, and no inline style or script. The map draws in a worker of our own.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "worker-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: The same for what other sites may show in a frame; it has no script, no form and nobody's session.
FRAMED_HEADERS = {
    **{name: value for name, value in SECURITY_HEADERS.items() if name != "X-Frame-Options"},
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *"),
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def on_loopback() -> bool:
    """Whether only this machine can reach the pages that are served."""
    return bool(settings.WHOLEPLACE_ON_LOOPBACK)


def configure(sites: Sites, *, host: str = "127.0.0.1") -> None:
    """Set Django up for these places. On loopback only requests that name this machine are answered."""
    import django

    values = {
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]", host] if is_loopback(host) else ["*"],
        "DEBUG": False,
        "INSTALLED_APPS": [],
        "LANGUAGE_CODE": "en-gb",
        "LOGGING_CONFIG": None,
        "MIDDLEWARE": [
            "wholeplace.web.http.security_headers",
            "wholeplace.web.http.registers_on_loopback_only",
            "django.middleware.gzip.GZipMiddleware",
            "django.middleware.http.ConditionalGetMiddleware",
            "django.middleware.common.CommonMiddleware",
        ],
        "ROOT_URLCONF": "wholeplace.web.urls",
        "SECRET_KEY": secrets.token_hex(),
        "USE_I18N": False,
        "USE_TZ": True,
        "WHOLEPLACE_ON_LOOPBACK": is_loopback(host),
        "WHOLEPLACE_SITES": sites,
    }
    if settings.configured:
        for name, value in values.items():
            setattr(settings, name, value)
        return
    settings.configure(**values)
    django.setup()
