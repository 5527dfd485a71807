"""The commands of an encoderfile: one module each, with `add_arguments(parser)` and `run(container, options)`.

Only the module of the called command is imported: the portable base compiles what it imports at each start.
"""

COMMANDS = {
    "infer": "run the model on texts",
    "classify": "the classes of texts, or the entities in them, with their scores",
    "similarity": "the similarity of two texts, by their embeddings",
    "rank": "documents ranked by their relevance to a query",
    "search": "the lines of files most relevant to a query",
    "tokenize": "the tokens of texts, their ids and offsets",
    "bench": "the speed of this model on this machine",
    "inspect": "show the contents of this file",
    "verify": "check every byte of this file",
}
"""Names of the modules and their line in the help."""
