"""Files: one module a format, for reading and for writing."""

SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".efg": "efg", ".nfg": "nfg", ".gmcr": "gmcr"}
"""The ending of a file's name → its format."""
