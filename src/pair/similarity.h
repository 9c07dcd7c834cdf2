/* Similarity: pairs threads by what they do.
 *
 * How similar two threads are is told by four measures, each from 0 to 1:
 *
 *   keys     6 parts   which events they have, and how often; an event that most threads have tells little
 *   first    2 parts   which events they begin with
 *   length   1 part    how many events they have
 *   origin   1 part    whether they were created to begin at the same place; left out where a thread's
 *                      creation is not in its log
 *
 * Keys are compared by sketches (pair/sketch.h), and only for threads that share a key which is not in all of
 * them. The pairing is the one with the largest sum of similarities (pair/assign.h); of threads that are alike,
 * the first to start goes with the first. What is left over is paired by first call, in order of start
 * (pair/left_over.h). Threads that the other side never created (pair/lost.h) stay alone. One thread a side is a pair in
 * any case. */
#ifndef EVD_PAIR_SIMILARITY_H
#define EVD_PAIR_SIMILARITY_H

#include "base/arena.h"
#include "base/pool.h"
#include "base/steps.h"
#include "log/log.h"
#include "pair/chosen.h"

/* Pairs the threads of two logs; *chosen is filled, in the arena. Errors: EVD_E_INDEX when a saved index is damaged,
 * EVD_E_IO when its log has shrunk, EVD_E_NO_MEMORY. Cost: linear in the events; besides near linear in the threads, but
 * where hundreds of them are much alike. */
enum evd_status evd_pair_by_similarity(const struct evd_log *const log[EVD_SIDES], struct evd_pool *pool,
                                       struct evd_steps *steps, struct evd_arena *arena,
                                       struct evd_chosen_pairs *chosen, struct evd_error *error);

#endif
