"""Classical reference generators, one per file."""
