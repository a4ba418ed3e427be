"""Files that people have for Java's clients and for kcat are read, or refused with the remedy."""

from pathlib import Path

import pytest

from readers.client_properties import load_client_properties, read_client_properties
from readers.errors import ConfigError

JAVA = r"""
# as an administrator hands it out
bootstrap.servers = broker-1.example.org:9093,\
    broker-2.example.org:9093
security.protocol: SASL_SSL
sasl.mechanism SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
    username="reader" password="p\\"a=ss;word\u00e9";
ssl.truststore.location=/etc/kafka/ca.pem
ssl.truststore.type=PEM
ssl.endpoint.identification.algorithm=
fetch.max.wait.ms=200
key.deserializer=org.apache.kafka.common.serialization.StringDeserializer
group.id=billing
auto.offset.reset=earliest
"""


def file(folder: Path, text: str) -> Path:
    path = folder / "client.properties"
    path.write_text(text, "utf-8")
    return path


def test_a_java_file_becomes_librdkafka_properties(tmp_path: Path) -> None:
    assert read_client_properties(file(tmp_path, JAVA)) == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "reader",
        "sasl.password": 'p"a=ss;wordé',
        "ssl.ca.location": "/etc/kafka/ca.pem",
        "ssl.endpoint.identification.algorithm": "none",
        "fetch.wait.max.ms": "200",
    }


def test_addresses_and_what_is_left_out_are_told_apart(tmp_path: Path) -> None:
    loaded = load_client_properties(file(tmp_path, JAVA))
    assert loaded.bootstrap == "broker-1.example.org:9093,broker-2.example.org:9093"
    assert loaded.ignored == ("key.deserializer", "group.id", "auto.offset.reset")


def test_a_kcat_file_is_taken_as_it_is_but_for_what_disturbs(tmp_path: Path) -> None:
    text = "# mine\nmetadata.broker.list=b:9092\nsasl.password=C:\\new=1\ngroup.id=billing\n"
    loaded = load_client_properties(file(tmp_path, text))
    assert loaded.bootstrap == "b:9092"
    assert loaded.properties == {"sasl.password": "C:\\new=1"}
    assert loaded.ignored == ("group.id",)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("ssl.truststore.location=/a/trust.jks", "keytool -list -rfc"),
        ("ssl.truststore.type=x\nssl.keystore.location=/a/k.jks", "-deststoretype PKCS12"),
        ("sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required;", "Krb5Login"),
        ("sasl.jaas.config=a.b.PlainLoginModule required username=u;", "no password"),
        ("sasl.jaas.config=nonsense", "sasl.jaas.config"),
        ("nonsense", "line 1"),
    ],
)
def test_what_cannot_be_translated_is_refused_with_the_remedy(
    tmp_path: Path, text: str, named: str
) -> None:
    with pytest.raises(ConfigError, match=named) as error:
        read_client_properties(file(tmp_path, text))
    assert "client.properties" in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.properties"):
        read_client_properties(tmp_path / "missing.properties")


def test_a_pkcs12_key_store_is_kept(tmp_path: Path) -> None:
    text = "ssl.keystore.location=/a/k.p12\nssl.keystore.password=s\nssl.keystore.type=PKCS12\n"
    assert read_client_properties(file(tmp_path, text)) == {
        "ssl.keystore.location": "/a/k.p12",
        "ssl.keystore.password": "s",
    }
