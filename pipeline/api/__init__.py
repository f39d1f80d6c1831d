"""The HTTP side: webhooks, hosted documents, health; further routers are handed to :func:`create_app`."""
