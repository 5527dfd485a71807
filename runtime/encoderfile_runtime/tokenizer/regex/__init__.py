"""Regular expressions of a tokenizer.json, matched in time linear in the text, whatever the expression.

`syntax` parses Oniguruma's syntax into the nodes of `tree`. If `analysis` proves that Python's backtracking `re` takes
linear time, `translation` writes the expression for `re`; otherwise `program` compiles an automaton, and `automaton`
runs it without backtracking.
"""
