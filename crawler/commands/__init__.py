"""What the commands of the crawler share: options, display, preview and status."""
