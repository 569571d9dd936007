"""Recording: formulas run on arrays that remember how they came about, so that they can be written out as text."""
