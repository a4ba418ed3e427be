"""How often an order's payment was tried, and how it ended."""


def reduce(state, event):
    """Count the attempts; the state is {"attempts": 2, "outcome": "failed"}."""
    state = dict(state or {"attempts": 0, "outcome": None})
    if event["type"] == "PaymentFailed":
        state["attempts"] += 1
        state["outcome"] = "failed"
    elif event["type"] == "PaymentProcessed":
        state["attempts"] += 1
        state["outcome"] = "paid"
    return state
