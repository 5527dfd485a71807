"""Regular expressions of published tokenizers, and others in the same syntax, by name."""

from __future__ import annotations

REGULAR_EXPRESSIONS = {
    "GPT-2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    "Llama 3": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "Qwen 2": r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "o200k": r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "DeepSeek": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
    "CLIP": r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+",
    "BLOOM": " ?[^(\\s|[.,!?…。，、।۔،])]+",
    "Chinese and Japanese": "[一-龥぀-ゟ゠-ヿ]+",
    "digits": r"\p{N}{1,3}",
    "blanks": r"\s+",
    "two blanks": " {2,}",
    "not a word": r"\W+",
    "word": r"\w+|[^\w\s]+",
    "lazy": r"a.*?b|x",
    "lines": r"^.+$",
    "ends": r"\A\w|\S\z",
    "behind": r"(?<=a)-|(?<!a)b",
    "atomic": r"(?>a|ab)c|-",
    "complements": r"[^\S\r\n]|\P{L}{2}|\p{^N}{3}",
    "categories": r"\p{Lu}\p{Ll}*|\p{Sc}|[\p{Mn}\p{Mc}]|\p{Zs}|\p{Cc}",
    "escapes": r"\x41|\u00e9|\x{1D400}|\t|\.|\-",
    "cases": r"(?i:k|[s-t]-)",
}
