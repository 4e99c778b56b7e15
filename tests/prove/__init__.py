"""The long forms of what `make test` does briefly (`make prove`). Each writes a dated report to docs/operations/proofs."""
