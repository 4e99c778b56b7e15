"""Real PostgreSQL and Valkey on this machine, from wheels or from the system's packages."""
