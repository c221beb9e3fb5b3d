"""A certificate authority of our own, and what it signs: keys are elliptic (P-256), moments are in UTC."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from schemas.errors import Misconfigured

#: The name under which brokers know one another.
BROKER = "techdock.broker"
#: The name in the certificate of the intake over HTTPS.
INTAKE = "techdock.intake"
#: A clock that is behind must not refuse what was made a moment ago.
_BEFORE = timedelta(hours=1)
_AUTHORITY_FOR = timedelta(days=3650)
#: Clients of today refuse certificates of servers that are made for longer.
_BROKER_FOR = timedelta(days=397)


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its key, each in PEM; the key is neither encrypted nor shown."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        return pem(self.certificate)

    @property
    def key_pem(self) -> str:
        """In PKCS 8, as Kafka wants it."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    def __repr__(self) -> str:
        return f"Issued({self.certificate.subject.rfc4514_string()!r})"


def pem(certificate: x509.Certificate) -> str:
    """A certificate as text."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def authority(now: datetime) -> Issued:
    """A new authority, which may sign certificates of servers and nothing that signs in turn."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named(f"TechDock authority {now:%Y-%m-%d %H:%M:%S}")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = _builder(name, name, key, now, _AUTHORITY_FOR)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Issued(builder.sign(key, hashes.SHA256()), key)


def broker_certificate(signer: Issued, names: Sequence[str], now: datetime) -> Issued:
    """A certificate for brokers that are reached under ``names``: hosts or addresses.

    Raises ``Misconfigured`` with every name that is neither.
    """
    return _certificate(signer, names, now, (BROKER, ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH))


def intake_certificate(signer: Issued, names: Sequence[str], now: datetime) -> Issued:
    """The same for the intake over HTTPS: whoever gets its key can speak to no broker with it."""
    return _certificate(signer, names, now, (INTAKE, ExtendedKeyUsageOID.SERVER_AUTH))


def _certificate(
    signer: Issued, names: Sequence[str], now: datetime, subject: tuple[str, *tuple[x509.ObjectIdentifier, ...]]
) -> Issued:  # fmt: skip
    """``subject``: its name, then what it is for."""
    name, *purposes = subject
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName(_alternatives(names))
    usages = x509.ExtendedKeyUsage(purposes)
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
    builder = _builder(_named(name), signer.certificate.subject, key, now, _BROKER_FOR)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(alternatives, critical=False)
    builder = builder.add_extension(usages, critical=False).add_extension(signed_by, critical=False)
    return Issued(builder.sign(signer.key, hashes.SHA256()), key)


def names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """The hosts and addresses that a certificate is for."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return tuple(str(one.value) for one in found)


def is_signed_by(certificate: x509.Certificate, signer: x509.Certificate) -> bool:
    """Whether ``signer`` signed ``certificate``."""
    found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    own = signer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return found.key_identifier == own.digest


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - _BEFORE).not_valid_after(now + lasts)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _alternatives(names: Sequence[str]) -> list[x509.GeneralName]:
    problems: list[str] = []
    found: list[x509.GeneralName] = []
    for name in dict.fromkeys(names):
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            if not name.isascii() or not name.replace("-", "").replace(".", "").isalnum():
                problems.append(f"--name {name!r}: give a host such as kafka.example.org, or an address")
            found.append(x509.DNSName(name.encode("ascii", "replace").decode()))
    if problems:
        raise Misconfigured(problems)
    return found
