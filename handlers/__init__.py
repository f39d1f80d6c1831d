"""AWS Lambda's way in: one module per function, ``handlers.NAME.handler``.

They stand beside ``cli.py`` because both are edges: what they call is the same, and nothing below them
knows of Lambda. ``events`` and ``work`` take batches of queues, ``sweep`` is scheduled, ``api`` serves HTTP.
"""
