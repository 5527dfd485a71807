/* Memory that the kernel may back by pages of 2 MiB, so that one fault stands for five hundred: on a virtual machine a fault
 * costs some microseconds, and a start would have thousands. Where there are no huge pages, nothing is lost.
 *
 * Address space is reserved generously. It becomes memory when it is first written to, 2 MiB at a time.
 */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "memory.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    HUGE_PAGE = 2 << 20,
    HEAP = 64 << 20,
    LARGEST_IN_HEAP = 32 << 20,
    CHUNK = 16 << 20, /* of Python's arenas, which have 1 MiB each */
};

static size_t to_next_huge_page(const void *address) {
    return -(uintptr_t)address % HUGE_PAGE;
}

void prepare_heap(void) {
    /* Arrays come from the heap, too, and stay there: what one product let go of, the next one takes. */
    mallopt(M_MMAP_THRESHOLD, LARGEST_IN_HEAP);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, HEAP);
    char *start = sbrk(0);
    if (start == (void *)-1 || sbrk((intptr_t)to_next_huge_page(start)) == (void *)-1)
        return;
    start = sbrk(0);
    /* This makes the heap grow. malloc writes a header where it begins and one behind this block, and pages that were written
     * to stay small; with both headers in the first huge page, what is allocated from here on begins in the second. */
    static void *passed_over;
    passed_over = malloc(HUGE_PAGE - 64);
    if (passed_over == NULL)
        return;
    char *end = sbrk(0);
    if (end > start)
        madvise(start, (size_t)(end - start), MADV_HUGEPAGE);
}

static char *next_arena;
static size_t left_in_chunk;

/* Reserve a chunk that begins on a huge page. */
static int new_chunk(void) {
    char *start = mmap(NULL, CHUNK + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
        return -1;
    size_t before = to_next_huge_page(start);
    if (before > 0)
        munmap(start, before);
    munmap(start + before + CHUNK, HUGE_PAGE - before);
    next_arena = start + before;
    left_in_chunk = CHUNK;
    madvise(next_arena, CHUNK, MADV_HUGEPAGE);
    return 0;
}

static void *allocate_arena(void *context, size_t size) {
    (void)context;
    if (size > left_in_chunk && (size > CHUNK || new_chunk() < 0))
        return NULL;
    void *arena = next_arena;
    next_arena += size;
    left_in_chunk -= size;
    return arena;
}

static void free_arena(void *context, void *arena, size_t size) {
    (void)context;
    munmap(arena, size);
}

void prepare_arenas(void) {
    PyObjectArenaAllocator arenas = {.ctx = NULL, .alloc = allocate_arena, .free = free_arena};
    PyObject_SetArenaAllocator(&arenas);
}
