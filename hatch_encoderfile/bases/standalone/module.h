/* The built-in module `_encoderfile_base`. */
#ifndef ENCODERFILE_MODULE_H
#define ENCODERFILE_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "image.h"

/* Make `import _encoderfile_base` work, before Python starts; -1 on failure. It has `self_path`, `resources` and functions:
 * zstd_decompress(), openblas_get_num_threads(), openblas_set_num_threads(), openblas_get_corename(), drop_pages(). */
int register_base_module(const struct image *opened);

#endif
