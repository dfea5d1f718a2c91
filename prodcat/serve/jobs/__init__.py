"""Tables that are answered as a whole: brought in, told, answered in a process of their own."""
