#include "batch/families.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/grow.h"
#include "batch/document.h"
#include "evdiff/saved.h"
#include "report/describe.h"
#include "report/root.h"

enum { WHAT_LETTERS_MAX = 200 };

static const char *const STATES[EVD_FAMILY_STATES] = {
    [EVD_FAMILY_NEW] = "new",
    [EVD_FAMILY_UNCONFIRMED] = "unconfirmed",
    [EVD_FAMILY_FOLLOWER] = "follower",
};

const char *evd_family_state_name(enum evd_family_state state)
{
    return STATES[state];
}

static struct evd_night_family *add_family(struct evd_night_families *families)
{
    struct evd_night_family *list =
        evd_grow(families->list, families->count, &families->capacity, sizeof *families->list);
    if (list == NULL)
        return NULL;
    families->list = list;
    return &list[families->count++];
}

static struct evd_night_family *find_family(const struct evd_night_families *families, uint64_t signature)
{
    for (size_t i = 0; i < families->count; i++)
        if (families->list[i].signature == signature)
            return &families->list[i];
    return NULL;
}

/* ── Tonight ── */

/* Keeps what is in the buffer, in the arena, and empties it. */
static const char *settle(struct evd_arena *arena, struct evd_buffer *text)
{
    const char *kept = text->failed ? NULL : evd_keep_string(arena, text->data != NULL ? text->data : "", text->length);
    evd_buffer_clear(text);
    return kept;
}

static bool describe(struct evd_arena *arena, const struct evd_outcome *outcome, const struct evd_family *family,
                     struct evd_night_family *told)
{
    struct evd_buffer text = {0};
    size_t pair, index;
    const struct evd_divergence *divergence = evd_root_place(outcome, family, &pair, &index);
    evd_describe_root_name(&text, family, WHAT_LETTERS_MAX);
    told->what = settle(arena, &text);
    evd_describe_difference(&text, divergence);
    told->difference = settle(arena, &text);
    evd_describe_place(&text, outcome, pair, index);
    told->place = settle(arena, &text);
    evd_describe_show(&text, outcome, pair, index, EVD_OURS);
    told->show = settle(arena, &text);
    evd_buffer_release(&text);
    return told->what != NULL && told->difference != NULL && told->place != NULL && told->show != NULL;
}

/* With control runs, what they explain is no family of the night. */
static bool is_told(const struct evd_outcome *outcome, const struct evd_family *family)
{
    return outcome->control_count == 0 || family->news_count > 0;
}

static bool take_outcome(struct evd_night *night, const struct evd_outcome *outcome, struct evd_night_job *job)
{
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        if (!is_told(outcome, family))
            continue;
        struct evd_night_family *told = find_family(&job->families, family->signature);
        if (told == NULL) {
            told = add_family(&job->families);
            if (told == NULL)
                return false;
            *told = (struct evd_night_family){.signature = family->signature, .nights = 1, .first = night->name};
            if (!describe(&night->arena, outcome, family, told))
                return false;
        }
        told->runs += family->is_root;
    }
    return true;
}

static enum evd_status read_outcomes(struct evd_night *night, const struct evd_batch *batch,
                                     const struct evd_batch_job *planned, struct evd_night_job *job,
                                     struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < job->run_count; i++) {
        struct evd_outcome *outcome = NULL;
        char name[EVD_FILE_NAME_MAX];
        /* What has no differences has no families. */
        if (strcmp(job->runs[i].verdict, "equal") == 0 || strcmp(job->runs[i].verdict, "nothing_new") == 0)
            continue;
        evd_outcome_name(i, name);
        status = evd_job_file(&path, batch->out, planned, name)
                     ? evd_saved_read(path.data, &outcome, error)
                     : evd_fail_memory(error);
        if (status == EVD_OK && !take_outcome(night, outcome, job))
            status = evd_fail_memory(error);
        evd_outcome_free(outcome);
    }
    evd_buffer_release(&path);
    return status;
}

/* ── Before ── */

static const struct evd_value *find_job(const struct evd_value *before, const char *name)
{
    const struct evd_value *jobs = before == NULL ? NULL : evd_member_array(before, "jobs");
    const struct evd_string wanted = evd_string_of(name);
    for (size_t i = 0; jobs != NULL && i < jobs->array.count; i++) {
        const struct evd_value *found = evd_value_get(&jobs->array.items[i], evd_string_of("name"));
        if (found != NULL && found->type == EVD_JSON_STRING && evd_string_equal(found->string, wanted))
            return &jobs->array.items[i];
    }
    return NULL;
}

static bool read_signature(const struct evd_value *object, uint64_t *signature)
{
    const struct evd_value *value = evd_value_get(object, evd_string_of("signature"));
    if (value == NULL || value->type != EVD_JSON_STRING || value->string.length != 16)
        return false;
    *signature = 0;
    for (size_t i = 0; i < 16; i++) {
        const char c = value->string.bytes[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
        *signature = *signature << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return true;
}

/* A family of an earlier night; what is none is passed over: that night is told by a file that may be anything. */
static bool read_family(struct evd_arena *arena, const struct evd_value *object, struct evd_night_family *family)
{
    const char *state;
    uint64_t runs;
    *family = (struct evd_night_family){0};
    if (object->type != EVD_JSON_OBJECT || !read_signature(object, &family->signature) ||
        !evd_member_text(arena, object, "state", &state) || !evd_member_text(arena, object, "first", &family->first) ||
        !evd_member_unsigned(object, "nights", &family->nights) || family->nights > 1000000 ||
        !evd_member_unsigned(object, "runs", &runs) || runs > EVD_RUNS_MAX ||
        !evd_member_text(arena, object, "what", &family->what) ||
        !evd_member_text(arena, object, "difference", &family->difference) ||
        !evd_member_text(arena, object, "place", &family->place) ||
        !evd_member_text(arena, object, "show", &family->show))
        return false;
    int which = 0;
    while (which < EVD_FAMILY_STATES && strcmp(state, STATES[which]) != 0)
        which++;
    family->runs = (size_t)runs;
    family->state = (enum evd_family_state)which;
    return which < EVD_FAMILY_STATES;
}

/* The families that the job had: a job that goes on has them as long as it had, one that does not keeps them. */
static bool take_before(struct evd_night *night, const struct evd_value *earlier, struct evd_night_job *job)
{
    const struct evd_value *families = earlier == NULL ? NULL : evd_member_array(earlier, "families");
    for (size_t i = 0; families != NULL && i < families->array.count; i++) {
        struct evd_night_family family;
        if (!read_family(&night->arena, &families->array.items[i], &family))
            continue;
        struct evd_night_family *tonight = job->is_conclusive ? find_family(&job->families, family.signature) : NULL;
        if (tonight != NULL) {
            tonight->first = family.first;
            tonight->nights = family.nights + 1;
            continue;
        }
        if (job->is_conclusive && family.state == EVD_FAMILY_FOLLOWER)
            continue;
        struct evd_night_family *kept = add_family(job->is_conclusive ? &job->gone : &job->families);
        if (kept == NULL)
            return false;
        *kept = family;
    }
    return true;
}

/* ── Both ── */

static void judge(struct evd_night_job *job)
{
    for (size_t i = 0; job->is_conclusive && i < job->families.count; i++) {
        struct evd_night_family *family = &job->families.list[i];
        const bool is_in_all = job->run_count > 1 && family->runs == job->run_count;
        family->state = family->runs == 0                             ? EVD_FAMILY_FOLLOWER
                        : is_in_all || family->nights >= job->confirm ? EVD_FAMILY_NEW
                                                                      : EVD_FAMILY_UNCONFIRMED;
    }
}

enum evd_status evd_families_judge(struct evd_night *night, const struct evd_batch *batch,
                                   const struct evd_batch_job *planned, const struct evd_value *before,
                                   struct evd_night_job *job, struct evd_error *error)
{
    const enum evd_status status = job->is_conclusive ? read_outcomes(night, batch, planned, job, error) : EVD_OK;
    if (status != EVD_OK)
        return status;
    if (!take_before(night, find_job(before, planned->name), job))
        return evd_fail_memory(error);
    judge(job);
    return EVD_OK;
}

enum evd_job_state evd_families_state(const struct evd_night_families *families)
{
    bool is_unconfirmed = false;
    for (size_t i = 0; i < families->count; i++) {
        if (families->list[i].state == EVD_FAMILY_NEW)
            return EVD_JOB_NEW;
        is_unconfirmed |= families->list[i].state == EVD_FAMILY_UNCONFIRMED;
    }
    return is_unconfirmed ? EVD_JOB_UNCONFIRMED : EVD_JOB_NEW;
}
