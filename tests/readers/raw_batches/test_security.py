"""How librdkafka's properties become a login of our own, one by one."""

import ssl
import subprocess
from pathlib import Path

import pytest

from readers.raw_batches.security import NotMapped, login_arguments

PLAIN = {
    "security.protocol": "sasl_plaintext",
    "sasl.mechanism": "PLAIN",
    "sasl.username": "alice",
    "sasl.password": "secret",
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate and its encrypted key, in one folder."""
    folder = tmp_path_factory.mktemp("tls")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-days", "2", "-subj", "/CN=alice"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run([*command, "-passout", "pass:secret"], check=True, capture_output=True)
    return folder


def context(**properties: str) -> ssl.SSLContext:
    """The TLS context of these properties; an underscore stands for a dot."""
    named = {name.replace("_", "."): value for name, value in properties.items()}
    made = login_arguments({"security.protocol": "ssl", **named})["ssl_context"]
    assert isinstance(made, ssl.SSLContext)
    return made


def test_without_a_protocol_nothing_is_said() -> None:
    assert login_arguments({}) == {"security_protocol": "PLAINTEXT"}
    assert login_arguments({"ssl.ca.location": "/no/such/file"}) == login_arguments({})


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("name", ["sasl.mechanism", "sasl.mechanisms"])
def test_a_login_by_name_and_password_is_said(mechanism: str, name: str) -> None:
    properties = {each: value for each, value in PLAIN.items() if each != "sasl.mechanism"}
    assert login_arguments({**properties, name: mechanism}) == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        "sasl_plain_username": "alice",
        "sasl_plain_password": "secret",
    }


@pytest.mark.parametrize(
    "more",
    [
        {"sasl.mechanism": "GSSAPI"},
        {"sasl.mechanism": "OAUTHBEARER"},
        {"sasl.oauthbearer.config": "x"},
        {"enable.sasl.oauthbearer.unsecure.jwt": "true"},
        {"ssl.keystore.location": "a.p12"},
        {"ssl.cipher.suites": "x"},
        {"ssl.certificate.pem": "x"},
        {"https.ca.location": "x"},
    ],
)
def test_what_only_librdkafka_knows_is_named(more: dict[str, str]) -> None:
    ((name, value),) = more.items()
    with pytest.raises(NotMapped, match=value if name == "sasl.mechanism" else name) as error:
        login_arguments({**PLAIN, **more})
    assert "secret" not in str(error.value)


def test_without_a_mechanism_librdkafka_takes_kerberos() -> None:
    with pytest.raises(NotMapped, match="GSSAPI"):
        login_arguments({"security.protocol": "SASL_SSL"})


def test_certificates_are_checked_against_the_host_unless_told_otherwise() -> None:
    usual = context()
    assert (usual.verify_mode, usual.check_hostname) == (ssl.CERT_REQUIRED, True)
    unnamed = context(ssl_endpoint_identification_algorithm="none")
    assert (unnamed.verify_mode, unnamed.check_hostname) == (ssl.CERT_REQUIRED, False)


@pytest.mark.parametrize("value", ["false", "False", "f", "0"])
def test_a_check_that_is_switched_off_is_off(value: str) -> None:
    unchecked = context(enable_ssl_certificate_verification=value)
    assert (unchecked.verify_mode, unchecked.check_hostname) == (ssl.CERT_NONE, False)


def test_an_authority_is_the_only_one_that_is_believed(certificate: Path) -> None:
    file = certificate / "certificate.pem"
    for made in (context(ssl_ca_location=str(file)), context(ssl_ca_pem=file.read_text())):
        assert [dict(*each["subject"])["commonName"] for each in made.get_ca_certs()] == ["alice"]


def test_a_certificate_of_ours_is_loaded_with_its_key(certificate: Path) -> None:
    context(
        ssl_certificate_location=str(certificate / "certificate.pem"),
        ssl_key_location=str(certificate / "key.pem"),
        ssl_key_password="secret",
    )


@pytest.mark.parametrize("password", [{}, {"ssl_key_password": "wrong"}])
def test_a_key_that_does_not_open_asks_nobody(certificate: Path, password: dict[str, str]) -> None:
    with pytest.raises(NotMapped, match="certificates could not be loaded"):
        context(
            ssl_certificate_location=str(certificate / "certificate.pem"),
            ssl_key_location=str(certificate / "key.pem"),
            **password,
        )


@pytest.mark.parametrize("name", ["ssl_ca_location", "ssl_certificate_location"])
def test_a_file_that_is_missing_leaves_it_to_the_client(name: str) -> None:
    with pytest.raises(NotMapped, match="could not be loaded"):
        context(**{name: "/no/such/file"})
