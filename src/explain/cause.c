#include "explain/cause.h"

#include <stdlib.h>

#include "base/fail.h"
#include "explain/relation.h"
#include "log/scan.h"

enum {
    TELLING_TEXT = 8, /* bytes as JSON from which equal texts are no accident */
    MOVED_EVENTS = 3, /* and events of a run */
};

/* A divergence by its place in time. */
struct moment {
    uint64_t offset; /* of canary's line */
    size_t pair, divergence;
};

static int by_time(const void *a, const void *b)
{
    const struct moment *left = a, *right = b;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    if (left->pair != right->pair)
        return left->pair < right->pair ? -1 : 1;
    return (left->divergence > right->divergence) - (left->divergence < right->divergence);
}

/* All that one call works on. */
struct search {
    struct evd_outcome *outcome;
    const struct evd_nature_list *natures;
    struct moment *moments; /* all divergences, in time */
    size_t count;
    struct evd_table by_values, by_offset; /* hash → index of the first moment with them */
    struct evd_table by_run; /* hash of a run and its side → index + 1 of the last moment with it that no other
                                answers for; 0: none */
    size_t *same_run;        /* index → index + 1 of the one before it with the same run */
};

static struct evd_divergence *divergence_at(const struct search *search, size_t index)
{
    const struct moment *moment = &search->moments[index];
    return &search->outcome->pairs[moment->pair].divergences[moment->divergence];
}

static const struct evd_divergence_nature *nature_at(const struct search *search, size_t index)
{
    const struct moment *moment = &search->moments[index];
    return &search->natures[moment->pair].natures[moment->divergence];
}

static bool list_moments(struct search *search)
{
    const struct evd_outcome *outcome = search->outcome;
    for (size_t i = 0; i < outcome->pair_count; i++)
        search->count += outcome->pairs[i].divergence_count;
    search->moments = malloc((search->count + 1) * sizeof *search->moments);
    search->same_run = calloc(search->count + 1, sizeof *search->same_run);
    if (search->moments == NULL || search->same_run == NULL)
        return false;
    size_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            search->moments[count++] = (struct moment){outcome->pairs[i].divergences[j].run[EVD_CANARY].offset, i, j};
    qsort(search->moments, count, sizeof *search->moments, by_time);
    return true;
}

static void follow(struct search *search, size_t index, enum evd_cause cause, size_t earlier)
{
    struct evd_divergence *divergence = divergence_at(search, index);
    divergence->cause = cause;
    divergence->cause_pair = search->moments[earlier].pair;
    divergence->cause_divergence = search->moments[earlier].divergence;
}

/* Puts what a moment has in a table; when an earlier one of another nature has it too, that is the cause. */
static bool find_first(struct search *search, struct evd_table *table, uint64_t hash, size_t index,
                       enum evd_cause cause)
{
    bool is_new;
    const uint64_t *first = evd_table_put(table, hash, index, &is_new);
    if (first == NULL)
        return false;
    if (!is_new && divergence_at(search, index)->cause == EVD_CAUSE_NONE &&
        nature_at(search, *first)->signature != nature_at(search, index)->signature)
        follow(search, index, cause, *first);
    return true;
}

/* Numbers by what they are worth: the same differing address may be spelled as a number here and in hexadecimal
 * there. One that is an address tells enough beside any other. */
static bool are_telling_numbers(const int64_t number[EVD_SIDES])
{
    return evd_may_be_address(number[EVD_CANARY]) || evd_may_be_address(number[EVD_OURS]) ||
           (evd_is_telling_number(number[EVD_CANARY]) && evd_is_telling_number(number[EVD_OURS]));
}

static bool is_telling_text(const struct evd_field_value *value)
{
    return value->type == EVD_TYPE_STRING && value->length >= TELLING_TEXT;
}

static bool find_by_values(struct search *search, size_t index)
{
    const struct evd_field_value *value = divergence_at(search, index)->value;
    if (value[EVD_CANARY].form == EVD_NUMBER_NONE || value[EVD_OURS].form == EVD_NUMBER_NONE)
        return !is_telling_text(&value[EVD_CANARY]) || !is_telling_text(&value[EVD_OURS]) ||
               find_first(search, &search->by_values, evd_hash_pair(value[EVD_CANARY].hash, value[EVD_OURS].hash),
                          index, EVD_CAUSE_VALUE);
    const int64_t number[EVD_SIDES] = {value[EVD_CANARY].number, value[EVD_OURS].number};
    if (!are_telling_numbers(number))
        return true;
    const uint64_t canary = (uint64_t)number[EVD_CANARY], ours = (uint64_t)number[EVD_OURS];
    if (!find_first(search, &search->by_values, evd_hash_pair(canary, ours), index, EVD_CAUSE_VALUE))
        return false;
    return canary == ours || !evd_may_be_address(number[EVD_CANARY]) || !evd_may_be_address(number[EVD_OURS]) ||
           find_first(search, &search->by_offset, evd_hash_pair(0, ours - canary), index, EVD_CAUSE_OFFSET);
}

static bool find_by_run(struct search *search, size_t index)
{
    const struct evd_divergence *divergence = divergence_at(search, index);
    const uint64_t run_hash = nature_at(search, index)->run_hash;
    const int side = divergence->class_ == EVD_CLASS_MISSING ? EVD_CANARY : EVD_OURS;
    if (run_hash == 0 || divergence->run[side].count < MOVED_EVENTS)
        return true;
    uint64_t *other = evd_table_get(&search->by_run, evd_hash_pair((uint64_t)!side, run_hash));
    if (other != NULL && *other > 0) {
        const size_t earlier = *other - 1;
        *other = search->same_run[earlier];
        follow(search, index, EVD_CAUSE_MOVED, earlier);
        return true;
    }
    uint64_t *last = evd_table_put(&search->by_run, evd_hash_pair((uint64_t)side, run_hash), 0, NULL);
    if (last == NULL)
        return false;
    search->same_run[index] = *last;
    *last = index + 1;
    return true;
}

/* Those of a pair that have no other cause. */
static void find_close(struct evd_outcome *outcome, const struct evd_nature_list *natures, size_t pair)
{
    struct evd_divergence *divergences = outcome->pairs[pair].divergences;
    size_t first = 0;            /* since when the streams are not in step */
    bool has_other_path = false; /* and whether that was more than values */
    for (size_t i = 0; i < outcome->pairs[pair].divergence_count; i++) {
        struct evd_divergence *divergence = &divergences[i];
        const uint64_t between = i > 0 ? divergences[i - 1].matched_after : UINT64_MAX;
        if (divergence->class_ == EVD_CLASS_TRUNCATED)
            continue;
        if (between > 0 && !(has_other_path && between < EVD_IN_STEP)) {
            first = i;
            has_other_path = false;
        } else if (divergence->cause == EVD_CAUSE_NONE &&
                   /* What has moved is where canary has it, which may be later. */
                   divergences[first].run[EVD_CANARY].offset <= divergence->run[EVD_CANARY].offset &&
                   natures[pair].natures[i].signature != natures[pair].natures[first].signature) {
            divergence->cause = EVD_CAUSE_CLOSE;
            divergence->cause_pair = pair;
            divergence->cause_divergence = first;
        }
        has_other_path |= divergence->class_ != EVD_CLASS_VALUE;
    }
}

/* A cause is earlier, so its root is known. */
static void find_root(struct search *search, size_t index)
{
    struct evd_divergence *divergence = divergence_at(search, index);
    divergence->root_pair = search->moments[index].pair;
    divergence->root_divergence = search->moments[index].divergence;
    if (divergence->cause == EVD_CAUSE_NONE)
        return;
    const struct evd_divergence *cause =
        &search->outcome->pairs[divergence->cause_pair].divergences[divergence->cause_divergence];
    divergence->root_pair = cause->root_pair;
    divergence->root_divergence = cause->root_divergence;
}

static bool find_earlier_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures)
{
    struct search search = {.outcome = outcome, .natures = natures};
    bool is_done = list_moments(&search);
    for (size_t i = 0; is_done && i < search.count; i++)
        is_done = (divergence_at(&search, i)->class_ != EVD_CLASS_VALUE || find_by_values(&search, i)) &&
                  find_by_run(&search, i);
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        find_close(outcome, natures, i);
    for (size_t i = 0; is_done && i < search.count; i++)
        find_root(&search, i);
    evd_table_release(&search.by_values);
    evd_table_release(&search.by_offset);
    evd_table_release(&search.by_run);
    free(search.moments);
    free(search.same_run);
    return is_done;
}

static bool has_moved(const struct evd_divergence *divergence)
{
    return divergence->class_ == EVD_CLASS_REORDERED;
}

/* The last of a pair's divergences that begins before an offset of that side's log, or SIZE_MAX. They are in order,
 * but for what has moved, which may stand before others although it comes after them. */
static size_t last_before(const struct evd_pair_outcome *pair, int side, uint64_t offset)
{
    const struct evd_divergence *divergences = pair->divergences;
    size_t low = 0, high = pair->divergence_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        size_t i = middle;
        while (i < high && has_moved(&divergences[i]))
            i++;
        if (i < high && divergences[i].run[side].offset < offset)
            low = i + 1;
        else
            high = middle;
    }
    size_t last = low > 0 ? low - 1 : SIZE_MAX;
    for (size_t i = low; i < pair->divergence_count && has_moved(&divergences[i]); i++)
        if (divergences[i].run[side].offset < offset)
            last = i;
    return last;
}

/* Which pair each thread of a side is in: tid → index. */
static bool list_pairs_by_tid(const struct evd_outcome *outcome, int side, struct evd_table *pairs)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (evd_table_put(pairs, (uint64_t)outcome->pairs[i].tid[side], i, NULL) == NULL)
            return false;
    return true;
}

static enum evd_status find_creator_cause(struct evd_outcome *outcome, int side, const struct evd_log *log,
                                          const struct evd_table *pairs, struct evd_unpaired *unpaired,
                                          struct evd_error *error)
{
    const struct evd_stream *stream = evd_log_stream(log, unpaired->tid);
    const struct evd_creation *creation;
    if (!evd_stream_creation(log, stream, &creation))
        return evd_log_check(log, true, error);
    const uint64_t *pair = creation == NULL ? NULL : evd_table_get(pairs, (uint64_t)creation->tid);
    const size_t divergence = pair == NULL ? SIZE_MAX : last_before(&outcome->pairs[*pair], side, creation->offset);
    if (divergence == SIZE_MAX)
        return EVD_OK;
    unpaired->cause = EVD_CAUSE_CREATOR;
    unpaired->cause_pair = *pair;
    unpaired->cause_divergence = divergence;
    return EVD_OK;
}

static enum evd_status find_creator_causes(struct evd_outcome *outcome, int side, const struct evd_log *log,
                                           struct evd_error *error)
{
    struct evd_table pairs = {0};
    if (outcome->unpaired_count[side] == 0)
        return EVD_OK;
    enum evd_status status = list_pairs_by_tid(outcome, side, &pairs) ? EVD_OK : evd_fail_memory(error);
    for (size_t i = 0; status == EVD_OK && i < outcome->unpaired_count[side]; i++)
        status = find_creator_cause(outcome, side, log, &pairs, &outcome->unpaired[side][i], error);
    evd_table_release(&pairs);
    return status;
}

enum evd_status evd_find_causes(struct evd_outcome *outcome, const struct evd_nature_list *natures,
                                const struct evd_log *const logs[EVD_SIDES], struct evd_error *error)
{
    enum evd_status status = find_earlier_causes(outcome, natures) ? EVD_OK : evd_fail_memory(error);
    for (int side = 0; status == EVD_OK && side < EVD_SIDES; side++)
        status = find_creator_causes(outcome, side, logs[side], error);
    return status;
}
