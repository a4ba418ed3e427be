"""What `--source` means, in every form, and what a profile may hold."""

import os
import stat
import sys
from pathlib import Path

import pytest

from readers.errors import ConfigError, SourceRefused, UsageError
from readers.profiles import DEMO, SourceSpec, parse_properties, resolve_source
from readers.trust import trust
from tests.configured import Folders

PROFILE = '[profiles.prod]\nbootstrap.servers = "k:9092"\n'


def resolved(folders: Folders, text: str | None = "prod", **environment: str) -> SourceSpec:
    return resolve_source(text, folders.read(), environment=environment)


def refusal(folders: Folders, lines: str, *, mode: int = 0o600) -> str:
    path = folders.write(PROFILE + lines, mode=mode)
    with pytest.raises(ConfigError) as error:
        resolved(folders)
    assert str(error.value).startswith(f"{path}: [profiles.prod] ")
    return str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "localhost:9092",
        "kafka-1.example.com:9092,10.0.0.1:9093",
        "[::1]:9092,[fe80::1]:9093",
        ",".join(
            f"b-{n}.cluster.abcdefgh.c2.kafka.eu-central-1.amazonaws.com:9098" for n in range(9)
        ),
    ],
)
def test_addresses_are_a_kafka_cluster(folders: Folders, text: str) -> None:
    assert resolved(folders, text) == SourceSpec("kafka", text)


def test_a_path_of_a_file_is_a_recording(folders: Folders) -> None:
    (folders.here / "incident.kstory").touch()
    assert resolved(folders, "incident.kstory") == SourceSpec("recording", "incident.kstory")


def test_a_path_may_begin_in_the_home_folder(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(folders.here))
    (folders.here / "a").touch()
    assert resolved(folders, "~/a").address == str(folders.here / "a")


@pytest.mark.parametrize(
    "text", ["missing.kstory", "./missing", "/no/such", "~/missing", "a" * 300 + ".x"]
)
def test_a_path_where_nothing_is_is_refused(folders: Folders, text: str) -> None:
    with pytest.raises(SourceRefused, match="There is no recording at"):
        resolved(folders, text)


def test_an_address_without_its_port_is_told_what_it_lacks(folders: Folders) -> None:
    with pytest.raises(SourceRefused, match="add the port of an address"):
        resolved(folders, "kafka.example.com")
    with pytest.raises(UsageError, match="is no host:port"):
        resolved(folders, "localhost")


def test_a_profile_is_found_by_its_name(folders: Folders) -> None:
    folders.write(PROFILE)
    assert resolved(folders) == SourceSpec("kafka", "k:9092", profile="prod")


def test_a_profiles_name_goes_before_a_file_of_that_name(folders: Folders) -> None:
    folders.write(PROFILE)
    (folders.here / "prod").touch()
    assert resolved(folders).kind == "kafka"


def test_a_name_that_is_nearly_a_profiles_is_guessed(folders: Folders) -> None:
    folders.write(PROFILE)
    with pytest.raises(UsageError, match=r"Did you mean prod\?"):
        resolved(folders, "prdo")


def test_a_name_far_from_every_profile_lists_them(folders: Folders) -> None:
    folders.write(PROFILE + '[profiles.a]\nrecording = "x"')
    with pytest.raises(UsageError, match=r"Profiles: a, prod\."):
        resolved(folders, "zzz")


def test_without_a_name_the_environment_then_the_default_profile_then_the_demo_is_meant(
    folders: Folders,
) -> None:
    assert resolved(folders, None) == DEMO
    folders.write(f'default_profile = "prod"\n{PROFILE}')
    assert resolved(folders, None).profile == "prod"
    assert resolved(folders, None, KSTORY_SOURCE="a:1").address == "a:1"
    assert resolved(folders, "b:1", KSTORY_SOURCE="a:1").address == "b:1"
    assert resolved(folders, None, KSTORY_SOURCE="").profile == "prod"


def test_a_profile_may_be_a_recording_beside_its_file(folders: Folders) -> None:
    folders.write('[profiles.a]\nrecording = "sub/a.kstory"', own=True)
    spec = resolved(folders, "a")
    assert (spec.kind, spec.address) == ("recording", str(folders.own / "sub/a.kstory"))


def test_a_recordings_profile_may_hold_no_other_names(folders: Folders) -> None:
    folders.write('[profiles.a]\nrecording = "a.kstory"\nallow_write = true')
    with pytest.raises(ConfigError, match=r"\[profiles\.a\] allow_write: is unknown"):
        resolved(folders, "a")


def test_dotted_and_quoted_keys_are_librdkafkas_names(folders: Folders) -> None:
    folders.write(
        PROFILE + 'socket.timeout.ms = 5\n"sasl.username" = "me"\nsocket.keepalive.enable = true'
    )
    assert resolved(folders).properties == {
        "socket.timeout.ms": "5", "sasl.username": "me", "socket.keepalive.enable": "true",
    }  # fmt: skip


def test_what_a_profile_says_of_itself_is_no_property(folders: Folders) -> None:
    folders.write(PROFILE + "allow_writes = true\nproduction = true")
    spec = resolved(folders)
    assert (spec.allow_writes, spec.production, spec.properties) == (True, True, {})


def test_values_come_from_the_environment(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", "s3cret")
    folders.write(PROFILE + 'sasl.password = "${KAFKA_PASSWORD}!"')
    assert resolved(folders).properties == {"sasl.password": "s3cret!"}


def test_properties_are_not_shown_where_a_source_is(folders: Folders) -> None:
    folders.write(PROFILE + 'sasl.password = "s3cret"')
    assert "s3cret" not in repr(resolved(folders))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (
            'sasl.password = "${NO_SUCH_NAME}"',
            "sasl.password: the environment variable NO_SUCH_NAME",
        ),
        ("ssl.ca = [1]", "ssl.ca: must be a text, a number or a truth value."),
        ('allow_writes = "yes"', "allow_writes: must be true or false."),
        ("password_command = 5", "password_command: must be a text in quotes."),
    ],
)
def test_a_bad_value_names_file_table_and_key(folders: Folders, lines: str, says: str) -> None:
    assert says in refusal(folders, lines)


def test_a_profile_without_an_address_is_refused(folders: Folders) -> None:
    folders.write("[profiles.prod]\nproduction = true")
    with pytest.raises(ConfigError, match=r"\[profiles\.prod\] bootstrap\.servers: is missing"):
        resolved(folders)


@pytest.mark.parametrize(
    "key",
    ["sasl.password", "ssl.key.password", "ssl.key.pem", "sasl.oauthbearer.client.secret",
     "schema.registry.basic.auth.user.info"],
)  # fmt: skip
def test_a_secret_in_a_file_that_others_can_read_is_refused(folders: Folders, key: str) -> None:
    told = refusal(folders, f'{key} = "s3cret"', mode=0o644)
    assert f"{key}: is a secret in a file that others can read" in told
    assert "s3cret" not in told


def test_a_secret_from_the_environment_may_stand_where_others_can_read(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("P", "s")
    folders.write(PROFILE + 'sasl.password = "${P}"\nsasl.username = "me"', mode=0o644)
    assert resolved(folders).properties["sasl.password"] == "s"


def command(folders: Folders, script: str) -> str:
    """A password_command line; the script is a file, since words are split as a shell does."""
    path = folders.here / "secret.py"
    path.write_text(script)
    return f"password_command = '{sys.executable} {path}'"


def trusted(folders: Folders, lines: str) -> None:
    path = folders.write(PROFILE + lines)
    trust(path, path.read_bytes())


def test_a_password_command_is_not_run_until_the_folder_is_trusted(folders: Folders) -> None:
    ran = folders.here / "ran"
    line = command(folders, f"open({str(ran)!r}, 'w'); print('s3cret')")
    assert "password_command: is not run from this folder until you run `kstory trust`" in refusal(
        folders, line
    )
    assert not ran.exists()


def test_a_trusted_password_command_gives_its_output_without_the_line_end(folders: Folders) -> None:
    trusted(folders, command(folders, "print(' s3cret ')"))
    assert resolved(folders).properties == {"sasl.password": " s3cret "}


@pytest.mark.parametrize(
    "line",
    [
        "password_command = '/no/such/program'",
        "password_command = ''",
        "password_command = '\"open'",
        f"password_command = '{sys.executable} -c \"import sys; print(1); sys.exit(1)\"'",
    ],
)
def test_a_password_command_that_fails_says_so(folders: Folders, line: str) -> None:
    trusted(folders, line)
    with pytest.raises(ConfigError, match=r"\[profiles\.prod\] password_command: failed"):
        resolved(folders)


def test_further_properties_win() -> None:
    spec = SourceSpec("kafka", "a:1", {"x": "1", "y": "1"}).with_properties({"y": "2"})
    assert spec.properties == {"x": "1", "y": "2"}


def test_properties_are_said_as_name_and_value() -> None:
    assert parse_properties(["a=b=c", " d =", "e= f"]) == {"a": "b=c", "d": "", "e": " f"}


@pytest.mark.parametrize("pair", ["a", "=b", " =b", ""])
def test_a_property_without_name_or_value_is_refused(pair: str) -> None:
    with pytest.raises(UsageError, match="write it as name=value"):
        parse_properties([pair])


def test_the_list_of_trusted_files_is_closed_to_others(folders: Folders) -> None:
    trusted(folders, "")
    store = Path(os.environ["XDG_STATE_HOME"]) / "kstory" / "trusted.json"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
