"""Pictures of a menu, looked at: what each is, and which platforms refuse it by what their mappings say."""
