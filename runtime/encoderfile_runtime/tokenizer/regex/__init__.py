"""Regular expressions of a tokenizer.json, in time that grows as the text does, whatever the expression.

`syntax` reads Oniguruma's syntax into the nodes of `tree`. Where `analysis` proves that Python's backtracking `re` takes
linear time, `translation` writes the expression for `re`; else `program` and `automaton` match it without backtracking.
"""
