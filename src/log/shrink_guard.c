#include "log/shrink_guard.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* A guard is never freed, since a handler may be looking at it; a released one is used again. */
struct evd_shrink_guard {
    atomic_uint version;    /* odd while the range changes */
    atomic_uintptr_t start; /* 0: released */
    atomic_size_t size;     /* in bytes */
    atomic_bool has_fired;
    struct evd_shrink_guard *next;
};

static _Atomic(struct evd_shrink_guard *) guards;
static struct sigaction previous;
static pthread_once_t installed = PTHREAD_ONCE_INIT;
static uintptr_t page_size;
static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER; /* for writers only */

static void pass_on(int number, siginfo_t *info, void *context)
{
    if (previous.sa_flags & SA_SIGINFO) {
        previous.sa_sigaction(number, info, context);
        return;
    }
    if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
        previous.sa_handler(number);
        return;
    }
    /* A fault is no signal that one can ignore: the access is tried again and ends the process.
     * What another process sent does not come again by itself. */
    const bool is_sent = info->si_code <= 0;
    if (is_sent && previous.sa_handler == SIG_IGN)
        return;
    signal(SIGBUS, SIG_DFL);
    if (is_sent)
        raise(SIGBUS);
}

/* The end of the guarded range around an address; 0 when it is in none. A range that changes
 * meanwhile is not the address's: nobody reads what is being mapped or unmapped. */
static uintptr_t end_around(const struct evd_shrink_guard *guard, uintptr_t address)
{
    const unsigned version = atomic_load(&guard->version);
    const uintptr_t start = atomic_load(&guard->start);
    const size_t size = atomic_load(&guard->size);
    if (version % 2 != 0 || version != atomic_load(&guard->version))
        return 0;
    return start != 0 && address >= start && address - start < size ? start + size : 0;
}

static bool put_zeros_over(uintptr_t start, uintptr_t end)
{
    return mmap((void *)start, end - start, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const int saved = errno;
    /* Only then is si_addr where a read failed. */
    if (info->si_code == BUS_ADRERR) {
        const uintptr_t address = (uintptr_t)info->si_addr;
        struct evd_shrink_guard *guard = atomic_load(&guards);
        uintptr_t end = 0;
        while (guard != NULL && (end = end_around(guard, address)) == 0)
            guard = guard->next;
        if (guard != NULL) {
            /* Before the zeros are there: who reads them shall also see why. */
            atomic_store(&guard->has_fired, true);
            if (put_zeros_over(address / page_size * page_size, end)) {
                errno = saved;
                return;
            }
        }
    }
    pass_on(number, info, context);
    errno = saved;
}

static void install(void)
{
    page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &previous);
}

/* Under the registry's lock. */
static void set_range(struct evd_shrink_guard *guard, uintptr_t start, size_t size)
{
    atomic_fetch_add(&guard->version, 1);
    atomic_store(&guard->start, start);
    atomic_store(&guard->size, size);
    atomic_fetch_add(&guard->version, 1);
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
        atomic_store(&guard->has_fired, false);
        set_range(guard, (uintptr_t)start, size);
    }
    pthread_mutex_unlock(&registry);
    return guard;
}

bool evd_shrink_guard_has_fired(const struct evd_shrink_guard *guard)
{
    return atomic_load(&guard->has_fired);
}

void evd_shrink_guard_release(struct evd_shrink_guard *guard)
{
    if (guard == NULL)
        return;
    pthread_mutex_lock(&registry);
    set_range(guard, 0, 0);
    pthread_mutex_unlock(&registry);
}
