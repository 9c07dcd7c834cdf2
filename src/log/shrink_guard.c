#include "log/shrink_guard.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A guard is never freed, since a handler may be looking at it; a released one is used again. */
struct evd_shrink_guard {
    atomic_uintptr_t start; /* 0: released */
    atomic_size_t size;
    atomic_bool has_shrunk;
    struct evd_shrink_guard *next;
};

static _Atomic(struct evd_shrink_guard *) guards;
static struct sigaction previous;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static uintptr_t page_size;
static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
    } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
    } else {
        /* The access that faulted is tried again and ends the process the usual way. */
        signal(SIGBUS, SIG_DFL);
    }
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr;
    for (struct evd_shrink_guard *guard = atomic_load(&guards); guard != NULL; guard = guard->next) {
        const uintptr_t start = atomic_load(&guard->start);
        const size_t size = atomic_load(&guard->size);
        if (start == 0 || address < start || address - start >= size)
            continue;
        const uintptr_t page = address / page_size * page_size;
        if (mmap((void *)page, start + size - page, PROT_READ,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            break;
        atomic_store(&guard->has_shrunk, true);
        return;
    }
    pass_on(number, info, context);
}

static void install(void)
{
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous);
}

struct evd_shrink_guard *evd_shrink_guard_create(void *start, size_t size)
{
    pthread_once(&installed, install);
    pthread_mutex_lock(&registry);
    struct evd_shrink_guard *guard = atomic_load(&guards);
    while (guard != NULL && atomic_load(&guard->start) != 0)
        guard = guard->next;
    if (guard == NULL) {
        guard = calloc(1, sizeof *guard);
        if (guard != NULL) {
            guard->next = atomic_load(&guards);
            atomic_store(&guards, guard);
        }
    }
    if (guard != NULL) {
        atomic_store(&guard->has_shrunk, false);
        atomic_store(&guard->size, size);
        atomic_store(&guard->start, (uintptr_t)start);
    }
    pthread_mutex_unlock(&registry);
    return guard;
}

bool evd_shrink_guard_has_shrunk(const struct evd_shrink_guard *guard)
{
    return atomic_load(&guard->has_shrunk);
}

void evd_shrink_guard_release(struct evd_shrink_guard *guard)
{
    if (guard != NULL)
        atomic_store(&guard->start, 0);
}
