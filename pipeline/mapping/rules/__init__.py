"""What a mapping's payload means, as a tree, before any Python is made of it."""
