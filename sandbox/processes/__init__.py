"""Operating system processes: how they are described, started, recognised and ended."""
