"""What the crawler's commands share: options, running, display, preview and status."""
