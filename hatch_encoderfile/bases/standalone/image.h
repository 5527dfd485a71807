/* The running file: its path, and the archive of frozen modules and resources in it.
 *
 * Layout: runtime/encoderfile_runtime/format/base_archive.py and footer.py, which read the same in Python.
 */
#ifndef ENCODERFILE_IMAGE_H
#define ENCODERFILE_IMAGE_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

enum entry_kind { ENTRY_MODULE = 1, ENTRY_PACKAGE = 2, ENTRY_RESOURCE = 3 };

struct entry {
    const char *name; /* ends with a NUL, in the map */
    const unsigned char *data;
    size_t length;
    enum entry_kind kind;
};

struct image {
    char path[PATH_MAX]; /* opens the running file */
    void *map;           /* of the archive, in whole pages */
    size_t map_length;
    size_t count;
    struct entry *entries; /* `count` of them */
};

/* What a shell returns for a program that is there and cannot be run. */
enum { CANNOT_RUN = 126 };

/* Find, check and map the running file's archive. Ends the process with one line on stderr where that fails. */
void image_open(struct image *image, const char *argv0);

/* End the process with CANNOT_RUN and one line on stderr: what is wrong, and what to do about it. */
_Noreturn void image_fail(const char *problem, const char *advice);

#endif
