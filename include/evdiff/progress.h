/* Progress: how far long work is, step by step. */
#ifndef EVDIFF_PROGRESS_H
#define EVDIFF_PROGRESS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A step of a diff, a selftest or of learning that may take long. Reading has a progress of its own (evd_progress). */
enum evd_step {
    EVD_STEP_PAIR,    /* finds which thread is which; counted in threads, of both logs */
    EVD_STEP_ALIGN,   /* aligns the pairs of threads; in events, of both logs */
    EVD_STEP_NAMES,   /* checks the names in what matches; in pairs of events */
    EVD_STEP_FINISH,  /* looks at what differs once more; in pairs of threads */
    EVD_STEP_EXPLAIN, /* causes and families; in parts of the whole */
    EVD_STEP_QUOTE,   /* quotes events; the same */
    EVD_STEP_PLANT,   /* of a selftest: plants mutations, and looks for them; in mutations */
    EVD_STEP_SWAP,    /* the same: threads that have changed places; in mutations */
    EVD_STEP_LEARN,   /* of learning: counts how often there is what differs; in events */
    EVD_STEPS,
};

/* "pairing threads", "aligning", …; NULL for a number that is no step. */
const char *evd_step_words(enum evd_step step);

/* "threads", "events", …: what the step is counted in. NULL where that says nothing to a user. */
const char *evd_step_unit(enum evd_step step);

/* How far a step is: `done` of `total`, which is at least 1. Steps follow each other, and come again: each control run is a
 * diff of its own. Called now and then, on any of the threads that work, one call at a time; what it is not called for takes
 * little time. It must not call the library. */
typedef void evd_step_progress(void *context, enum evd_step step, uint64_t done, uint64_t total);

#ifdef __cplusplus
}
#endif

#endif
