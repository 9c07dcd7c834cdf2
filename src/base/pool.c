#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"

/* Parsing recurses as deep as the input nests, up to 1,000 levels. */
enum { STACK_BYTES = 8 << 20 };

struct worker {
    struct evd_pool *pool;
    pthread_t thread;
    unsigned index;
};

struct evd_pool {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    pthread_cond_t done;
    unsigned size;
    unsigned busy;       /* started workers that have not finished this run */
    uint64_t generation; /* counts runs, so that a worker takes part once in each */
    bool is_ending;
    evd_task *task;
    void *context;
    size_t count;
    atomic_size_t next;
    struct worker workers[]; /* workers[0] is the caller */
};

static void work(struct evd_pool *pool, unsigned worker)
{
    for (;;) {
        const size_t task = atomic_fetch_add(&pool->next, 1);
        if (task >= pool->count)
            return;
        pool->task(pool->context, task, worker);
    }
}

static void *worker_main(void *argument)
{
    const struct worker *self = argument;
    struct evd_pool *pool = self->pool;
    uint64_t seen = 0;
    pthread_mutex_lock(&pool->mutex);
    for (;;) {
        while (pool->generation == seen && !pool->is_ending)
            pthread_cond_wait(&pool->wake, &pool->mutex);
        if (pool->is_ending)
            break;
        seen = pool->generation;
        pthread_mutex_unlock(&pool->mutex);
        work(pool, self->index);
        pthread_mutex_lock(&pool->mutex);
        if (--pool->busy == 0)
            pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->mutex);
    return NULL;
}

/* Those that the process may run on. */
static unsigned count_cores(void)
{
    cpu_set_t set;
    const long cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN);
    return cores < 1 ? 1 : cores > EVD_THREADS_MAX ? EVD_THREADS_MAX : (unsigned)cores;
}

struct evd_pool *evd_pool_create(unsigned threads)
{
    if (threads == 0)
        threads = count_cores();
    struct evd_pool *pool = calloc(1, sizeof *pool + threads * sizeof pool->workers[0]);
    if (pool == NULL)
        return NULL;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->done, NULL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pool->size = 1;
    while (pool->size < threads) {
        struct worker *worker = &pool->workers[pool->size];
        worker->pool = pool;
        worker->index = pool->size;
        if (pthread_create(&worker->thread, &attributes, worker_main, worker) != 0)
            break;
        pool->size++;
    }
    pthread_attr_destroy(&attributes);
    return pool;
}

unsigned evd_pool_size(const struct evd_pool *pool)
{
    return pool->size;
}

enum evd_status evd_pool_fail_memory(const struct evd_pool *pool, struct evd_error *error)
{
    const unsigned threads = pool != NULL ? pool->size : 1;
    return threads < 2 ? evd_fail_memory(error)
                       : evd_fail(error, EVD_E_NO_MEMORY, "out of memory with %u threads; fewer (--threads) take less",
                                  threads);
}

void evd_pool_run(struct evd_pool *pool, size_t count, evd_task *task, void *context)
{
    pthread_mutex_lock(&pool->mutex);
    pool->task = task;
    pool->context = context;
    pool->count = count;
    atomic_store(&pool->next, 0);
    pool->busy = pool->size - 1;
    pool->generation++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);

    work(pool, 0);

    pthread_mutex_lock(&pool->mutex);
    while (pool->busy > 0)
        pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
}

void evd_pool_destroy(struct evd_pool *pool)
{
    if (pool == NULL)
        return;
    pthread_mutex_lock(&pool->mutex);
    pool->is_ending = true;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (unsigned i = 1; i < pool->size; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}
