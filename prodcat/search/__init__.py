"""What is alike in a catalogue."""
