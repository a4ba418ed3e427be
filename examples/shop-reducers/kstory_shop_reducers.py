"""What an order's basket holds and what is reserved for it: a reducer that a package offers."""


class Basket:
    """Items by their SKU; what is in the warehouse for them; the sum in cents, to stay exact."""

    event_types = frozenset({"ItemAdded", "ItemRemoved", "StockReserved", "StockReleased"})

    def initial(self, order_id):
        """An empty basket."""
        return {"order": order_id, "items": {}, "reserved": {}, "cents": 0}

    def reduce(self, state, event):
        """Put in, take out, reserve and release; what is given is not changed."""
        value = event["value"]
        match event["type"]:
            case "ItemAdded":
                return self._with(state, value["sku"], value["quantity"], value["unitPrice"])
            case "ItemRemoved":
                return self._with(state, value["sku"], -value["quantity"], value["unitPrice"])
            case "StockReserved":
                reserved = {item["sku"]: item["quantity"] for item in value["items"]}
                return {**state, "reserved": reserved}
            case "StockReleased":
                return {**state, "reserved": {}}
        return state

    def narrate(self, event, before, after):
        """Say what the basket costs now; None leaves the sentence to kstory."""
        if before["cents"] == after["cents"]:
            return None
        return f"The basket costs {after['cents'] / 100:.2f} now, {len(after['items'])} products"

    def check(self, state):
        """Nothing is reserved that is not in the basket, and no quantity is below zero."""
        broken = []
        if state["reserved"] and state["reserved"] != state["items"]:
            broken.append("what is reserved is what the basket holds")
        if any(quantity < 0 for quantity in state["items"].values()):
            broken.append("no quantity is below zero")
        return broken

    def _with(self, state, sku, quantity, price):
        items = {**state["items"], sku: state["items"].get(sku, 0) + quantity}
        items = {name: count for name, count in items.items() if count}
        cents = state["cents"] + round(quantity * price * 100)
        return {**state, "items": items, "cents": cents}


basket = Basket()
