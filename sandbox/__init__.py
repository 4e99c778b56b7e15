"""The whole platform on one machine: real PostgreSQL and Valkey, the API, the workers, one supervisor."""
