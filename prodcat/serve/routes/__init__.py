"""What is asked of the service, a file for each thing that can be asked."""
