#include "batch/families.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "batch/family_words.h"
#include "batch/files.h"
#include "batch/past.h"
#include "evdiff/saved.h"
#include "outcome/places.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/root.h"

struct judging {
    struct evd_night *night;
    const struct evd_batch_options *options;
    const char *folder; /* that the paths of logs are relative to */
    const struct evd_batch_job *planned;
    struct evd_night_job *job;
    struct evd_job_past past;
    bool has_other_canary;               /* canary's log is not that of the past */
    const struct evd_job_ledger *ledger; /* or NULL */
    struct evd_outcome *outcomes[EVD_RUNS_MAX];
    struct evd_table families[EVD_RUNS_MAX]; /* of each outcome: index of the family with a signature */
    struct evd_places places[EVD_RUNS_MAX];  /* of each outcome: its divergences by families */
    size_t outcome_count;
    struct evd_past_family *remembered;
    size_t remembered_count;
    struct evd_judgement *judgement;
    bool has_lost_history; /* it could not be asked */
};

/* ── What is read ── */

static bool has_no_differences(const char *verdict)
{
    return strcmp(verdict, "equal") == 0 || strcmp(verdict, "nothing_new") == 0;
}

/* What has no differences has no families; but it may have passed the places of listed ones. */
static bool needs_outcomes(const struct judging *judging)
{
    for (size_t i = 0; i < judging->job->run_count; i++)
        if (!has_no_differences(judging->job->runs[i].verdict))
            return true;
    const struct evd_job_past *past = &judging->past;
    for (size_t i = 0; i < past->families.count; i++)
        if (evd_job_ledger_entry(judging->ledger, past->families.list[i].signature) != NULL)
            return true;
    for (size_t i = 0; i < past->lines.count; i++)
        if (evd_job_ledger_entry(judging->ledger, past->lines.list[i].signature) != NULL)
            return true;
    return false;
}

/* The outcome of a run: as the diff has just made it, or as its file has it. */
static enum evd_status find_outcome(struct judging *judging, struct evd_batch *batch, size_t run,
                                    struct evd_buffer *path, struct evd_error *error)
{
    char name[EVD_FILE_NAME_MAX];
    judging->outcomes[run] = evd_kept_take(&batch->kept, (size_t)(judging->planned - batch->plan.jobs), run);
    if (judging->outcomes[run] != NULL)
        return EVD_OK;
    evd_outcome_name(run, name);
    const enum evd_status status =
        evd_job_file(path, batch->out, judging->planned, name)
            ? evd_expect_file(path->data, error)
            : evd_fail_memory(error);
    return status == EVD_OK ? evd_saved_read(path->data, &judging->outcomes[run], error) : status;
}

static enum evd_status read_outcomes(struct judging *judging, struct evd_batch *batch, struct evd_error *error)
{
    struct evd_buffer path = {0};
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < judging->job->run_count; i++) {
        status = find_outcome(judging, batch, i, &path, error);
        if (status != EVD_OK)
            break;
        judging->outcome_count++;
        const struct evd_outcome *outcome = judging->outcomes[i];
        if (!evd_places_find(&judging->places[i], outcome))
            status = evd_fail_memory(error);
        for (size_t j = 0; status == EVD_OK && j < outcome->family_count; j++)
            if (evd_table_put(&judging->families[i], outcome->families[j].signature, j, NULL) == NULL)
                status = evd_fail_memory(error);
    }
    evd_buffer_release(&path);
    return status;
}

/* The family of a run with a signature; NULL: it has none. */
static const struct evd_family *find_family(const struct judging *judging, size_t run, uint64_t signature)
{
    const uint64_t *index = evd_table_get(&judging->families[run], signature);
    return index == NULL ? NULL : &judging->outcomes[run]->families[*index];
}

static const struct evd_family *find_tonight(const struct judging *judging, uint64_t signature)
{
    for (size_t i = 0; i < judging->outcome_count; i++) {
        const struct evd_family *family = find_family(judging, i, signature);
        if (family != NULL)
            return family;
    }
    return NULL;
}

/* ── What is remembered ── */

/* Of words that are neither there tonight nor listed nothing can be said. */
static void remember(struct judging *judging, uint64_t signature, const struct evd_memory *memory)
{
    const struct evd_family *family = find_tonight(judging, signature);
    const struct evd_ledger_entry *entry = evd_job_ledger_entry(judging->ledger, signature);
    if (family == NULL && entry == NULL)
        return;
    const struct evd_ledger_key key = family != NULL ? evd_ledger_key_of(family) : entry->key;
    judging->remembered[judging->remembered_count++] = evd_memory_past(memory, &key);
}

static bool remember_all(struct judging *judging)
{
    const struct evd_job_past *past = &judging->past;
    judging->remembered = malloc((past->families.count + past->lines.count + 1) * sizeof *judging->remembered);
    if (judging->remembered == NULL)
        return false;
    for (size_t i = 0; i < past->families.count; i++)
        remember(judging, past->families.list[i].signature, &past->families.list[i].memory);
    for (size_t i = 0; i < past->lines.count; i++)
        remember(judging, past->lines.list[i].signature, &past->lines.list[i].memory);
    return true;
}

/* ── What is kept of tonight ── */

/* What is plainly new or known needs no word. */
static const char *note_family(struct evd_arena *arena, const struct evd_judged_family *judged)
{
    struct evd_buffer text = {0};
    struct evd_listed_family listed;
    evd_list_family(judged, &listed);
    if (judged->entry != NULL || judged->moved_from != NULL)
        evd_describe_known(&text, &listed);
    const char *note = evd_settle(arena, &text);
    evd_buffer_release(&text);
    return note;
}

static const char *path_of(const struct judging *judging, const struct evd_ledger_entry *entry)
{
    return entry == NULL ? NULL : judging->ledger->paths[entry->file];
}

/* Threads and values of a family, over all runs. What is noise may have other values every night. */
static bool see(struct judging *judging, uint64_t signature, bool has_values, struct evd_memory *memory)
{
    uint64_t *tids = NULL, *values = NULL;
    size_t tid_count = 0, value_count = 0, tid_room = 0, value_room = 0;
    for (size_t run = 0; run < judging->outcome_count; run++) {
        const struct evd_family *family = find_family(judging, run, signature);
        tid_room += family != NULL ? family->pair_count : 0;
        value_room += family != NULL ? family->count : 0;
    }
    tids = malloc((tid_room + 1) * sizeof *tids);
    values = malloc((value_room + 1) * sizeof *values);
    for (size_t run = 0; tids != NULL && values != NULL && run < judging->outcome_count; run++) {
        const struct evd_outcome *outcome = judging->outcomes[run];
        const struct evd_family *family = find_family(judging, run, signature);
        if (family == NULL)
            continue;
        for (size_t i = 0; i < family->pair_count; i++)
            tids[tid_count++] = (uint64_t)outcome->pairs[family->pairs[i]].tid[EVD_CANARY];
        size_t count;
        const struct evd_place *list =
            evd_places_of(&judging->places[run], (size_t)(family - outcome->families), &count);
        for (size_t i = 0; has_values && i < count && value_count < value_room; i++)
            values[value_count++] = evd_hash_of_values(&outcome->pairs[list[i].pair].divergences[list[i].divergence]);
    }
    struct evd_arena *arena = &judging->night->arena;
    const bool is_seen = tids != NULL && values != NULL && evd_seen_add(arena, &memory->tids, tids, tid_count) &&
                         (!has_values || evd_seen_add(arena, &memory->values, values, value_count));
    free(tids);
    free(values);
    return is_seen;
}

/* What the night before does not know a history may: that a family was there long ago. */
static bool ask_history(struct judging *judging, uint64_t signature, struct evd_memory *memory)
{
    const struct evd_batch_options *options = judging->options;
    char *first = NULL;
    if (options->first_seen == NULL)
        return true;
    if (!options->first_seen(options->first_seen_context, judging->job->name, signature, judging->night->name,
                             &first)) {
        judging->has_lost_history = true;
        return false;
    }
    if (first == NULL)
        return true;
    memory->first = evd_keep_string(&judging->night->arena, first, strlen(first));
    free(first);
    return memory->first != NULL;
}

/* What an earlier night has said of places, threads and values is of its canary. */
static bool recall(struct judging *judging, uint64_t signature, struct evd_memory *memory)
{
    const struct evd_memory *past = evd_past_find(&judging->past, signature);
    *memory = past != NULL ? *past : (struct evd_memory){.first = judging->night->name};
    if (past == NULL && !ask_history(judging, signature, memory))
        return false;
    if (!judging->has_other_canary)
        return true;
    memory->has_place = false;
    memory->passed_nights = 0;
    memory->tids = memory->values = (struct evd_seen){.list = NULL};
    return true;
}

static bool keep_family(struct judging *judging, const struct evd_judged_family *judged)
{
    const struct evd_outcome *outcome = judging->outcomes[judged->run];
    const struct evd_family *family = &outcome->families[judged->family];
    struct evd_night_family *told = evd_families_add(&judging->job->families);
    if (told == NULL)
        return false;
    *told = (struct evd_night_family){
        .signature = family->signature,
        .standing = judged->standing,
        .run = judged->run,
        .count = judged->count,
        .entry = judged->entry,
        .path = path_of(judging, judged->entry),
        .note = note_family(&judging->night->arena, judged),
    };
    if (!recall(judging, family->signature, &told->memory))
        return false;
    for (size_t i = 0; i < judging->outcome_count; i++) {
        const struct evd_family *there = find_family(judging, i, family->signature);
        told->runs += there != NULL && there->is_root;
    }
    if (judged->follows != SIZE_MAX) {
        const struct evd_judged_family *root = &judging->judgement->families[judged->follows];
        told->follows = judging->outcomes[root->run]->families[root->family].signature;
    }
    struct evd_memory *memory = &told->memory;
    memory->nights++;
    memory->root_nights = told->runs > 0 ? memory->root_nights + 1 : 0;
    memory->passed_nights = 0;
    memory->has_place = true;
    memory->place = evd_place_of_family(outcome, family);
    evd_memory_count(memory, judged->count);
    return told->note != NULL &&
           evd_night_describe_family(&judging->night->arena, judging->folder, outcome, family, told) &&
           see(judging, family->signature, judged->standing != EVD_STANDING_NOISE, memory);
}

/* What control runs explain, and no line lists, is no family of the night. */
static bool keep_families(struct judging *judging)
{
    for (size_t i = 0; i < judging->judgement->family_count; i++) {
        const struct evd_judged_family *judged = &judging->judgement->families[i];
        if ((judged->entry != NULL || judged->standing != EVD_STANDING_NOISE) && !keep_family(judging, judged))
            return false;
    }
    return true;
}

static bool describe_line(struct evd_arena *arena, struct evd_night_line *line)
{
    struct evd_buffer text = {0};
    struct evd_listed_family listed;
    const struct evd_ledger_key *key = &line->entry->key;
    struct evd_family family = {.class_ = key->class_, .kind = key->kind, .call = key->call, .field = key->field};
    evd_buffer_format(&text, "%08llx", (unsigned long long)(line->signature >> 32));
    if (!text.failed)
        memcpy(family.id, text.data, EVD_FAMILY_ID_BYTES - 1);
    evd_buffer_clear(&text);
    evd_describe_root_name(&text, &family, EVD_WHAT_LETTERS_MAX);
    line->what = evd_settle(arena, &text);
    evd_list_entry(line->entry, &listed);
    evd_describe_known_line(&text, &listed);
    line->note = evd_settle(arena, &text);
    evd_buffer_release(&text);
    return line->what != NULL && line->note != NULL;
}

static bool keep_line(struct judging *judging, const struct evd_judged_line *judged)
{
    const uint64_t signature = judged->entry->signature;
    if (judged->standing == EVD_STANDING_ABSENT && evd_past_find(&judging->past, signature) == NULL)
        return true;
    struct evd_night_line *line = evd_lines_add(&judging->job->lines);
    if (line == NULL)
        return false;
    *line = (struct evd_night_line){
        .signature = signature,
        .standing = judged->standing,
        .is_confirmed = judged->is_confirmed,
        .is_expired = judged->is_expired,
        .entry = judged->entry,
        .path = path_of(judging, judged->entry),
    };
    if (!recall(judging, signature, &line->memory))
        return false;
    line->memory.nights = line->memory.root_nights = 0;
    line->memory.passed_nights += judged->was_passed;
    if (judged->standing == EVD_STANDING_MASKED) {
        const struct evd_judged_family *by = &judging->judgement->families[judged->masked_by];
        line->masked_by = judging->outcomes[by->run]->families[by->family].signature;
    }
    return describe_line(&judging->night->arena, line);
}

static bool keep_lines(struct judging *judging)
{
    for (size_t i = 0; i < judging->judgement->line_count; i++)
        if (!keep_line(judging, &judging->judgement->lines[i]))
            return false;
    return true;
}

/* What was told yesterday, is not there tonight, and has no line that says what became of it. */
static bool keep_gone(struct judging *judging)
{
    for (size_t i = 0; i < judging->past.families.count; i++) {
        const struct evd_night_family *family = &judging->past.families.list[i];
        const bool was_told = family->standing == EVD_STANDING_NEW || family->standing == EVD_STANDING_MOVED ||
                              family->standing == EVD_STANDING_UNCONFIRMED;
        if (!was_told || find_tonight(judging, family->signature) != NULL ||
            evd_job_ledger_entry(judging->ledger, family->signature) != NULL)
            continue;
        struct evd_night_family *kept = evd_families_add(&judging->job->gone);
        if (kept == NULL)
            return false;
        *kept = *family;
    }
    return true;
}

/* ── Both ── */

static enum evd_status judge(struct judging *judging, struct evd_batch *batch, struct evd_error *error)
{
    enum evd_status status = read_outcomes(judging, batch, error);
    if (status != EVD_OK)
        return status;
    if (!remember_all(judging))
        return evd_fail_memory(error);
    const struct evd_night_of_job night = {
        .job = {judging->job->name, strlen(judging->job->name)},
        .outcomes = (const struct evd_outcome *const *)judging->outcomes,
        .outcome_count = judging->outcome_count,
        .past = judging->remembered,
        .past_count = judging->remembered_count,
        .has_other_canary = judging->has_other_canary,
        .today = batch->options->today,
        .confirm = judging->job->confirm,
    };
    status = evd_judge(judging->ledger != NULL ? judging->ledger->ledger : NULL, &night, &judging->judgement, error);
    if (status == EVD_OK && (!keep_families(judging) || !keep_lines(judging)))
        status = evd_fail_memory(error);
    return status;
}

/* A job that is not conclusive keeps what it had. */
static void keep_past(struct judging *judging)
{
    judging->job->families = judging->past.families;
    judging->job->lines = judging->past.lines;
    judging->job->canary = judging->past.canary;
    judging->past.families = (struct evd_night_families){.list = NULL};
    judging->past.lines = (struct evd_night_lines){.list = NULL};
}

static void release(struct judging *judging)
{
    evd_judgement_free(judging->judgement);
    free(judging->remembered);
    for (size_t i = 0; i < judging->outcome_count; i++)
        evd_outcome_free(judging->outcomes[i]);
    for (size_t i = 0; i < EVD_RUNS_MAX; i++) {
        evd_table_release(&judging->families[i]);
        evd_places_release(&judging->places[i]);
    }
    evd_past_release(&judging->past);
}

enum evd_status evd_families_judge(struct evd_night *night, struct evd_batch *batch,
                                   const struct evd_batch_job *planned, const struct evd_before *before,
                                   struct evd_night_job *job, struct evd_error *error)
{
    struct judging judging = {
        .night = night, .options = batch->options, .folder = batch->plan.folder, .planned = planned, .job = job};
    enum evd_status status = evd_ledgers_find(&night->ledgers, &batch->plan, planned, &judging.ledger, error);
    job->listed = judging.ledger;
    if (status == EVD_OK && !evd_past_read(&night->arena, before, planned->name, &judging.past))
        status = evd_fail_memory(error);
    judging.has_other_canary =
        job->canary == NULL || judging.past.canary == NULL || strcmp(job->canary, judging.past.canary) != 0;
    if (status == EVD_OK && !job->is_conclusive)
        keep_past(&judging);
    else if (status == EVD_OK && needs_outcomes(&judging))
        status = judge(&judging, batch, error);
    if (status == EVD_OK && job->is_conclusive && !keep_gone(&judging))
        status = evd_fail_memory(error);
    if (judging.has_lost_history)
        status = evd_fail(error, EVD_E_IO, "the history could not say since when families are there");
    release(&judging);
    return status;
}

/* ── What it comes to ── */

/* The states of a night that families or lines of a standing have, and of jobs. */
static const struct {
    int night; /* -1: none */
    enum evd_job_state job;
} STATES[EVD_STANDINGS] = {
    [EVD_STANDING_NEW] = {EVD_NIGHT_NEW, EVD_JOB_NEW},
    [EVD_STANDING_UNCONFIRMED] = {EVD_NIGHT_UNCONFIRMED, EVD_JOB_UNCONFIRMED},
    [EVD_STANDING_MOVED] = {EVD_NIGHT_MOVED, EVD_JOB_MOVED},
    [EVD_STANDING_REGRESSED] = {EVD_NIGHT_REGRESSED, EVD_JOB_REGRESSED},
    [EVD_STANDING_EXPIRED] = {EVD_NIGHT_EXPIRED, EVD_JOB_EXPIRED},
    [EVD_STANDING_GROWN] = {EVD_NIGHT_GROWN, EVD_JOB_GROWN},
    [EVD_STANDING_KNOWN] = {-1, EVD_JOB_KNOWN},
    [EVD_STANDING_FLAKY] = {EVD_NIGHT_FLAKY, EVD_JOB_KNOWN},
    [EVD_STANDING_NOISE] = {-1, EVD_JOB_KNOWN},
    [EVD_STANDING_FOLLOWER] = {EVD_NIGHT_FOLLOWER, EVD_JOB_KNOWN},
    [EVD_STANDING_FIXED_MAYBE] = {EVD_NIGHT_FIXED, EVD_JOB_FIXED},
    [EVD_STANDING_MASKED] = {-1, EVD_JOB_UNCHANGED},
    [EVD_STANDING_NOT_REACHED] = {-1, EVD_JOB_UNCHANGED},
    [EVD_STANDING_STALE] = {-1, EVD_JOB_UNCHANGED},
    [EVD_STANDING_ABSENT] = {-1, EVD_JOB_UNCHANGED},
};

int evd_night_state_of(enum evd_standing standing)
{
    return STATES[standing].night;
}

static void take(enum evd_standing standing, enum evd_job_state *gravest, unsigned *states)
{
    if (STATES[standing].job < *gravest)
        *gravest = STATES[standing].job;
    if (STATES[standing].night >= 0)
        *states |= 1u << STATES[standing].night;
}

enum evd_job_state evd_families_state(const struct evd_night_job *job, bool has_diverged, unsigned *states)
{
    enum evd_job_state gravest = EVD_JOB_UNCHANGED;
    *states = 0;
    for (size_t i = 0; i < job->families.count; i++)
        take(job->families.list[i].standing, &gravest, states);
    for (size_t i = 0; i < job->lines.count; i++)
        take(job->lines.list[i].standing, &gravest, states);
    /* A thread that has no counterpart is no family. */
    if (has_diverged && job->families.count == 0)
        take(EVD_STANDING_NEW, &gravest, states);
    return gravest;
}
