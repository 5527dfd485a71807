/* One precision of complex_blas.c, which defines REAL and NAME. Numbers are pairs of REAL; strides count numbers. */

typedef struct {
    REAL re, im;
} NAME(number);

/* A matrix op(A) by the strides between its rows and between its columns. */
typedef struct {
    const NAME(number) *data;
    ptrdiff_t row, column;
    REAL sign; /* of the imaginary parts */
} NAME(matrix);

static NAME(matrix) NAME(viewed)(int order, int transpose, const void *data, int leading)
{
    int by_column = (order == COLUMN_MAJOR) != (transpose != NO_TRANSPOSE);
    return (NAME(matrix)){data, by_column ? 1 : leading, by_column ? leading : 1,
                          transpose == CONJUGATE_TRANSPOSE ? -1 : 1};
}

static NAME(number) NAME(times)(NAME(number) a, NAME(number) b)
{
    return (NAME(number)){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static void NAME(add)(NAME(number) *sum, NAME(number) a)
{
    sum->re += a.re;
    sum->im += a.im;
}

/* y = beta y; what y was does not count where beta is 0. */
static void NAME(scale)(NAME(number) *y, const void *beta)
{
    NAME(number) factor = *(const NAME(number) *)beta;
    if (factor.re == 0 && factor.im == 0)
        *y = factor;
    else
        *y = NAME(times)(factor, *y);
}

/* The sum of a[i] b[i], the imaginary parts of a times `sign`. */
static NAME(number) NAME(dot)(ptrdiff_t n, const NAME(number) *a, ptrdiff_t a_step, REAL sign,
                              const NAME(number) *b, ptrdiff_t b_step)
{
    NAME(number) sum = {0, 0};
    for (ptrdiff_t i = 0; i < n; i++)
        NAME(add)(&sum, NAME(times)((NAME(number)){a[i * a_step].re, sign * a[i * a_step].im}, b[i * b_step]));
    return sum;
}

/* Vectors with a negative step begin at their far end. */
static const NAME(number) *NAME(first)(int n, const void *x, int step)
{
    return (const NAME(number) *)x + (step < 0 ? (ptrdiff_t)(1 - n) * step : 0);
}

void NAME(dotu_sub)(int n, const void *x, int x_step, const void *y, int y_step, void *result)
{
    *(NAME(number) *)result = NAME(dot)(n, NAME(first)(n, x, x_step), x_step, 1, NAME(first)(n, y, y_step), y_step);
}

void NAME(dotc_sub)(int n, const void *x, int x_step, const void *y, int y_step, void *result)
{
    *(NAME(number) *)result = NAME(dot)(n, NAME(first)(n, x, x_step), x_step, -1, NAME(first)(n, y, y_step), y_step);
}

void NAME(axpy)(int n, const void *alpha, const void *x, int x_step, void *y, int y_step)
{
    const NAME(number) *from = NAME(first)(n, x, x_step);
    NAME(number) *to = (NAME(number) *)NAME(first)(n, y, y_step);
    for (ptrdiff_t i = 0; i < n; i++)
        NAME(add)(&to[i * y_step], NAME(times)(*(const NAME(number) *)alpha, from[i * x_step]));
}

void NAME(gemv)(int order, int transpose, int m, int n, const void *alpha, const void *a, int a_leading,
                const void *x, int x_step, const void *beta, void *y, int y_step)
{
    NAME(matrix) A = NAME(viewed)(order, transpose, a, a_leading);
    int rows = transpose == NO_TRANSPOSE ? m : n, columns = transpose == NO_TRANSPOSE ? n : m;
    const NAME(number) *from = NAME(first)(columns, x, x_step);
    NAME(number) *to = (NAME(number) *)NAME(first)(rows, y, y_step);
    for (ptrdiff_t i = 0; i < rows; i++) {
        NAME(number) sum = NAME(dot)(columns, A.data + i * A.row, A.column, A.sign, from, x_step);
        NAME(scale)(&to[i * y_step], beta);
        NAME(add)(&to[i * y_step], NAME(times)(*(const NAME(number) *)alpha, sum));
    }
}

void NAME(gemm)(int order, int a_transpose, int b_transpose, int m, int n, int k, const void *alpha, const void *a,
                int a_leading, const void *b, int b_leading, const void *beta, void *c, int c_leading)
{
    NAME(matrix) A = NAME(viewed)(order, a_transpose, a, a_leading), B = NAME(viewed)(order, b_transpose, b, b_leading);
    NAME(matrix) C = NAME(viewed)(order, NO_TRANSPOSE, c, c_leading);
    for (ptrdiff_t i = 0; i < m; i++) {
        NAME(number) *to = (NAME(number) *)C.data + i * C.row;
        for (ptrdiff_t j = 0; j < n; j++)
            NAME(scale)(&to[j * C.column], beta);
        for (ptrdiff_t l = 0; l < k; l++) {
            NAME(number) factor = A.data[i * A.row + l * A.column];
            factor = NAME(times)(*(const NAME(number) *)alpha, (NAME(number)){factor.re, A.sign * factor.im});
            for (ptrdiff_t j = 0; j < n; j++) {
                NAME(number) b_lj = B.data[l * B.row + j * B.column];
                NAME(add)(&to[j * C.column], NAME(times)(factor, (NAME(number)){b_lj.re, B.sign * b_lj.im}));
            }
        }
    }
}

/* C = alpha A A^T + beta C in one triangle; A is n by k once transposed. */
void NAME(syrk)(int order, int triangle, int transpose, int n, int k, const void *alpha, const void *a, int a_leading,
                const void *beta, void *c, int c_leading)
{
    NAME(matrix) A = NAME(viewed)(order, transpose, a, a_leading), C = NAME(viewed)(order, NO_TRANSPOSE, c, c_leading);
    for (ptrdiff_t i = 0; i < n; i++) {
        for (ptrdiff_t j = triangle == UPPER ? i : 0; j < (triangle == UPPER ? n : i + 1); j++) {
            NAME(number) *to = (NAME(number) *)C.data + i * C.row + j * C.column;
            NAME(number) sum = NAME(dot)(k, A.data + i * A.row, A.column, 1, A.data + j * A.row, A.column);
            NAME(scale)(to, beta);
            NAME(add)(to, NAME(times)(*(const NAME(number) *)alpha, sum));
        }
    }
}
