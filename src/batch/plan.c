#include "batch/plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/letters.h"

/* Whether the files of a run have such a name: job.json, job.2.json, outcome.json.zst. */
static bool is_file_of_run(const char *name, size_t length)
{
    static const char *const BEGINNINGS[] = {"job.", "outcome."};
    static const char *const ENDS[] = {"json", "json.zst"};
    for (int i = 0; i < 2; i++) {
        const size_t beginning = strlen(BEGINNINGS[i]), end = strlen(ENDS[0]);
        if (length < beginning + end || memcmp(name, BEGINNINGS[i], beginning) != 0)
            continue;
        for (int j = 0; j < 2; j++) {
            const size_t ending = strlen(ENDS[j]);
            if (length >= beginning + ending && memcmp(name + length - ending, ENDS[j], ending) == 0)
                return true;
        }
    }
    return false;
}

static const char *part_fault(const char *part, size_t length)
{
    if (length == 0)
        return "a name has no empty part: it neither begins nor ends with '/', nor has two of them in a row";
    if (part[0] == '.')
        return "no part of a name begins with '.'";
    if (length > NAME_MAX)
        return "a part of the name is longer than 255 bytes, which no folder can be";
    if (is_file_of_run(part, length))
        return "a part of the name is that of a file that a job's folder has";
    return NULL;
}

static const char *letters_fault(const char *name)
{
    struct evd_text rest = {name, strlen(name)};
    struct evd_letter letter;
    while (evd_text_next(&rest, &letter)) {
        if (!letter.is_utf8)
            return "the name is not UTF-8";
        if (letter.code_point < ' ' || (letter.code_point >= 0x7f && letter.code_point < 0xa0))
            return "the name has a control character";
    }
    return NULL;
}

const char *evd_job_name_fault(const char *name)
{
    if (name[strspn(name, " ")] == '\0')
        return "the name is blank";
    if (strlen(name) > EVD_JOB_NAME_MAX)
        return "the name is longer than 512 bytes";
    const char *fault = letters_fault(name);
    for (const char *part = name; fault == NULL; part++) {
        const size_t length = strcspn(part, "/");
        fault = part_fault(part, length);
        part += length;
        if (*part == '\0')
            break;
    }
    return fault;
}

static int by_name(const void *a, const void *b)
{
    const struct evd_batch_job *left = a, *right = b;
    const int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->line > right->line) - (left->line < right->line);
}

const struct evd_batch_job *evd_plan_sort(struct evd_batch_plan *plan)
{
    if (plan->job_count > 0)
        qsort(plan->jobs, plan->job_count, sizeof *plan->jobs, by_name);
    for (size_t i = 1; i < plan->job_count; i++)
        if (strcmp(plan->jobs[i - 1].name, plan->jobs[i].name) == 0)
            return &plan->jobs[i];
    return NULL;
}

const char *evd_keep_string(struct evd_arena *arena, const char *text, size_t length)
{
    char *copy = evd_arena_alloc(arena, length + 1);
    if (copy == NULL)
        return NULL;
    if (length > 0)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void evd_plan_release(struct evd_batch_plan *plan)
{
    evd_arena_release(&plan->arena);
    *plan = (struct evd_batch_plan){0};
}
