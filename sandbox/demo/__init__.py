"""The demo: real shop data through the real API, and a proof that every number came out right."""
