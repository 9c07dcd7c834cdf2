/* Trial: mutations planted in excerpts, and the walk asked whether it sees them.
 *
 * A mutation needs no copy of a whole log: the walk reads a thread forwards and, where the streams match, all it
 * remembers is how far the ordinals are, which only compare with each other. So what it makes of a
 * mutation is decided by the events from there on, as far as the rules look ahead. Each mutation is
 * planted in an excerpt of its thread, a thread of its own in a small log, and two such logs hold
 * thousands:
 *
 *     canary  ──────[═══════════]──────     tid 1: the excerpt of canary     tid 2: the next …
 *     ours    ──────[══x════════]──────     tid 1: of ours, mutated
 *                   16 │ as far as rules look ahead and more
 *
 * The same excerpts without mutations are walked too: where they do not match, nothing can be told. The logs
 * are text, read and indexed like any other, and each pair of threads is walked as in a diff, but for one thing
 * that an excerpt can't show: which SIDs are shared is taken from the whole logs. */
#ifndef EVD_SELFTEST_TRIAL_H
#define EVD_SELFTEST_TRIAL_H

#include "base/steps.h"
#include "selftest/plan.h"
#include "selftest/variants.h"

/* Fills is_planted and is_detected of all mutants as far as excerpts can tell (selftest/whole.h), and adds to
 * `variants`, by the mutants' indexes, the events that have other names where the excerpt matches all the same.
 * Errors: EVD_E_NO_MEMORY, EVD_E_IO when a log changed. Cost: parses some 300 events a mutant, twice, and holds
 * some 100 MB of text at a time for long lines. */
enum evd_status evd_try_mutants(struct evd_selftest_plan *plan, struct evd_walker *walker,
                                const struct evd_log *const logs[EVD_SIDES], unsigned threads, struct evd_steps *steps,
                                struct evd_variants *variants, struct evd_error *error);

#endif
