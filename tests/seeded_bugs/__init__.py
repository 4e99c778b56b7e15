"""Known bugs, each a patch: does the suite notice? `make seeded-bugs` applies one after the other to a copy."""
