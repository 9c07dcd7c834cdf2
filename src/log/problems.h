/* Problems: what is wrong with the logs of one call, each at its line and column.
 *
 * Ownership: the list owns its memory until evd_problems_take. Threads: one at a time. */
#ifndef EVD_LOG_PROBLEMS_H
#define EVD_LOG_PROBLEMS_H

#include "log/log.h"

struct evd_problem_place;

struct evd_problem_list {
    struct evd_log *const *logs; /* that they are about, borrowed */
    struct evd_problem *problems;
    size_t count, capacity;
    struct evd_problem_place *places; /* of each log's last problem, where the next one is counted from */
};

/* Of the logs at `logs`, which may be opened later. False when memory runs out; release in either case. */
bool evd_problems_init(struct evd_problem_list *list, struct evd_log *const *logs, size_t log_count);
void evd_problems_release(struct evd_problem_list *list);

/* Adds what is wrong with a log's text at an offset; `is_line` as in struct evd_problem. False when memory runs out.
 * Cost: linear in the text from the log's last problem on. */
bool evd_problems_add(struct evd_problem_list *list, size_t log, uint64_t offset, bool is_line, const char *reason);

/* Adds what keeps a log from being opened or read. Returns EVD_OK, or EVD_E_NO_MEMORY, which is also what becomes of a
 * fault that says so: no log is to blame for that. */
enum evd_status evd_problems_add_fault(struct evd_problem_list *list, size_t log, const struct evd_error *fault,
                                       struct evd_error *error);

/* By log, line and column; at most the first `most` stay. The status of the first one, which `error` becomes too, with
 * the remedy; EVD_OK when there is none. */
enum evd_status evd_problems_conclude(struct evd_problem_list *list, size_t most, struct evd_error *error);

/* Hands the problems over: an array of list->count, to be freed with evd_problems_free. */
struct evd_problem *evd_problems_take(struct evd_problem_list *list);

#endif
