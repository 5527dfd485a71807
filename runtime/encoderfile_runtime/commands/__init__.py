"""The commands of an encoderfile, a module each with `add_arguments(parser)` and `run(container, options)`.

A command is imported when it is asked for and no sooner: this code is compiled at every start.
"""

COMMANDS = {
    "infer": "run the model on texts",
    "classify": "the classes of texts, or the entities in them, with their scores",
    "similarity": "how alike two texts are, by their embeddings",
    "rank": "documents by how well they fit a query",
    "search": "the lines of files that fit a query best",
    "tokenize": "the tokens of texts, their ids and offsets",
    "bench": "how fast this model is on this machine",
    "inspect": "show what is in this file",
    "verify": "check every byte of this file",
}
"""Names of the modules with what they do."""
