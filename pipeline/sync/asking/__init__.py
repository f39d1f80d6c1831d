"""What people and events ask of the sync. Quick; sends nothing to a platform's menus."""
