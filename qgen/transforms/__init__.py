"""Pairs `forward`/`inverse` between physical units and model space; one file each, round-trip tested."""
