"""What a new sandbox holds: two tenants, their people, some stock, and a login for the admin."""
