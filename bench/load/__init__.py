"""The load generator: one for every HTTP side, in a process of its own."""
