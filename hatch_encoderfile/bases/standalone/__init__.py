"""Standalone bases: CPython, numpy and OpenBLAS in one static program, with the runtime as frozen modules behind it."""
