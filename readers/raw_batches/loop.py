"""An event loop that is not held up at its end by a name that does not resolve."""

import asyncio
import socket
import threading
from contextlib import suppress
from typing import Any


class ResolvingLoop(asyncio.SelectorEventLoop):
    """Resolves names in threads that nobody waits for; asyncio's own keep a process from ending."""

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """As `socket.getaddrinfo`."""
        resolved: asyncio.Future[Any] = self.create_future()

        def resolve() -> None:
            try:
                found: Any = socket.getaddrinfo(host, port, family, type, proto, flags)
            except OSError as error:
                found = error
            with suppress(RuntimeError):  # nobody waits any more: the loop is closed
                self.call_soon_threadsafe(_settle, resolved, found)

        threading.Thread(target=resolve, name="resolve", daemon=True).start()
        return await resolved


def _settle(resolved: "asyncio.Future[Any]", found: Any) -> None:
    if resolved.done():
        return
    if isinstance(found, OSError):
        resolved.set_exception(found)
    else:
        resolved.set_result(found)
