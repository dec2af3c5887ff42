"""Classical building blocks that several families share."""
