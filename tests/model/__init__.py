"""Stock against a model: the same calls to both, and every answer explained by the model or the run fails.

The model is plain Python over dicts, written from the contract and not from the kernel's SQL: `stock.py` holds what
lies where, `movements.py` and `calls.py` one function for each verb, `explain.py` finds an order of calls in which the
model gives the observed answers. `machine.py` lets Hypothesis choose the calls. The directory is a kind of test of its
own, like `concurrency/` or `faults/`: it has no subject among the apps, and three drivers.
"""
