"""Ready apps: leaves that answer events. They never import each other."""
