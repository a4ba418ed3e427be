"""Stack traces of Java, .NET, Python and Node: their frames, and which are an application's."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

MAX_CHARS = 131_072
"""More of a trace is not looked at: half of it from the front, half from the end."""
_LINE_CHARS = 1_000
_LINES_KEPT = 4_096
_FRAMES_CHARS = 16_384
_FRAMES_KEPT = 256

FRAMEWORKS = (
    # the platforms' own
    "java.", "javax.", "jakarta.", "sun.", "jdk.", "com.sun.", "kotlin.", "kotlinx.", "scala.",
    "groovy.", "clojure.", "System.", "Microsoft.", "Windows.", "Mono.",
    # what reads Kafka and calls the application
    "org.springframework.", "org.apache.", "io.confluent.", "io.smallrye.", "io.quarkus.",
    "io.vertx.", "io.helidon.", "io.micronaut.", "io.debezium.", "io.axoniq.", "org.axonframework.",
    "akka.", "reactor.", "rx.", "io.reactivex.", "io.projectreactor.", "com.uber.", "dev.knative.",
    "Confluent.Kafka.", "Wolverine.", "JasperFx.", "MassTransit.", "NServiceBus.", "Silverback.",
    "Paramore.",
    # what the application calls
    "com.fasterxml.", "com.google.", "org.hibernate.", "org.jboss.", "org.postgresql.",
    "com.mysql.", "com.microsoft.", "oracle.", "com.zaxxer.", "com.mongodb.", "redis.",
    "io.lettuce.", "org.jooq.", "org.mybatis.", "io.netty.", "okhttp3.", "retrofit2.", "feign.",
    "io.grpc.", "io.micrometer.", "io.opentelemetry.", "io.github.resilience4j.", "com.netflix.",
    "com.amazonaws.", "software.amazon.", "com.azure.", "org.slf4j.", "ch.qos.logback.",
    "net.bytebuddy.", "org.aspectj.", "net.sf.cglib.", "org.codehaus.", "org.eclipse.",
    "org.junit.", "lombok.", "$Proxy", "Npgsql.", "Dapper.", "Newtonsoft.", "MySqlConnector.",
    "StackExchange.", "Polly.", "Grpc.", "Castle.", "AutoMapper.", "MediatR.", "FluentValidation.",
)  # fmt: skip
"""How the names of classes begin that are no application's."""
_LIBRARY_PATHS = (
    "node_modules/", "node:", "site-packages/", "dist-packages/", "/lib/python3",
    "<frozen ",
)  # fmt: skip

_CAUSE = "\nCaused by: "
_FIRST_FRAME = ("\n\tat ", "\n   at ")
_SUPPRESSED = "\n\tSuppressed: "
_TRACEBACK = "Traceback (most recent call last):"
_PYTHON_NEXT = (
    "\nThe above exception was the direct cause of the following exception:",
    "\nDuring handling of the above exception, another exception occurred:",
)

_PYTHON = re.compile(r'File "(?P<path>[^"]+)", line \d+, in (?P<function>.+)')
_NODE = re.compile(
    r"at (?:async |new )*(?:(?P<function>\S+) (?:\[as \S+\] )?)?"
    r"\(?(?P<path>(?:file://|node:|/|[A-Za-z]:\\|internal/)[^()]*):\d+:\d+\)?"
)
_CALL = re.compile(r"at (?P<name>[^\s()]+\.[^\s().]+)\(")
_LAMBDA_CLASS = re.compile(r"\$\$Lambda(?:\$\d+)?(?:/(?:0x)?[0-9a-f]+)?")
_MADE = re.compile(
    r"\$\$(?:EnhancerBy|FastClassBy|SpringCGLIB)[\w$]*|\$HibernateProxy\$\w*|\$ByteBuddy\$\w*"
    r"|(?<=\$Proxy)\d+|_(?:Subclass|ClientProxy)(?=\.)|\$\d+(?=[.$])"
)
"""What code generators and compilers add to a class's name."""
_JAVA_LAMBDA = re.compile(r"\blambda\$(\w+)\$\d+$")
_DOTNET_STATE = re.compile(r"\.<(\w+)>[a-z]__\w*(?:`\d+)?\.(?:MoveNext|Start)$")
_DOTNET_LAMBDA = re.compile(r"(?:\.<>c\w*(?:`\d+)?)?\.<(\w+)>[bg]__[\w|]*$")
_GENERIC = re.compile(r"`\d+|\[[^\]]*\]")


@dataclass(frozen=True, slots=True)
class Frame:
    """One call of a trace.

    Attributes:
        place: what tells whose it is: a name with its package or namespace, or a file's path.
        short: `Class.method`, or `module.function`; without what generators put into names.
        is_framework: it is known to be no application's.
        is_path: `place` is a path.
    """

    place: str
    short: str
    is_framework: bool
    is_path: bool


def frame_of(line: str) -> Frame | None:
    """The frame that a line of a trace is; None where it is none, or absurdly long."""
    return _frame_of(line) if len(line) <= _LINE_CHARS else None


@lru_cache(maxsize=_LINES_KEPT)
def _frame_of(line: str) -> Frame | None:
    bare = line.strip()
    if bare.startswith("File "):
        match = _PYTHON.fullmatch(bare)
        return None if match is None else _in_file(match["path"], match["function"])
    if not bare.startswith("at "):
        return None
    match = _NODE.fullmatch(bare)
    if match is not None:
        return _in_file(match["path"], match["function"] or "")
    match = _CALL.match(bare)
    return None if match is None else _call(match["name"])


def _in_file(written: str, function: str) -> Frame:
    path = written.replace("\\", "/")
    module = path.rpartition("/")[2].rpartition(".")[0]
    named = "" if function.strip() == "<module>" else function.strip()
    own = named if "." in named else ".".join(filter(None, (module, named)))
    is_framework = path.startswith("internal/") or any(p in path for p in _LIBRARY_PATHS)
    return Frame(path, own or path, is_framework, is_path=True)


def _call(written: str) -> Frame:
    """A frame as Java and .NET write it; modules and class loaders stand before a slash."""
    name = _LAMBDA_CLASS.sub("", written).rpartition("/")[2]
    name = _DOTNET_STATE.sub(r".\1", _GENERIC.sub("", name))
    name = _DOTNET_LAMBDA.sub(r".\1", name)
    name = _JAVA_LAMBDA.sub(r"\1", _MADE.sub("", name))
    short = ".".join(name.replace("..", ".").split(".")[-2:])
    return Frame(name, short, name.startswith(FRAMEWORKS), is_path=False)


def is_ours(line: str, in_app: tuple[str, ...] = ()) -> bool:
    """Whether a line of a trace is a frame of the application's.

    Args:
        line: of a trace, with or without what it is indented by.
        in_app: how the application's packages and namespaces begin (a part of the path, for
            frames that name files). Where it is given, no other frame is the application's; else
            every one is that is not known to be a framework's.
    """
    frame = frame_of(line)
    if frame is None or not in_app:
        return frame is not None and not frame.is_framework
    if frame.is_path:
        return any(part in frame.place for part in in_app)
    return frame.place.startswith(in_app)


def top_frame(stack: str, in_app: tuple[str, ...] = ()) -> Frame | None:
    """The application's frame nearest to where the innermost cause was thrown.

    Where the innermost has none of its own, it is looked for in the one around it, and so on.
    """
    for frames in _inside_out(_capped(stack)):
        found = (_remembered if len(frames) <= _FRAMES_CHARS else _first_of_ours)(frames, in_app)
        if found is not None:
            return found
    return None


def _first_of_ours(frames: str, in_app: tuple[str, ...]) -> Frame | None:
    thrown, _, _ = frames.partition(_SUPPRESSED)  # what follows is of the suppressed
    return next((frame_of(line) for line in thrown.splitlines() if is_ours(line, in_app)), None)


# Letters that fail alike differ in their messages, and not in the frames below them.
_remembered = lru_cache(maxsize=_FRAMES_KEPT)(_first_of_ours)


def _capped(stack: str) -> str:
    if len(stack) <= MAX_CHARS:
        return stack
    half = MAX_CHARS // 2
    return f"{stack[:half]}\n{stack[-half:]}"


def _inside_out(stack: str) -> Iterator[str]:
    """The frames of a trace, an exception's at a time, from the innermost cause outwards."""
    if _TRACEBACK in stack:
        yield from _of_python(stack)
        return
    # .NET writes the innermost first, and Node only one: for them the trace is one section.
    end = len(stack)
    while end >= 0:
        start = stack.rfind(_CAUSE, 0, end)
        begin = max(start, 0)
        found = (stack.find(mark, begin, end) for mark in _FIRST_FRAME)
        at = next((n for n in found if n >= 0), begin)
        yield stack[at:end]
        end = start


def _of_python(stack: str) -> Iterator[str]:
    """Python writes causes first, and of each the innermost frame last."""
    first, *following = _PYTHON_NEXT
    for sentence in following:
        stack = stack.replace(sentence, first)
    for section in stack.split(first):
        yield "\n".join(reversed(section.splitlines()))
