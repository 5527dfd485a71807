/* The built-in module `_encoderfile_base`: what Python code asks of the program that it is linked into. */
#define _GNU_SOURCE
#include "module.h"

#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

/* OpenBLAS, cblas.h. */
extern int openblas_get_num_threads(void);
extern void openblas_set_num_threads(int count);
extern char *openblas_get_corename(void);

/* More than any attachment is: what a length that was made up may cost. */
static const Py_ssize_t MAX_RAW_LENGTH = (Py_ssize_t)1 << 30;

static const struct image *image;

static PyObject *decompress(PyObject *module, PyObject *arguments) {
    (void)module;
    Py_buffer data;
    Py_ssize_t raw_length;
    if (!PyArg_ParseTuple(arguments, "y*n:zstd_decompress", &data, &raw_length))
        return NULL;
    PyObject *raw = NULL;
    unsigned long long declared = ZSTD_getFrameContentSize(data.buf, (size_t)data.len);
    if (raw_length < 0 || raw_length > MAX_RAW_LENGTH) {
        PyErr_Format(PyExc_ValueError, "%zd bytes, expected at most %zd", raw_length, MAX_RAW_LENGTH);
        goto done;
    }
    /* Compared before anything is allocated; a frame that declares nothing is found out by its end. */
    if (declared == ZSTD_CONTENTSIZE_ERROR
        || (declared != ZSTD_CONTENTSIZE_UNKNOWN && declared != (unsigned long long)raw_length)) {
        PyErr_Format(PyExc_ValueError, "is no zstd frame of %zd bytes", raw_length);
        goto done;
    }
    raw = PyBytes_FromStringAndSize(NULL, raw_length);
    if (raw == NULL)
        goto done;
    char *target = PyBytes_AS_STRING(raw);
    size_t written;
    Py_BEGIN_ALLOW_THREADS
    written = ZSTD_decompress(target, (size_t)raw_length, data.buf, (size_t)data.len);
    Py_END_ALLOW_THREADS
    if (ZSTD_isError(written) || written != (size_t)raw_length) {
        PyErr_Format(PyExc_ValueError, "zstd: %s", ZSTD_isError(written) ? ZSTD_getErrorName(written) : "ends too early");
        Py_CLEAR(raw);
    }
done:
    PyBuffer_Release(&data);
    return raw;
}

static PyObject *get_num_threads(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyLong_FromLong(openblas_get_num_threads());
}

static PyObject *set_num_threads(PyObject *module, PyObject *count) {
    (void)module;
    int threads = PyLong_AsInt(count);
    if (threads == -1 && PyErr_Occurred())
        return NULL;
    openblas_set_num_threads(threads);
    Py_RETURN_NONE;
}

static PyObject *get_corename(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    return PyBytes_FromString(openblas_get_corename());
}

/* Let go of pages that the file has as they are. They count as memory of the process, and a start touches most of the program;
 * those that are needed again come back, and no longer 2 MiB at a time. */
static void drop(void *start, size_t length) {
    madvise(start, length, MADV_NOHUGEPAGE);
    madvise(start, length, MADV_DONTNEED);
}

static PyObject *drop_pages(PyObject *module, PyObject *nothing) {
    (void)module, (void)nothing;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const ElfW(Phdr) *header = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    for (unsigned long left = getauxval(AT_PHNUM); header != NULL && left > 0; left--, header++) {
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W))
            continue;
        uintptr_t start = header->p_vaddr / page * page;
        drop((void *)start, header->p_vaddr + header->p_filesz - start);
    }
    drop(image->map, image->map_length);
    Py_RETURN_NONE;
}

/* The resources of the archive: a dict of names to views of the map. */
static PyObject *resources(void) {
    PyObject *views = PyDict_New();
    for (size_t i = 0; views != NULL && i < image->count; i++) {
        const struct entry *entry = &image->entries[i];
        if (entry->kind != ENTRY_RESOURCE)
            continue;
        PyObject *view = PyMemoryView_FromMemory((char *)entry->data, (Py_ssize_t)entry->length, PyBUF_READ);
        if (view == NULL || PyDict_SetItemString(views, entry->name, view) < 0)
            Py_CLEAR(views);
        Py_XDECREF(view);
    }
    return views;
}

static PyMethodDef METHODS[] = {
    {"zstd_decompress", decompress, METH_VARARGS, "zstd_decompress(data, raw_length): the raw_length bytes of one frame"},
    {"openblas_get_num_threads", get_num_threads, METH_NOARGS, "how many threads a product may use"},
    {"openblas_set_num_threads", set_num_threads, METH_O, "let a product use this many threads"},
    {"openblas_get_corename", get_corename, METH_NOARGS, "the processor whose kernels are used, as bytes"},
    {"drop_pages", drop_pages, METH_NOARGS, "give back what only a start needed"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef DEFINITION = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_encoderfile_base",
    .m_doc = "What the standalone base offers to the code that it runs.",
    .m_size = -1,
    .m_methods = METHODS,
};

static PyObject *create(void) {
    PyObject *module = PyModule_Create(&DEFINITION);
    if (module == NULL)
        return NULL;
    PyObject *views = resources();
    int failed = views == NULL || PyModule_AddObjectRef(module, "resources", views) < 0
                 || PyModule_AddObject(module, "self_path", PyUnicode_DecodeFSDefault(image->path)) < 0;
    Py_XDECREF(views);
    if (failed)
        Py_CLEAR(module);
    return module;
}

int register_base_module(const struct image *opened) {
    image = opened;
    return PyImport_AppendInittab("_encoderfile_base", create);
}
