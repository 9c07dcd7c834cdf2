/* Trial: mutations planted in excerpts, and the diff asked whether it sees them.
 *
 * A mutation needs no copy of a whole log: the walk reads a thread forwards and, where the streams match, all it
 * remembers is how far the ordinals are, which only compare with each other. So what it makes of a
 * mutation is decided by the events from there on, as far as the rules look ahead. Each mutation is
 * planted in an excerpt of its thread, a thread of its own in a small log, and one diff of two such logs
 * tries thousands:
 *
 *     canary  ──────[═══════════]──────     tid 1: the excerpt of canary     tid 2: the next …
 *     ours    ──────[══x════════]──────     tid 1: of ours, mutated
 *                   16 │ as far as rules look ahead and more
 *
 * The same excerpts without mutations are diffed too: where they do not match, nothing can be told. The logs
 * are text, read, indexed and diffed like any other, but for one thing that an excerpt can't show: which SIDs
 * are shared is taken from the whole logs. */
#ifndef EVD_SELFTEST_TRIAL_H
#define EVD_SELFTEST_TRIAL_H

#include "selftest/plan.h"

/* Fills is_planted and is_detected of all mutants. Errors: EVD_E_NO_MEMORY, EVD_E_IO when a log changed. Cost:
 * parses some 300 events a mutant, twice, and holds some 100 MB of text at a time for long lines. */
enum evd_status evd_try_mutants(struct evd_selftest_plan *plan, struct evd_walker *walker,
                                const struct evd_log *const logs[EVD_SIDES], unsigned threads,
                                struct evd_error *error);

#endif
