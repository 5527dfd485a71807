/* The built-in module `_encoderfile_base`. */
#ifndef ENCODERFILE_MODULE_H
#define ENCODERFILE_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "image.h"

/* Make `import _encoderfile_base` work: self_path, resources, zstd_decompress(), openblas_…(). Before Python starts; -1 on failure. */
int register_base_module(const struct image *opened);

#endif
