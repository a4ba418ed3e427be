"""The demo: an order, payment and inventory system, six hours of its life and one incident.

Who reads what, so that what fails and where its letter lies follow from one another:

- `order-service` writes order-events; reads payment-events (a processed payment makes an order
  paid, a last failure cancels it) and inventory-events (an expired reservation cancels it).
- `inventory-service` writes inventory-events; reads order-events (reserves the stock of orders
  paid by card or paypal) and payment-events (reserves the stock of orders paid by transfer, when
  the money is there).
- `payment-service` writes payment-events; reads order-events (who pays, in which currency),
  inventory-events (stock is reserved: charge) and its own payment-events (a payment failed: try
  it again, three times more).

Each is a Spring application: a record that still fails after its retries goes to the dead-letter
topic of the topic it was read from. The incident, in minutes before the end:

- 46: a sale begins, with seven times the orders. What it has set aside in warehouse B for orders
  paid by transfer is used up at once: twelve of them are paid and get no stock (one of them
  `order-4242`); after 15 minutes half of them are refunded.
- 40 to 34: the payment gateway answers late or never. Most payments fail four times and end as
  dead letters; around 36 its connections hang, and their orders wait until their reservations
  expire six minutes later (one of them `order-4711`). A few are charged after all, when their
  orders are cancelled already.
- Behind the cancellations the order table is contended, and some orders are never cancelled.

Apart from it: an old shop whose orders have no currency, messages cut off on their way, and an
inventory instance whose clock is nine seconds behind for an hour.

The incident is over, and can be put right: what kstory sends back is read again (`reactions`).
Six of the twelve orders without stock get it and are shipped, the six that were refunded are left
alone; the 23 stuck orders are cancelled. An order without a currency and a message that is cut off
come back to their dead-letter topic as long as they are not mended. And the trap: the 233 failed
payments are charged when they are sent back, although 210 of their orders are cancelled; the other
23 are the stuck ones, which are shipped then, if they were not cancelled first.
"""
