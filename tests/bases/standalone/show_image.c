/* Prints what image.c finds in the running file: its path, then the entries. */
#include "image.h"

#include <stdio.h>

int main(int argc, char **argv) {
    static struct image image;
    image_open(&image, argc > 0 ? argv[0] : NULL);
    printf("%s\n", image.path);
    for (size_t i = 0; i < image.count; i++)
        printf("%s %d %.*s\n", image.entries[i].name, (int)image.entries[i].kind, (int)image.entries[i].length,
               (const char *)image.entries[i].data);
    return 0;
}
