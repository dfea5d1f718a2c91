"""What is alike in a catalogue: an index of vectors in a folder, and near-duplicates."""
