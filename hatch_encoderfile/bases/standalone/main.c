/* The standalone base: CPython, numpy and OpenBLAS in one program that runs the modules of the archive behind it.
 *
 * It needs nothing but itself: no Python, no libc, no file that it unpacks, no environment variable.
 * Its exit code is the command's, or 126 where it cannot start (see image.h).
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "image.h"
#include "memory.h"
#include "module.h"

#include <stdlib.h>

/* numpy's extension module, linked in. */
extern PyObject *PyInit__multiarray_umath(void);

/* A function without arguments that runs the command line and does not return. */
static const char ENTRY_MODULE_NAME[] = "encoderfile_runtime.start.standalone";
static const char ENTRY_FUNCTION[] = "run";

/* Before all other constructors: OpenBLAS allocates and starts its threads in one. They would spin, which one text does not
 * repay; `--threads` asks for more when there is more to do. */
__attribute__((constructor(101))) static void prepare(void) {
    prepare_heap();
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
}

/* Python would look for a `pyvenv.cfg`, a `._pth` file and a standard library around the program. All that is in the program,
 * and start_python() has said so; the linker puts this in place of that search (`--wrap`). */
PyStatus __wrap__PyConfig_InitPathConfig(PyConfig *config, int compute) {
    (void)config, (void)compute;
    return PyStatus_Ok();
}

static void must(PyStatus status) {
    if (PyStatus_Exception(status))
        image_fail(status.err_msg ? status.err_msg : "Python does not start", "please report this");
}

static void register_modules(const struct image *image) {
    struct _frozen *modules = calloc(image->count + 2, sizeof *modules);
    if (modules == NULL)
        image_fail("cannot start", "too little memory");
    struct _frozen *module = modules;
    *module++ = (struct _frozen){.name = "zipimport"}; /* without code: nothing is imported from zip files */
    for (size_t i = 0; i < image->count; i++) {
        const struct entry *entry = &image->entries[i];
        if (entry->kind == ENTRY_RESOURCE)
            continue;
        if (entry->length > INT_MAX)
            image_fail("its archive has a module of more than 2 GiB", "the file is damaged: get it again");
        *module++ = (struct _frozen){
            .name = entry->name,
            .code = entry->data,
            .size = (int)entry->length,
            .is_package = entry->kind == ENTRY_PACKAGE,
        };
    }
    PyImport_FrozenModules = modules;
    if (PyImport_AppendInittab("numpy._core._multiarray_umath", PyInit__multiarray_umath) < 0
        || register_base_module(image) < 0)
        image_fail("cannot start", "too little memory");
}

/* An interpreter that looks at nothing around it: no environment, no site, no search path, no locale. */
static void start_python(const struct image *image, int argc, char **argv) {
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    preconfig.utf8_mode = 1;
    must(Py_PreInitialize(&preconfig));

    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.parse_argv = 0;
    config.site_import = 0;
    config.write_bytecode = 0;
    config.optimization_level = 2;
    config.install_signal_handlers = 1;
    config.module_search_paths_set = 1;
    must(PyConfig_SetBytesArgv(&config, argc, argv));
    must(PyConfig_SetBytesString(&config, &config.executable, image->path));
    must(PyConfig_SetBytesString(&config, &config.program_name, image->path));
    wchar_t **nowhere[] = {
        &config.prefix,           &config.exec_prefix, &config.base_prefix,
        &config.base_exec_prefix, &config.stdlib_dir,  &config.base_executable,
    };
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        must(PyConfig_SetString(&config, nowhere[i], L""));
    must(PyConfig_SetString(&config, &config.platlibdir, L"lib"));
    must(Py_InitializeFromConfig(&config));
    PyConfig_Clear(&config);
}

int main(int argc, char **argv) {
    static struct image image;
    image_open(&image, argc > 0 ? argv[0] : NULL);
    register_modules(&image);
    prepare_arenas();
    start_python(&image, argc, argv);
    PyGC_Disable(); /* what is imported stays; run() turns it on again */
    PyObject *module = PyImport_ImportModule(ENTRY_MODULE_NAME);
    PyObject *result = module ? PyObject_CallMethod(module, ENTRY_FUNCTION, NULL) : NULL;
    if (result == NULL)
        PyErr_Print(); /* with the exit code of a SystemExit, if it is one */
    return Py_FinalizeEx() < 0 || result == NULL;
}
