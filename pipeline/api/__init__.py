"""The HTTP side: webhooks, hosted documents, health, the admin API; further routers are handed to ``create_app``."""
