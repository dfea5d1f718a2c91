"""What runs say: measures, comparisons, curves, categories, mistakes; no word of how it looks."""
