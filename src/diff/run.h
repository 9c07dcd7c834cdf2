/* Run: all that one diff works on, and what its phases share. A phase is a function that goes on from what those before it
 * have found. */
#ifndef EVD_DIFF_RUN_H
#define EVD_DIFF_RUN_H

#include "diff/session.h"
#include "explain/noise.h"
#include "outcome/outcome.h"
#include "pair/chosen.h"

/* All that one diff works on. */
struct evd_diff_run {
    struct evd_session *session;
    const struct evd_diff_options *options;
    struct evd_pair_plan plan;
    struct evd_owned_outcome *owned;
    struct evd_outcome *outcome;
    struct evd_arena scratch; /* what is needed as long as the run: chosen, order */
    struct evd_chosen_pairs chosen;
    struct evd_pair_work *works;                  /* one a pair of the outcome, whose index is its own */
    size_t *order;                                /* pairs, the longest first */
    uint64_t *name_uses;                          /* one a class of names; NULL when the rules have none */
    struct evd_failures failures;                 /* of the steps that run in parallel */
    bool is_control;                              /* a control run's, which is diffed to learn from */
    struct evd_noise noise;                       /* what control runs have taught */
    uint64_t control_unmatched[EVD_CONTROLS_MAX]; /* evd_control_run::unmatched */
};

typedef enum evd_status evd_phase(struct evd_diff_run *diff, struct evd_error *error);

/* The phase before all others: checks the options, and makes everything ready. Errors: EVD_E_ARGUMENT, EVD_E_NO_MEMORY. */
enum evd_status evd_phase_prepare(struct evd_diff_run *diff, struct evd_error *error);

/* Runs phases up to the first that fails. */
enum evd_status evd_run_phases(struct evd_diff_run *diff, evd_phase *const *phases, size_t count,
                               struct evd_error *error);

typedef enum evd_status evd_pair_step(struct evd_pair_work *work, struct evd_pair_worker *worker,
                                      const struct evd_pair_plan *plan, struct evd_error *error);

/* Does a step for the pair of a task, and remembers its failure. Thread-safe for different tasks and workers. */
void evd_run_step(struct evd_diff_run *diff, evd_pair_step *step, size_t task, unsigned worker);

/* Does a task, which calls evd_run_step, for all pairs, the longest first. Errors: those of the steps. */
enum evd_status evd_run_pairs(struct evd_diff_run *diff, evd_task *task, struct evd_error *error);

/* What a phase that read the logs has come to: `status`, unless a file has shrunk under its readers, which may then have
 * seen anything. */
enum evd_status evd_run_check_logs(const struct evd_diff_run *diff, enum evd_status status, struct evd_error *error);

/* The natures of each pair's divergences, good as long as the run; NULL when memory runs out. */
struct evd_nature_list *evd_run_natures(struct evd_diff_run *diff);

/* Takes over what the workers have found so far, before they turn to another diff. */
void evd_run_take_over(struct evd_diff_run *diff);

/* Releases all but the outcome. */
void evd_run_release(struct evd_diff_run *diff);

#endif
