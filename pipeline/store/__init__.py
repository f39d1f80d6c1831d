"""State of syncs: records, the protocol of stores, and its implementations."""
