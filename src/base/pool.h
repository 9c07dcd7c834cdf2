/* Pool: a fixed set of workers that run numbered tasks.
 *
 * Ownership: the caller destroys the pool. Threads: one caller at a time; the calling thread is one of
 * the workers, so a pool of 1 starts no thread. */
#ifndef EVD_BASE_POOL_H
#define EVD_BASE_POOL_H

#include <stddef.h>

#include "evdiff/error.h"

struct evd_pool;

enum { EVD_THREADS_MAX = 1024 };

/* One call per task: `task` from 0, `worker` from 0 to the pool's size - 1. */
typedef void evd_task(void *context, size_t task, unsigned worker);

/* A pool of `threads` workers, 1 to EVD_THREADS_MAX, or 0: one for each core that the process may run
 * on; fewer where the system refuses to start more.
 * NULL when memory runs out. */
struct evd_pool *evd_pool_create(unsigned threads);

/* How many workers there are. */
unsigned evd_pool_size(const struct evd_pool *pool);

/* Memory ran out for what each worker needs: returns EVD_E_NO_MEMORY with what may help. Takes NULL too. */
enum evd_status evd_pool_fail_memory(const struct evd_pool *pool, struct evd_error *error);

/* Runs task 0 … count - 1, begun in that order, and returns when all have ended. */
void evd_pool_run(struct evd_pool *pool, size_t count, evd_task *task, void *context);

/* Takes NULL too. */
void evd_pool_destroy(struct evd_pool *pool);

#endif
