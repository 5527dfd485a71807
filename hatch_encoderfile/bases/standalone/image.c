/* Finds and maps the archive at the end of the base; every length is checked before it is used.
 *
 *     file    := base [manifest][artifacts][footer, 32 bytes]
 *     base    := [this program][zeros up to a page][archive][trailer, 64 bytes]
 *
 * A base alone ends with its trailer. Nothing is searched for: the footer says where the base ends.
 */
#define _GNU_SOURCE
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are read as they lie in the file");

enum {
    FOOTER_SIZE = 32,
    TRAILER_SIZE = 64,
    HEADER_SIZE = 16,
    RECORD_SIZE = 16,
    VERSION = 1,
    STATIC_FLAVOUR = 1,
    ALIGNMENT = 4096,
    MAX_ENTRIES = 1 << 14,
    MAX_NAME = 255,
};

static const char FOOTER_MAGIC[8] = "ENCFILE";
static const char TRAILER_MAGIC[8] = "ENCBASE";
static const char ARCHIVE_MAGIC[8] = "ENCARCH";

static const char RUNNING_FILE[] = "/proc/self/exe";
static const char *invoked_as = "encoderfile";

_Noreturn void image_fail(const char *problem, const char *advice) {
    fprintf(stderr, "%s: %s: %s\n", invoked_as, problem, advice);
    _exit(CANNOT_RUN);
}

static _Noreturn void damaged(const char *problem) {
    image_fail(problem, "the file is damaged: get it again");
}

static uint32_t u32_at(const unsigned char *bytes) {
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint64_t u64_at(const unsigned char *bytes) {
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static bool names_file(const char *path, const struct stat *file) {
    struct stat found;
    return path != NULL && stat(path, &found) == 0 && found.st_dev == file->st_dev && found.st_ino == file->st_ino;
}

/* Open the running file and store a path that opens it, if possible the one that the user typed. */
static int open_self(char path[PATH_MAX], const char *argv0, struct stat *file) {
    const char *executed = (const char *)getauxval(AT_EXECFN);
    int descriptor = open(RUNNING_FILE, O_RDONLY | O_CLOEXEC);
    /* Without /proc there is only what the program was started as. */
    if (descriptor < 0 && executed != NULL)
        descriptor = open(executed, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && argv0 != NULL)
        descriptor = open(argv0, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, file) != 0)
        image_fail("cannot open itself", "mount /proc, or let the user read this file");

    const char *candidates[] = {argv0, executed, path};
    ssize_t length = readlink(RUNNING_FILE, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = '\0';
    for (size_t i = 0; i < sizeof candidates / sizeof *candidates; i++) {
        if (names_file(candidates[i], file) && strlen(candidates[i]) < PATH_MAX) {
            memmove(path, candidates[i], strlen(candidates[i]) + 1);
            return descriptor;
        }
    }
    strcpy(path, RUNNING_FILE); /* it was deleted or replaced, and can still be read */
    return descriptor;
}

static void read_at(int descriptor, unsigned char *bytes, size_t length, uint64_t offset) {
    while (length > 0) {
        ssize_t count = pread(descriptor, bytes, length, (off_t)offset);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            image_fail("cannot read itself", strerror(errno));
        if (count == 0)
            damaged("ends too early");
        bytes += count;
        length -= (size_t)count;
        offset += (uint64_t)count;
    }
}

/* Where the base ends: at the manifest of an encoderfile, or at the end of a base alone. */
static uint64_t end_of_base(int descriptor, uint64_t size) {
    unsigned char footer[FOOTER_SIZE];
    if (size < FOOTER_SIZE + TRAILER_SIZE)
        damaged("is too short");
    read_at(descriptor, footer, sizeof footer, size - FOOTER_SIZE);
    if (memcmp(footer, FOOTER_MAGIC, sizeof FOOTER_MAGIC) != 0)
        return size;
    uint64_t manifest = u64_at(footer + 12);
    if (manifest < TRAILER_SIZE || manifest > size - FOOTER_SIZE)
        damaged("its footer points outside the file");
    return manifest;
}

/* Read the trailer and map the archive, which goes from a page up to the trailer. */
static const unsigned char *map_archive(struct image *image, int descriptor, uint64_t size, size_t *length) {
    unsigned char trailer[TRAILER_SIZE];
    uint64_t at = end_of_base(descriptor, size) - TRAILER_SIZE;
    read_at(descriptor, trailer, sizeof trailer, at);
    if (memcmp(trailer, TRAILER_MAGIC, sizeof TRAILER_MAGIC) != 0)
        damaged("has no base trailer where its footer says");
    if (u32_at(trailer + 8) != VERSION || u32_at(trailer + 12) != STATIC_FLAVOUR)
        damaged("its base trailer is of another version or flavour");
    uint64_t offset = u64_at(trailer + 16);
    uint64_t archive_length = u64_at(trailer + 24);
    if (offset > at || offset % ALIGNMENT != 0 || archive_length != at - offset || archive_length < HEADER_SIZE)
        damaged("its base trailer points outside the base");
    /* Pages may be larger than the alignment. All are populated at once: a fault for each costs more than the whole call. */
    uint64_t before = offset % (uint64_t)sysconf(_SC_PAGESIZE);
    image->map_length = before + archive_length;
    image->map = mmap(NULL, image->map_length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, (off_t)(offset - before));
    if (image->map == MAP_FAILED)
        image_fail("cannot map itself", strerror(errno));
    *length = archive_length;
    return (const unsigned char *)image->map + before;
}

/* The archive holds lengths and no offsets: names follow the records, data follows the names. */
static void index_archive(struct image *image, const unsigned char *archive, size_t length) {
    size_t count = u32_at(archive + 12);
    if (memcmp(archive, ARCHIVE_MAGIC, sizeof ARCHIVE_MAGIC) != 0 || u32_at(archive + 8) != VERSION)
        damaged("its archive is none, or of another version");
    if (count > MAX_ENTRIES || count * RECORD_SIZE > length - HEADER_SIZE)
        damaged("its archive has more entries than fit it");
    struct entry *entries = calloc(count + 1, sizeof *entries);
    if (entries == NULL)
        image_fail("cannot start", "too little memory");

    size_t position = HEADER_SIZE + count * RECORD_SIZE;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *record = archive + HEADER_SIZE + i * RECORD_SIZE;
        size_t name_length = u32_at(record);
        uint32_t kind = u32_at(record + 4);
        if (kind < ENTRY_MODULE || kind > ENTRY_RESOURCE)
            damaged("its archive has an entry of an unknown kind");
        if (name_length == 0 || name_length > MAX_NAME || name_length >= length - position)
            damaged("its archive has a name that goes past its end");
        const char *name = (const char *)archive + position;
        if (strnlen(name, name_length + 1) != name_length)
            damaged("its archive has a name without an end");
        entries[i] = (struct entry){.name = name, .kind = kind};
        position += name_length + 1;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t data_length = u64_at(archive + HEADER_SIZE + i * RECORD_SIZE + 8);
        if (data_length > length - position)
            damaged("its archive has an entry that goes past its end");
        entries[i].data = archive + position;
        entries[i].length = data_length;
        position += data_length;
    }
    if (position != length)
        damaged("its archive has bytes that no entry accounts for");
    image->entries = entries;
    image->count = count;
}

void image_open(struct image *image, const char *argv0) {
    struct stat file;
    size_t length;
    if (argv0 != NULL)
        invoked_as = argv0;
    int descriptor = open_self(image->path, argv0, &file);
    const unsigned char *archive = map_archive(image, descriptor, (uint64_t)file.st_size, &length);
    close(descriptor);
    index_archive(image, archive, length);
}
