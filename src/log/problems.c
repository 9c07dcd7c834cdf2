#include "log/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"

struct evd_problem_place {
    uint64_t line_start; /* offset */
    uint64_t line;       /* from 1; 0: there was no problem yet */
};

bool evd_problems_init(struct evd_problem_list *list, struct evd_log *const *logs, size_t log_count)
{
    *list = (struct evd_problem_list){.logs = logs, .places = calloc(log_count + 1, sizeof *list->places)};
    return list->places != NULL;
}

void evd_problems_release(struct evd_problem_list *list)
{
    free(list->problems);
    free(list->places);
    *list = (struct evd_problem_list){0};
}

/* Moves a place to the line of an offset. Cost: linear in the distance, forwards. */
static void move_place(const struct evd_source *source, uint64_t offset, struct evd_problem_place *place)
{
    if (place->line == 0 || offset < place->line_start)
        *place = (struct evd_problem_place){0, 1};
    const char *end;
    while ((end = memchr(source->bytes + place->line_start, '\n', offset - place->line_start)) != NULL) {
        place->line_start = (uint64_t)(end - source->bytes) + 1;
        place->line++;
    }
}

static struct evd_problem *append(struct evd_problem_list *list, size_t log)
{
    void *problems = evd_grow(list->problems, list->count, &list->capacity, sizeof *list->problems);
    if (problems == NULL)
        return NULL;
    list->problems = problems;
    struct evd_problem *problem = &list->problems[list->count++];
    problem->log = log;
    problem->is_line = false;
    return problem;
}

bool evd_problems_add(struct evd_problem_list *list, size_t log, uint64_t offset, bool is_line, const char *reason)
{
    struct evd_problem *problem = append(list, log);
    if (problem == NULL)
        return false;
    struct evd_problem_place *place = &list->places[log];
    move_place(&list->logs[log]->source, offset, place);
    problem->is_line = is_line;
    evd_fail_at(&problem->error, EVD_E_INPUT, list->logs[log]->path, place->line, offset - place->line_start + 1, "%s",
                reason);
    return true;
}

enum evd_status evd_problems_add_fault(struct evd_problem_list *list, size_t log, const struct evd_error *fault,
                                       struct evd_error *error)
{
    struct evd_problem *problem = fault->status == EVD_E_NO_MEMORY ? NULL : append(list, log);
    if (problem == NULL)
        return evd_fail_memory(error);
    /* Of a trace whose damaged lines can be skipped. */
    const struct evd_import_summary *imported = list->logs[log]->source.imported;
    problem->is_line = fault->status == EVD_E_INPUT && imported != NULL && imported->is_stopped_by_damage;
    problem->error = *fault;
    return EVD_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct evd_problem *left = a, *right = b;
    if (left->log != right->log)
        return left->log < right->log ? -1 : 1;
    const struct evd_error *l = &left->error, *r = &right->error;
    if (l->line != r->line)
        return l->line < r->line ? -1 : 1;
    return (l->column > r->column) - (l->column < r->column);
}

enum evd_status evd_problems_conclude(struct evd_problem_list *list, size_t most, struct evd_error *error)
{
    if (list->count == 0)
        return EVD_OK;
    qsort(list->problems, list->count, sizeof *list->problems, by_place);
    if (list->count > most)
        list->count = most;
    const struct evd_problem *first = &list->problems[0];
    if (error != NULL) {
        *error = first->error;
        const size_t length = strlen(error->message);
        if (first->is_line)
            snprintf(error->message + length, sizeof error->message - length, "; --tolerant skips such lines");
    }
    return first->error.status;
}

struct evd_problem *evd_problems_take(struct evd_problem_list *list)
{
    struct evd_problem *problems = list->problems;
    list->problems = NULL;
    list->count = list->capacity = 0;
    return problems;
}

void evd_problems_free(struct evd_problem *problems)
{
    free(problems);
}
