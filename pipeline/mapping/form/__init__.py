"""How a mapping file is put together: one table of sections, keys and instructions, read and documented."""
