/* Chrome thread: which thread of a trace an event is of, and what the trace's metadata calls it.
 *
 *     {"ph":"M","pid":100,"tid":103,"name":"thread_name","args":{"name":"draw"}}      100:103 draw (browser)
 *
 * A thread is known by `pid:tid`; names may come behind its events. */
#ifndef EVD_IMPORT_CHROME_THREAD_H
#define EVD_IMPORT_CHROME_THREAD_H

#include "base/arena.h"
#include "import/chrome_labels.h"
#include "import/importer.h"
#include "json/json.h"

enum {
    EVD_CHROME_NAME_MAX = 100, /* bytes of a name that are kept: every event of its thread has them */
    EVD_CHROME_SEEN_BITS = 6,
};

/* A thread whose process and number are up to 8 digits, as they are spelled, a digit a byte; pid is 0 where there is none. */
struct evd_chrome_seen {
    uint64_t pid, tid;
    uint32_t label;
};

/* All zero is one that knows nothing. */
struct evd_chrome_threads {
    struct evd_arena arena;
    struct evd_buffer label;
    struct evd_chrome_seen seen[1 << EVD_CHROME_SEEN_BITS]; /* by a hash; the last one that had it */
};

/* The tokens of an event that say whose it is; 0 where there is none. */
struct evd_chrome_owner {
    uint32_t pid, tid;
};

/* The label of an event's thread. EVD_E_INPUT, with the token that names none, is told by the caller. */
enum evd_status evd_chrome_thread_of(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                     struct evd_chrome_labels *labels, const struct evd_json_tape *tape,
                                     const struct evd_chrome_owner *owner, uint32_t *label, uint32_t *wrong);

/* Takes the name that an event of metadata gives a thread or a process, where it does: `name` is the event's own, `arguments`
 * hold the other one; 0 where there is none. The last one counts. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_chrome_thread_name(struct evd_importer *importer, struct evd_chrome_threads *threads,
                                       struct evd_chrome_labels *labels, const struct evd_json_tape *tape,
                                       const struct evd_chrome_owner *owner, uint32_t name, uint32_t arguments);

/* The trace has ended: labels become what threads are called. False when memory runs out. */
bool evd_chrome_threads_finish(struct evd_chrome_labels *labels);

void evd_chrome_threads_release(struct evd_chrome_threads *threads);

#endif
