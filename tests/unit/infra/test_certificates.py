"""An authority of one's own, what it signs, and how both are replaced."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from infra.security import authority
from infra.security.certificates import Certificates
from schemas.errors import Misconfigured

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path / "secrets")
    made.make(("kafka.example.org", "192.0.2.7"), NOW)
    return made


def _broker(certificates: Certificates) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates.broker.read_bytes())


def _trusted(certificates: Certificates) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(certificates.bundle.read_bytes())


def test_brokers_have_a_certificate_for_this_machine_and_for_the_names_that_were_given(
    certificates: Certificates,
) -> None:
    names = ("localhost", "127.0.0.1", "::1", "kafka.example.org", "192.0.2.7")

    assert authority.names_of(_broker(certificates)) == names
    _broker(certificates).verify_directly_issued_by(_trusted(certificates)[0])


def test_a_key_is_for_its_owner_alone_and_is_the_certificates_own(certificates: Certificates) -> None:
    assert stat.S_IMODE(certificates.broker.stat().st_mode) == 0o600

    # Refuses a key that is another's.
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificates.broker)


def test_nobody_is_an_authority_because_an_authority_signed_him(certificates: Certificates) -> None:
    constraints = _broker(certificates).extensions.get_extension_for_class(x509.BasicConstraints).value

    assert not constraints.ca
    assert _trusted(certificates)[0].extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_certificates_are_made_once(certificates: Certificates) -> None:
    with pytest.raises(Misconfigured, match="rotate"):
        certificates.make((), NOW)


def test_a_rotated_certificate_is_another_one_of_the_same_authority_for_the_same_names(
    certificates: Certificates,
) -> None:
    before = _broker(certificates)

    certificates.rotate(("kafka-2.example.org",), NOW + timedelta(days=300))

    after = _broker(certificates)
    assert authority.names_of(after) == (*authority.names_of(before), "kafka-2.example.org")
    assert after.public_key() != before.public_key()
    after.verify_directly_issued_by(_trusted(certificates)[0])


def test_a_new_authority_is_trusted_before_it_signs(certificates: Certificates) -> None:
    (old,), before = _trusted(certificates), _broker(certificates)

    certificates.add_authority(NOW + timedelta(seconds=1))
    assert _trusted(certificates)[1] == old
    assert _broker(certificates) == before

    certificates.rotate((), NOW)
    _broker(certificates).verify_directly_issued_by(_trusted(certificates)[0])

    certificates.retire()
    assert old not in _trusted(certificates)


def test_an_authority_whose_certificate_is_in_use_is_not_retired(certificates: Certificates) -> None:
    certificates.add_authority(NOW)

    with pytest.raises(Misconfigured, match="comes first"):
        certificates.retire()
    with pytest.raises(Misconfigured, match="under way"):
        certificates.add_authority(NOW)


def test_a_certificate_is_due_a_month_before_it_ends(certificates: Certificates) -> None:
    broker, signer = certificates.shown()

    assert not broker.is_due(NOW + timedelta(days=360))
    assert broker.is_due(NOW + timedelta(days=370))
    assert not signer.is_due(NOW + timedelta(days=370))


@pytest.mark.parametrize("name", ["kafka example", "卡夫卡", ""])
def test_a_name_that_is_no_host_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Misconfigured, match="give a host"):
        Certificates(tmp_path).make((name,), NOW)


def test_what_was_not_made_says_how_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="certificates make"):
        Certificates(tmp_path).rotate((), NOW)


def test_the_intake_has_a_certificate_that_opens_no_broker(certificates: Certificates) -> None:
    before = certificates.intake.read_bytes()
    shown = x509.load_pem_x509_certificate(before)
    usages = shown.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [*usages] == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert shown.subject != _broker(certificates).subject
    assert authority.names_of(shown) == authority.names_of(_broker(certificates))
    assert stat.S_IMODE(certificates.intake.stat().st_mode) == 0o600
    certificates.rotate((), NOW)
    assert certificates.intake.read_bytes() != before
