"""What the name of a reducer tells without loading it."""


def is_file(text: str) -> bool:
    """Whether this names code in a file, not an installed reducer."""
    return text.endswith(".py") or ".py:" in text
