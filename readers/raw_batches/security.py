"""How a connection of our own logs in, from librdkafka's properties; or why it cannot."""

import ssl
from collections.abc import Mapping
from typing import Any

from readers.errors import KstoryError

LoginArguments = dict[str, Any]
"""What aiokafka's connection takes; its types end here."""


class NotMapped(KstoryError):
    """A property has a meaning that only librdkafka knows."""


_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
_UNDERSTOOD = frozenset(
    {
        "sasl.mechanism",
        "sasl.mechanisms",
        "sasl.username",
        "sasl.password",
        "ssl.ca.location",
        "ssl.ca.pem",
        "ssl.certificate.location",
        "ssl.key.location",
        "ssl.key.password",
        "ssl.endpoint.identification.algorithm",
        "enable.ssl.certificate.verification",
    }
)
_FALSE = ("false", "f", "0")
"""As librdkafka reads it."""
_SECURITY = ("sasl.", "ssl.", "enable.ssl.", "enable.sasl.", "https.")


def login_arguments(properties: Mapping[str, str]) -> LoginArguments:
    """The arguments that say the same as the properties.

    Raises:
        NotMapped: one cannot be said, such as a Kerberos login or a PKCS#12 key store.
    """
    protocol = properties.get("security.protocol", "plaintext").upper()
    unknown = [
        name for name in properties if name.startswith(_SECURITY) and name not in _UNDERSTOOD
    ]
    if protocol == "PLAINTEXT":
        return {"security_protocol": protocol}
    if unknown:
        raise NotMapped(f"{unknown[0]} is known to the Kafka client only")
    arguments: LoginArguments = {"security_protocol": protocol}
    if protocol.startswith("SASL"):
        arguments |= _sasl(properties)
    if protocol.endswith("SSL"):
        arguments["ssl_context"] = _tls(properties)
    return arguments


def _sasl(properties: Mapping[str, str]) -> LoginArguments:
    mechanism = properties.get("sasl.mechanism") or properties.get("sasl.mechanisms") or "GSSAPI"
    if mechanism not in _MECHANISMS:
        raise NotMapped(f"a login by {mechanism} is known to the Kafka client only")
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": properties.get("sasl.username", ""),
        "sasl_plain_password": properties.get("sasl.password", ""),
    }


def _tls(properties: Mapping[str, str]) -> ssl.SSLContext:
    authorities = properties.get("ssl.ca.location")
    try:
        context = ssl.create_default_context(
            cafile=None if authorities == "probe" else authorities,
            cadata=properties.get("ssl.ca.pem"),
        )
        if properties.get("ssl.endpoint.identification.algorithm", "https").lower() == "none":
            context.check_hostname = False
        if properties.get("enable.ssl.certificate.verification", "true").lower() in _FALSE:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        certificate = properties.get("ssl.certificate.location")
        if certificate is not None:
            # Without a password OpenSSL would ask for one on the terminal.
            password = properties.get("ssl.key.password", "")
            context.load_cert_chain(certificate, properties.get("ssl.key.location"), password)
    except (OSError, ssl.SSLError, ValueError) as error:
        raise NotMapped(f"its certificates could not be loaded ({error})") from error
    return context
