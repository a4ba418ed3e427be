"""What a reducer may cost; `worker.py` and `worker_main.py` see to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reducer may cost: seconds for one event, and bytes of address space in all."""

    event_s: float = 0.25
    memory_bytes: int = 1 << 30
