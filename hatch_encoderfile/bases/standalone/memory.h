/* Fewer page faults: they are most of what starting costs. */
#ifndef ENCODERFILE_MEMORY_H
#define ENCODERFILE_MEMORY_H

/* Let the C heap live in huge pages. Before anything is allocated. */
void prepare_heap(void);

/* Let Python's small objects live in huge pages. Before Python starts. */
void prepare_arenas(void);

#endif
