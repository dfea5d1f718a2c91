"""Whether "98 %" holds: many draws of calibration and held-out products."""
