"""Looking at somebody's own data before they are opened."""
