"""The certificates of a home: made once, rotated without a client that would have to stop.

``ca.pem`` holds the authorities that clients trust, the newest first; ``ca-key.pem`` the key of the newest;
``broker.pem`` the brokers' certificate and key, ``intake.pem`` those of the intake, for the same names. A new
authority goes into ``ca.pem`` beside the old one and signs nothing until every client has the file; then it signs;
then the old one goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from infra.home import Home
from infra.security import access, authority, secrets
from infra.security.access import BUNDLE
from infra.security.authority import Issued
from infra.settings import Settings
from schemas.errors import Misconfigured

_KEY, BROKER_FILE, _INTAKE_FILE = "ca-key.pem", "broker.pem", "intake.pem"
#: How the embedded broker is reached.
_LOCAL = ("localhost", "127.0.0.1", "::1")
#: A certificate that ends within this time is due.
DUE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate for people; ``ends`` is in UTC."""

    role: str
    subject: str
    names: tuple[str, ...]
    ends: datetime
    fingerprint: str

    def is_due(self, now: datetime) -> bool:
        """Whether it is time for another one."""
        return self.ends - now < DUE


def of_intake(settings: Settings, bootstrap: str) -> tuple[Path, Path] | None:
    """Certificate and key with which the intake speaks TLS: those that are named, else on a secure broker of this home
    that of the home; ``None`` for plain HTTP."""
    if settings.intake_certificate is not None and settings.intake_key is not None:
        return settings.intake_certificate, settings.intake_key
    own = Certificates(Home(settings.home).secrets)
    return (own.intake, own.intake) if own.intake.exists() and access.login(bootstrap) is not None else None


class Certificates:
    """The files in the secrets of one home. Its methods raise ``Misconfigured`` where they cannot do what is asked."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def bundle(self) -> Path:
        """The authorities that clients trust: what every client has to have."""
        return self._folder / BUNDLE

    @property
    def broker(self) -> Path:
        """The brokers' certificate with its key."""
        return self._folder / BROKER_FILE

    @property
    def intake(self) -> Path:
        """The intake's certificate with its key."""
        return self._folder / _INTAKE_FILE

    @property
    def broker_der(self) -> bytes:
        """The brokers' certificate as it goes over the wire."""
        return self._broker_certificate().public_bytes(serialization.Encoding.DER)

    @property
    def are_made(self) -> bool:
        return self.broker.exists()

    def make(self, names: Sequence[str], now: datetime) -> None:
        """An authority and a certificate for brokers on this machine and under ``names``."""
        if self.are_made:
            raise Misconfigured([f"{self._folder} has certificates: see `techdock certificates show`, or rotate them"])
        made = authority.authority(now)
        issued = _issued(made, (*_LOCAL, *names), now)
        self._keep(made, ())
        self._write(issued)

    def rotate(self, names: Sequence[str], now: datetime) -> None:
        """Other certificates for brokers and intake, of the newest authority, for the same names and ``names``."""
        present = authority.names_of(self._broker_certificate())
        self._write(_issued(self._newest(), (*present, *names), now))

    def add_authority(self, now: datetime) -> None:
        """A new authority beside those that are trusted; the brokers' certificate stays as it is."""
        if self.has_two_authorities:
            raise Misconfigured(
                ["a new authority is under way already: `techdock certificates rotate`, then `rotate --retire`"]
            )
        self._keep(authority.authority(now), self._authorities())

    def retire(self) -> None:
        """Only the newest authority is trusted from now on."""
        newest, *old = self._authorities()
        if not authority.is_signed_by(self._broker_certificate(), newest):
            raise Misconfigured(
                ["the brokers' certificate is of an old authority: `techdock certificates rotate` comes first"]
            )
        if old:
            secrets.write(self.bundle, authority.pem(newest))

    @property
    def has_two_authorities(self) -> bool:
        """Whether one is being replaced."""
        return len(self._authorities()) > 1

    def shown(self) -> tuple[Shown, ...]:
        """The brokers' certificate, then the authorities, the newest first."""
        broker = self._broker_certificate()
        found = [_shown("broker", broker, authority.names_of(broker))]
        return (*found, *(_shown("authority", one, ()) for one in self._authorities()))

    def _keep(self, newest: Issued, others: Sequence[x509.Certificate]) -> None:
        secrets.write(self._folder / _KEY, newest.key_pem)
        secrets.write(self.bundle, newest.certificate_pem + "".join(map(authority.pem, others)))

    def _write(self, issued: tuple[Issued, Issued]) -> None:
        for path, one in zip((self.broker, self.intake), issued, strict=True):
            secrets.write(path, one.key_pem + one.certificate_pem)

    def _newest(self) -> Issued:
        path = self._folder / _KEY
        try:
            key = serialization.load_pem_private_key(secrets.read(path).encode(), None)
        except ValueError as error:
            raise Misconfigured([f"{path} holds no key that can be read ({error})"]) from error
        assert isinstance(key, ec.EllipticCurvePrivateKey), path
        return Issued(self._authorities()[0], key)

    def _authorities(self) -> list[x509.Certificate]:
        return _certificates(self.bundle)

    def _broker_certificate(self) -> x509.Certificate:
        return _certificates(self.broker)[0]


def _issued(signer: Issued, names: Sequence[str], now: datetime) -> tuple[Issued, Issued]:
    """Certificates for the brokers and for the intake."""
    broker = authority.broker_certificate(signer, names, now)
    return broker, authority.intake_certificate(signer, names, now)


def _certificates(path: Path) -> list[x509.Certificate]:
    if not path.exists():
        raise Misconfigured([f"there is no {path}: make certificates with `techdock certificates make`"])
    try:
        return x509.load_pem_x509_certificates(secrets.read(path).encode())
    except ValueError as error:
        raise Misconfigured([f"{path} holds no certificates that can be read ({error})"]) from error


def _shown(role: str, certificate: x509.Certificate, names: tuple[str, ...]) -> Shown:
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    subject = certificate.subject.rfc4514_string()
    return Shown(role, subject, names, certificate.not_valid_after_utc, fingerprint)
