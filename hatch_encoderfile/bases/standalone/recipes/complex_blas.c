/* The complex functions of CBLAS (BLAS Technical Forum standard, annex B) that numpy refers to, as plain loops.
 *
 * Our OpenBLAS has kernels for real numbers alone: those for complex ones would double its size, and models have none.
 */
#include <stddef.h>

enum { COLUMN_MAJOR = 102, NO_TRANSPOSE = 111, CONJUGATE_TRANSPOSE = 113, UPPER = 121 };

#define REAL float
#define NAME(name) cblas_c##name
#include "complex_blas.h"
#undef REAL
#undef NAME

#define REAL double
#define NAME(name) cblas_z##name
#include "complex_blas.h"
