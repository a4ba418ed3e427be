"""An order's steps, told in words, with a rule that the incident breaks."""

STEPS = {
    "OrderCreated": "created",
    "PaymentProcessed": "paid",
    "StockReserved": "reserved",
    "StockReleased": "released",
    "OrderCancelled": "cancelled",
}


def initial(order_id):
    """Before the first event nothing has been done."""
    return {"orderId": order_id, "done": []}


def reduce(state, event):
    """Note each step the first time it is taken."""
    step = STEPS.get(event["type"])
    if step is None or step in state["done"]:
        return state
    return {**state, "done": [*state["done"], step]}


def narrate(event, before, after):
    """Say what is new; None leaves the sentence to kstory."""
    new = [step for step in after["done"] if step not in before["done"]]
    return f"The order is {new[0]} now" if new else None


def check(state):
    """A paid order that is not cancelled has its stock."""
    done = set(state["done"])
    if "paid" in done and not done & {"reserved", "cancelled"}:
        return ["a paid order has its stock"]
    return []
