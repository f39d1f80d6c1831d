"""What is said to a platform, compiled: steps, webhooks, error rules."""
