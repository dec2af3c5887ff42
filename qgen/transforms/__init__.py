"""How do physical units and model space map onto each other? Pairs `forward`/`inverse`, one file each."""
