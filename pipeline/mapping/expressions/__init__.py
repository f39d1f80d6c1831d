"""JMESPath trees → Python expressions with static types."""
