"""Where the menu's fields arrive in the payload, followed through a mapping's rules without a menu."""
