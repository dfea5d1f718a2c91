"""What pictures bring, measured."""
