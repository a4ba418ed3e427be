"""Connection settings out of files that people have: a Java client.properties, or kcat's.

Both become librdkafka's names and values. Which of the two a file is, is seen by its names.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import javaproperties

from readers.errors import ConfigError
from readers.kafka_config import refusal_of


@dataclass(frozen=True, slots=True)
class ClientProperties:
    """What a file says about a connection.

    Attributes:
        bootstrap: the addresses in it, or None.
        properties: librdkafka's names and values; they hold secrets.
        ignored: names that mean nothing to a reader, such as a serializer's, or that kstory sets
            itself, such as a group's; in their order.
    """

    bootstrap: str | None
    properties: Mapping[str, str]
    ignored: tuple[str, ...]


_BOOTSTRAP = ("bootstrap.servers", "metadata.broker.list")
_SAME = frozenset(
    {
        "client.id",
        "client.rack",
        "isolation.level",
        "sasl.kerberos.service.name",
        "sasl.mechanism",
        "sasl.mechanisms",
        "security.protocol",
        "ssl.cipher.suites",
        "ssl.endpoint.identification.algorithm",
        "ssl.key.password",
    }
)
_RENAMED = {
    "connections.max.idle.ms": "connections.max.idle.ms",
    "fetch.max.wait.ms": "fetch.wait.max.ms",
    "metadata.max.age.ms": "metadata.max.age.ms",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "request.timeout.ms": "socket.timeout.ms",
    "sasl.oauthbearer.scope": "sasl.oauthbearer.scope",
    "sasl.oauthbearer.token.endpoint.url": "sasl.oauthbearer.token.endpoint.url",
    "send.buffer.bytes": "socket.send.buffer.bytes",
    "ssl.keystore.password": "ssl.keystore.password",
}
# Names that only the Java client has: one of them tells which kind of file it is.
_JAVA_SIGNS = ("sasl.jaas.config", "ssl.truststore.", "ssl.keystore.type", "interceptor.classes")
_JAVA_ENDINGS = (".serializer", ".deserializer", ".class", ".serde")
_JAAS = re.compile(r"\s*([\w.$]+)\s+(?:required|requisite|sufficient|optional)\b(.*)", re.DOTALL)
_JAAS_OPTION = re.compile(
    r"""([\w.]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s;]+))"""
)
_LOGIN_MODULES = ("PlainLoginModule", "ScramLoginModule")


def read_client_properties(path: Path) -> Mapping[str, str]:
    """The librdkafka properties in such a file, without its addresses.

    Raises:
        ConfigError: as `load_client_properties` does.
    """
    return load_client_properties(path).properties


def load_client_properties(path: Path) -> ClientProperties:
    """Read such a file.

    Raises:
        ConfigError: it cannot be read, or holds what cannot be translated; it names the file.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from error
    try:
        java = javaproperties.loads(text)
    except ValueError as error:
        raise ConfigError(f"{path} is not a properties file: {error}.") from error
    if _is_java(java):
        return _from_java(path, java)
    return _from_librdkafka(path, text)


def _is_java(names: Mapping[str, str]) -> bool:
    return any(name.startswith(_JAVA_SIGNS) or name.endswith(_JAVA_ENDINGS) for name in names)


def _from_librdkafka(path: Path, text: str) -> ClientProperties:
    """The form of kcat: `name=value` a line, `#` for comments, no escapes."""
    properties: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(("#", "!")):
            continue
        name, sign, value = stripped.partition("=")
        if not sign:
            raise ConfigError(f"{path}, line {number}: not of the form name=value.")
        properties[name.strip()] = value.strip()
    bootstrap = [properties[name] for name in _BOOTSTRAP if name in properties]
    refused = [name for name in properties if refusal_of(name) is not None]
    return ClientProperties(
        next(iter(bootstrap), None),
        {name: value for name, value in properties.items() if name not in refused},
        tuple(name for name in refused if name not in _BOOTSTRAP),
    )


def _from_java(path: Path, java: Mapping[str, str]) -> ClientProperties:
    properties: dict[str, str] = {}
    ignored: list[str] = []
    for name, value in java.items():
        if name in _BOOTSTRAP:
            continue
        if name in _TRANSLATED:
            properties |= _TRANSLATED[name](path, java)
        elif name in _SAME:
            properties[name] = _same(name, value)
        elif name in _RENAMED:
            properties[_RENAMED[name]] = value
        else:
            ignored.append(name)
    return ClientProperties(java.get("bootstrap.servers"), properties, tuple(ignored))


def _same(name: str, value: str) -> str:
    # Java says "do not compare host names" with an empty value.
    return value or "none" if name == "ssl.endpoint.identification.algorithm" else value


def _jaas(path: Path, java: Mapping[str, str]) -> dict[str, str]:
    match = _JAAS.match(java["sasl.jaas.config"])
    if match is None:
        raise ConfigError(f"{path}: sasl.jaas.config is not of the form MODULE required ...;")
    module = match[1].rsplit(".", 1)[-1]
    if module not in _LOGIN_MODULES:
        raise ConfigError(
            f"{path}: sasl.jaas.config uses {module}, which has no equal outside Java. Set "
            "librdkafka's sasl.* properties for it with -X or in a profile."
        )
    options = {
        name: re.sub(r"\\(.)", r"\1", double or single) or bare
        for name, double, single, bare in _JAAS_OPTION.findall(match[2])
    }
    try:
        return {"sasl.username": options["username"], "sasl.password": options["password"]}
    except KeyError as error:
        raise ConfigError(f"{path}: sasl.jaas.config has no {error.args[0]}.") from error


def _truststore(path: Path, java: Mapping[str, str]) -> dict[str, str]:
    store = java["ssl.truststore.location"]
    if _store_type(store, java.get("ssl.truststore.type")) == "PEM":
        return {"ssl.ca.location": store}
    raise ConfigError(
        f"{path}: ssl.truststore.location is a Java key store, which only Java reads. Export its "
        f"certificates with: keytool -list -rfc -keystore {store} > ca.pem, and set "
        "ssl.truststore.type=PEM and ssl.truststore.location=ca.pem."
    )


def _keystore(path: Path, java: Mapping[str, str]) -> dict[str, str]:
    store = java["ssl.keystore.location"]
    kind = _store_type(store, java.get("ssl.keystore.type"))
    if kind == "PKCS12":
        return {"ssl.keystore.location": store}
    if kind == "PEM":
        return {"ssl.certificate.location": store, "ssl.key.location": store}
    raise ConfigError(
        f"{path}: ssl.keystore.location is a Java key store, which only Java reads. Turn it into "
        f"another with: keytool -importkeystore -srckeystore {store} -destkeystore client.p12 "
        "-deststoretype PKCS12, and set ssl.keystore.location=client.p12."
    )


def _store_type(store: str, said: str | None) -> str:
    if said:
        return said.upper()
    endings = {".p12": "PKCS12", ".pfx": "PKCS12", ".pem": "PEM", ".crt": "PEM"}
    return endings.get(Path(store).suffix.lower(), "JKS")


def _pem(name: str, theirs: str) -> Callable[[Path, Mapping[str, str]], dict[str, str]]:
    return lambda path, java: {theirs: java[name]}


def _nothing(path: Path, java: Mapping[str, str]) -> dict[str, str]:
    return {}


_TRANSLATED: Mapping[str, Callable[[Path, Mapping[str, str]], dict[str, str]]] = {
    "sasl.jaas.config": _jaas,
    "ssl.truststore.location": _truststore,
    "ssl.truststore.type": _nothing,
    "ssl.truststore.password": _nothing,
    "ssl.truststore.certificates": _pem("ssl.truststore.certificates", "ssl.ca.pem"),
    "ssl.keystore.location": _keystore,
    "ssl.keystore.type": _nothing,
    "ssl.keystore.certificate.chain": _pem("ssl.keystore.certificate.chain", "ssl.certificate.pem"),
    "ssl.keystore.key": _pem("ssl.keystore.key", "ssl.key.pem"),
}
