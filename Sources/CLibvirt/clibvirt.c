#define _GNU_SOURCE
#include "clibvirt.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char library[] = "libvirt.so.0";

static pthread_once_t once = PTHREAD_ONCE_INIT;
static clibvirt_api functions;
static int is_loaded;
static char why_not[400];

// Errors are read by the caller, on its own thread; libvirt would print them as well.
static void print_nothing(void *user, clv_error *error) {
    (void)user;
    (void)error;
}

static int load_function(void *handle, const char *name, void *field, int is_required) {
    void *symbol = dlsym(handle, name);
    memcpy(field, &symbol, sizeof symbol);
    if (symbol || !is_required) return 1;
    snprintf(why_not, sizeof why_not, "the installed libvirt is too old: it lacks %s", name);
    return 0;
}

// libvirt writes to sockets that the other end may have closed; without this the process would die of it. A handler that
// the program has set stays.
static void ignore_broken_pipes(void) {
    struct sigaction present;
    if (sigaction(SIGPIPE, NULL, &present) != 0 || present.sa_handler != SIG_DFL) return;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void load(void) {
    // RTLD_NODELETE: libvirt keeps thread-local state and must not be unloaded.
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        snprintf(
            why_not, sizeof why_not, "libvirt is not installed: apt-get install libvirt0 (%s)", dlerror());
        return;
    }
#define LOAD_REQUIRED(result, name, arguments) \
    if (!load_function(handle, #name, &functions.name, 1)) return;
#define LOAD_OPTIONAL(result, name, arguments) load_function(handle, #name, &functions.name, 0);
    CLIBVIRT_REQUIRED_FUNCTIONS(LOAD_REQUIRED)
    CLIBVIRT_OPTIONAL_FUNCTIONS(LOAD_OPTIONAL)
    if (functions.virInitialize() < 0) {
        snprintf(why_not, sizeof why_not, "libvirt cannot be initialised");
        return;
    }
    functions.virSetErrorFunc(NULL, print_nothing);
    ignore_broken_pipes();
    is_loaded = 1;
}

const clibvirt_api *clibvirt_load(const char **problem) {
    pthread_once(&once, load);
    *problem = is_loaded ? NULL : why_not;
    return is_loaded ? &functions : NULL;
}

static pthread_mutex_t event_lock = PTHREAD_MUTEX_INITIALIZER;
static int events_run;

static void *run_events(void *argument) {
    const clibvirt_api *api = argument;
    // An error here is a poll that failed; the next round finds the connection closed.
    for (;;) api->virEventRunDefaultImpl();
    return NULL;
}

int clibvirt_start_event_loop(const clibvirt_api *api) {
    int result = 0;
    pthread_mutex_lock(&event_lock);
    if (!events_run) {
        pthread_t thread;
        result = api->virEventRegisterDefaultImpl();
        if (result == 0 && pthread_create(&thread, NULL, run_events, (void *)api) != 0) result = -1;
        if (result == 0) {
            pthread_detach(thread);
            events_run = 1;
        }
    }
    pthread_mutex_unlock(&event_lock);
    return result;
}
