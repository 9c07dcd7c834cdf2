/* Families are one over all of tonight's runs when their words are; so are the past's. First it is gathered what occurs; then
 * each family is judged by its line, and each line that nothing occurred of by the place where it was. */
#include "evdiff/judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fail.h"
#include "base/stable_hash.h"
#include "judge/news.h"
#include "judge/place.h"
#include "ledger/table.h"

struct evd_owned_judgement {
    struct evd_judgement judgement; /* first, so that a pointer to it is one to the whole */
    struct evd_arena arena;         /* families and lines */
};

struct judging {
    const struct evd_ledger *ledger; /* or NULL */
    const struct evd_night_of_job *night;
    struct evd_judgement *judgement;
    struct evd_arena *arena;
    struct evd_ledger_table table; /* judged families by their words */
    struct evd_ledger_table past;  /* what is known, by words: indexes of night->past */
    struct evd_ledger_table idle_like,
        idle_at; /* idle lines that roots may have moved from, by their call and by place */
    const struct evd_ledger_entry **idle_like_lines,
        **idle_at_lines; /* by index in these tables: the first such line */
    size_t idle_like_count, idle_at_count;
    size_t *places;             /* of the families of all runs, one run after the other: index of the judged one */
    size_t *first_place;        /* a run: where its families begin in `places` */
    bool *is_explained;         /* a judged family: control runs explain it in all runs that have it */
    size_t *last_run;           /* a judged family: the last run that has it, + 1 */
    size_t *first_of, *last_of; /* a judged family: where in `places` it is first and last */
    size_t *next_of;            /* as `places`: where the same judged family is next, + 1; 0: nowhere */
    size_t *root_of; /* as `places`: index of the root family of that run that it ends up at, + 1; 0: not looked for */
    struct evd_places *divergences; /* a run: its divergences by families; empty: not asked for */
    struct evd_passages *passages;  /* a run */
};

static const struct evd_family *family_of(const struct judging *judging, const struct evd_judged_family *judged)
{
    return &judging->night->outcomes[judged->run]->families[judged->family];
}

static size_t find_judged(const struct judging *judging, const struct evd_ledger_key *key)
{
    size_t index;
    for (size_t cursor = evd_ledger_table_begin(&judging->table, key);
         evd_ledger_table_next(&judging->table, &cursor, &index);) {
        const struct evd_ledger_key other = evd_ledger_key_of(family_of(judging, &judging->judgement->families[index]));
        if (evd_ledger_keys_equal(&other, key))
            return index;
    }
    return SIZE_MAX;
}

static const struct evd_past_family *find_past(const struct judging *judging, const struct evd_ledger_key *key)
{
    size_t index;
    for (size_t cursor = evd_ledger_table_begin(&judging->past, key);
         evd_ledger_table_next(&judging->past, &cursor, &index);)
        if (evd_ledger_keys_equal(&judging->night->past[index].key, key))
            return &judging->night->past[index];
    return NULL;
}

static bool take_past(struct judging *judging)
{
    for (size_t i = 0; i < judging->night->past_count; i++)
        if (!evd_ledger_table_add(&judging->past, &judging->night->past[i].key, i))
            return false;
    return true;
}

/* Control runs explain a family none of whose divergences is new. */
static bool is_explained(const struct evd_outcome *outcome, const struct evd_family *family)
{
    return outcome->control_count > 0 && family->news_count == 0;
}

static bool take_family(struct judging *judging, size_t run, size_t index)
{
    const struct evd_outcome *outcome = judging->night->outcomes[run];
    const struct evd_family *family = &outcome->families[index];
    const struct evd_ledger_key key = evd_ledger_key_of(family);
    struct evd_judgement *judgement = judging->judgement;
    size_t place = find_judged(judging, &key);
    const bool is_first = place == SIZE_MAX;
    if (is_first) {
        place = judgement->family_count;
        judgement->families[place] = (struct evd_judged_family){.run = run, .family = index, .follows = SIZE_MAX};
        judging->is_explained[place] = true;
        if (!evd_ledger_table_add(&judging->table, &key, place))
            return false;
        judgement->family_count++;
    }
    struct evd_judged_family *judged = &judgement->families[place];
    /* No two families of a diff have the same words, but those of a file may. */
    judged->run_count += judging->last_run[place] != run + 1;
    judging->last_run[place] = run + 1;
    judged->is_root |= family->is_root;
    judged->count = family->count > judged->count ? family->count : judged->count;
    judging->is_explained[place] &= is_explained(outcome, family);
    const size_t here = judging->first_place[run] + index;
    judging->places[here] = place;
    if (is_first)
        judging->first_of[place] = here;
    else
        judging->next_of[judging->last_of[place]] = here + 1;
    judging->last_of[place] = here;
    return true;
}

/* Room for all families of all runs, each of which may be one of its own. */
static bool prepare(struct judging *judging)
{
    const struct evd_night_of_job *night = judging->night;
    size_t count = 0;
    judging->first_place = malloc((night->outcome_count + 1) * sizeof *judging->first_place);
    if (judging->first_place == NULL)
        return false;
    for (size_t i = 0; i < night->outcome_count; i++) {
        judging->first_place[i] = count;
        count += night->outcomes[i]->family_count;
    }
    judging->first_place[night->outcome_count] = count;
    judging->places = malloc((count + 1) * sizeof *judging->places);
    judging->is_explained = calloc(count + 1, sizeof *judging->is_explained);
    judging->last_run = calloc(count + 1, sizeof *judging->last_run);
    judging->first_of = malloc((count + 1) * sizeof *judging->first_of);
    judging->last_of = malloc((count + 1) * sizeof *judging->last_of);
    judging->next_of = calloc(count + 1, sizeof *judging->next_of);
    judging->root_of = calloc(count + 1, sizeof *judging->root_of);
    judging->divergences = calloc(night->outcome_count + 1, sizeof *judging->divergences);
    judging->passages = calloc(night->outcome_count + 1, sizeof *judging->passages);
    for (size_t i = 0; judging->passages != NULL && i < night->outcome_count; i++)
        judging->passages[i].outcome = night->outcomes[i];
    judging->judgement->families = evd_arena_array(judging->arena, count, sizeof *judging->judgement->families);
    return judging->places != NULL && judging->is_explained != NULL && judging->last_run != NULL &&
           judging->first_of != NULL && judging->last_of != NULL && judging->next_of != NULL &&
           judging->root_of != NULL && judging->divergences != NULL && judging->passages != NULL &&
           judging->judgement->families != NULL;
}

static bool gather(struct judging *judging)
{
    for (size_t i = 0; i < judging->night->outcome_count; i++) {
        const struct evd_outcome *outcome = judging->night->outcomes[i];
        judging->judgement->is_conclusive |= evd_is_conclusive(outcome);
        for (size_t j = 0; j < outcome->family_count; j++)
            if (!take_family(judging, i, j))
                return false;
    }
    return true;
}

static const struct evd_ledger_entry *find_entry(const struct judging *judging, const struct evd_ledger_key *key)
{
    return judging->ledger != NULL ? evd_ledger_find(judging->ledger, key, judging->night->job) : NULL;
}

static bool is_expired(const struct judging *judging, const struct evd_ledger_entry *entry)
{
    return entry->until != 0 && judging->night->today > entry->until;
}

/* The line in force for its words in the job, of which nothing occurs tonight. */
static bool is_idle(const struct judging *judging, const struct evd_ledger_entry *entry)
{
    return evd_ledger_job_matches(entry->job, judging->night->job) && find_entry(judging, &entry->key) == entry &&
           find_judged(judging, &entry->key) == SIZE_MAX;
}

/* Where a line's family was last; NULL: not known of this canary. */
static const struct evd_canary_place *place_of(const struct judging *judging, const struct evd_ledger_entry *entry)
{
    const struct evd_past_family *past = find_past(judging, &entry->key);
    return past != NULL && past->has_place && !judging->night->has_other_canary ? &past->place : NULL;
}

static const struct evd_ledger_entry *find_idle_like(const struct judging *judging, const struct evd_ledger_key *key)
{
    size_t index;
    for (size_t cursor = evd_ledger_table_begin_hash(&judging->idle_like, evd_hash_of_call(key));
         evd_ledger_table_next(&judging->idle_like, &cursor, &index);)
        if (evd_are_keys_alike(&judging->idle_like_lines[index]->key, key))
            return judging->idle_like_lines[index];
    return NULL;
}

static const struct evd_ledger_entry *find_idle_at(const struct judging *judging, const struct evd_canary_place *place)
{
    size_t index;
    for (size_t cursor = evd_ledger_table_begin_hash(&judging->idle_at, evd_hash_of_place(place));
         evd_ledger_table_next(&judging->idle_at, &cursor, &index);) {
        const struct evd_canary_place *there = place_of(judging, judging->idle_at_lines[index]);
        if (there->tid == place->tid && there->tid_event_idx == place->tid_event_idx &&
            there->is_between == place->is_between)
            return judging->idle_at_lines[index];
    }
    return NULL;
}

static bool gather_lines(struct judging *judging)
{
    struct evd_judgement *judgement = judging->judgement;
    const size_t count = judging->ledger != NULL ? judging->ledger->entry_count : 0;
    judgement->lines = evd_arena_array(judging->arena, count, sizeof *judgement->lines);
    if (judgement->lines == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_idle(judging, &judging->ledger->entries[i]))
            judgement->lines[judgement->line_count++] = (struct evd_judged_line){.entry = &judging->ledger->entries[i]};
    return true;
}

/* Of lines alike only the first is taken. */
static bool list_idle(struct judging *judging)
{
    const size_t count = judging->judgement->line_count;
    judging->idle_like_lines = malloc((count + 1) * sizeof *judging->idle_like_lines);
    judging->idle_at_lines = malloc((count + 1) * sizeof *judging->idle_at_lines);
    if (judging->idle_like_lines == NULL || judging->idle_at_lines == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct evd_ledger_entry *entry = judging->judgement->lines[i].entry;
        if (entry->state == EVD_LEDGER_FIXED)
            continue;
        if (find_idle_like(judging, &entry->key) == NULL) {
            judging->idle_like_lines[judging->idle_like_count] = entry;
            if (!evd_ledger_table_add_hash(
                    &judging->idle_like, evd_hash_of_call(&entry->key), judging->idle_like_count++))
                return false;
        }
        const struct evd_canary_place *place = place_of(judging, entry);
        if (place != NULL && find_idle_at(judging, place) == NULL) {
            judging->idle_at_lines[judging->idle_at_count] = entry;
            if (!evd_ledger_table_add_hash(&judging->idle_at, evd_hash_of_place(place), judging->idle_at_count++))
                return false;
        }
    }
    return true;
}

/* The first idle line that could be meant: one of the same call with other events before, else one at the same place. */
static const struct evd_ledger_entry *find_moved(const struct judging *judging, const struct evd_judged_family *judged)
{
    const struct evd_ledger_key key = evd_ledger_key_of(family_of(judging, judged));
    const struct evd_ledger_entry *like = find_idle_like(judging, &key);
    if (like != NULL)
        return like;
    const struct evd_canary_place place =
        evd_place_of_family(judging->night->outcomes[judged->run], family_of(judging, judged));
    return find_idle_at(judging, &place);
}

static uint64_t or_default(uint64_t number, uint64_t standard)
{
    return number != 0 ? number : standard;
}

static bool is_confirmed(const struct judging *judging, const struct evd_judged_family *judged)
{
    const struct evd_night_of_job *night = judging->night;
    const struct evd_ledger_key key = evd_ledger_key_of(family_of(judging, judged));
    const struct evd_past_family *past = find_past(judging, &key);
    const uint64_t nights = past != NULL ? past->root_nights : 0;
    return (night->outcome_count > 1 && judged->run_count == night->outcome_count) ||
           nights >= or_default(night->confirm, EVD_CONFIRM_NIGHTS) - 1;
}

static bool list_places(struct judging *judging, size_t run)
{
    struct evd_places *divergences = &judging->divergences[run];
    return divergences->first != NULL || evd_places_find(divergences, judging->night->outcomes[run]);
}

static bool judge_listed(struct judging *judging, size_t index)
{
    struct evd_judged_family *judged = &judging->judgement->families[index];
    const struct evd_ledger_entry *entry = judged->entry;
    const struct evd_past_family *past = find_past(judging, &entry->key);
    size_t run = 0;
    for (size_t place = judging->first_of[index] + 1; place != 0; place = judging->next_of[place - 1]) {
        while (judging->first_place[run + 1] < place)
            run++;
        if (!list_places(judging, run) || !evd_find_family_news(judging->night, run, &judging->divergences[run],
                                                                place - 1 - judging->first_place[run], past, judged))
            return false;
    }
    if (entry->state == EVD_LEDGER_FIXED)
        judged->standing = EVD_STANDING_REGRESSED;
    else if (is_expired(judging, entry))
        judged->standing = EVD_STANDING_EXPIRED;
    else if (judged->news == EVD_FAMILY_NEWS_FAILURE)
        judged->standing = EVD_STANDING_NEW;
    else
        judged->standing =
            judged->news != EVD_FAMILY_NEWS_NONE ? EVD_STANDING_GROWN : evd_standing_of_state(entry->state);
    return true;
}

/* The root family that a family of a run ends up at. What is on the way to it is remembered. */
static size_t find_root(struct judging *judging, size_t run, size_t family)
{
    const struct evd_family *families = judging->night->outcomes[run]->families;
    size_t *roots = judging->root_of + judging->first_place[run];
    size_t root = family;
    while (!families[root].is_root && roots[root] == 0)
        root = families[root].follows;
    root = families[root].is_root ? root : roots[root] - 1;
    for (; family != root && roots[family] == 0; family = families[family].follows)
        roots[family] = root + 1;
    return root;
}

static void judge_unlisted(struct judging *judging, struct evd_judged_family *judged)
{
    if (!judged->is_root) {
        const size_t root = find_root(judging, judged->run, judged->family);
        judged->standing = EVD_STANDING_FOLLOWER;
        judged->follows = judging->places[judging->first_place[judged->run] + root];
        return;
    }
    judged->moved_from = find_moved(judging, judged);
    if (!is_confirmed(judging, judged))
        judged->standing = EVD_STANDING_UNCONFIRMED;
    else
        judged->standing = judged->moved_from != NULL ? EVD_STANDING_MOVED : EVD_STANDING_NEW;
}

/* What follows from a listed family is told by nobody. Where earlier nights had that one, and not this, it is news: of a call that
 * fails on one side only its own, else of the listed one, unless that is noise, which something else may follow from every night. */
static bool judge_follower(struct judging *judging, struct evd_judged_family *judged)
{
    struct evd_judged_family *root = &judging->judgement->families[judged->follows];
    const struct evd_ledger_key key = evd_ledger_key_of(family_of(judging, judged)),
                                root_key = evd_ledger_key_of(family_of(judging, root));
    if (root->entry == NULL || judging->night->has_other_canary || find_past(judging, &root_key) == NULL ||
        find_past(judging, &key) != NULL)
        return true;
    if (!list_places(judging, judged->run))
        return false;
    if (evd_has_news_of_failure(
            judging->night->outcomes[judged->run], &judging->divergences[judged->run], judged->family)) {
        judged->standing = is_confirmed(judging, judged) ? EVD_STANDING_NEW : EVD_STANDING_UNCONFIRMED;
        judged->follows = SIZE_MAX;
    } else if (root->standing == EVD_STANDING_KNOWN || root->standing == EVD_STANDING_FLAKY) {
        const struct evd_family *family = family_of(judging, judged);
        root->standing = EVD_STANDING_GROWN;
        root->news = EVD_FAMILY_NEWS_FOLLOWER;
        root->news_run = judged->run;
        root->news_pair = family->first_pair;
        root->news_divergence = family->first_divergence;
    }
    return true;
}

static bool judge_families(struct judging *judging)
{
    struct evd_judgement *judgement = judging->judgement;
    for (size_t i = 0; i < judgement->family_count; i++) {
        struct evd_judged_family *judged = &judgement->families[i];
        const struct evd_ledger_key key = evd_ledger_key_of(family_of(judging, judged));
        judged->entry = find_entry(judging, &key);
        if (judging->is_explained[i])
            judged->standing = EVD_STANDING_NOISE;
        else if (judged->entry == NULL)
            judge_unlisted(judging, judged);
        else if (!judge_listed(judging, i))
            return false;
    }
    for (size_t i = 0; i < judgement->family_count; i++)
        if (judgement->families[i].standing == EVD_STANDING_FOLLOWER &&
            !judge_follower(judging, &judgement->families[i]))
            return false;
    for (size_t i = 0; i < judgement->family_count; i++) {
        struct evd_judged_family *judged = &judgement->families[i];
        judged->fails = evd_standing_fails(judged->standing);
        judgement->fails |= judged->fails;
        judgement->counts[judged->standing]++;
    }
    return true;
}

static void judge_passed(const struct judging *judging, struct evd_judged_line *line)
{
    const uint64_t nights = find_past(judging, &line->entry->key)->passed_nights;
    const enum evd_ledger_state state = line->entry->state;
    line->was_passed = true;
    if (state == EVD_LEDGER_KNOWN) {
        line->standing = EVD_STANDING_FIXED_MAYBE;
        line->is_confirmed = nights >= or_default(judging->night->fixed_nights, EVD_FIXED_NIGHTS) - 1;
    } else if (state != EVD_LEDGER_FIXED && nights >= or_default(judging->night->stale_nights, EVD_STALE_NIGHTS) - 1) {
        line->standing = EVD_STANDING_STALE;
    }
}

static bool judge_line(const struct judging *judging, struct evd_judged_line *line)
{
    const struct evd_canary_place *place = place_of(judging, line->entry);
    line->standing = EVD_STANDING_ABSENT;
    line->masked_by = SIZE_MAX;
    line->is_expired = is_expired(judging, line->entry);
    line->has_place = place != NULL;
    if (place != NULL) {
        line->place = *place;
        const struct evd_divergence *by;
        enum evd_passage passage;
        if (!evd_passage_of_all(judging->passages, judging->night->outcome_count, *place, &passage, &line->masked_run,
                                &by))
            return false;
        switch (passage) {
        case EVD_PASSED: judge_passed(judging, line); return true;
        case EVD_DIVERGED_AT:
            line->standing = EVD_STANDING_MASKED;
            line->masked_by = judging->places[judging->first_place[line->masked_run] + by->family];
            return true;
        case EVD_NOT_REACHED: line->standing = EVD_STANDING_NOT_REACHED; return true;
        }
    }
    if (!judging->judgement->is_conclusive)
        line->standing = EVD_STANDING_NOT_REACHED;
    return true;
}

static bool judge_lines(const struct judging *judging)
{
    struct evd_judgement *judgement = judging->judgement;
    for (size_t i = 0; i < judgement->line_count; i++) {
        if (!judge_line(judging, &judgement->lines[i]))
            return false;
        judgement->counts[judgement->lines[i].standing]++;
    }
    return true;
}

enum evd_status evd_judge(const struct evd_ledger *ledger, const struct evd_night_of_job *night,
                          struct evd_judgement **judgement, struct evd_error *error)
{
    *judgement = NULL;
    for (size_t i = 0; i < night->outcome_count; i++)
        if (evd_is_conclusive(night->outcomes[i]) && !night->outcomes[i]->has_resync)
            return evd_fail(error, EVD_E_ARGUMENT,
                            "the outcome has no families, as it was made without looking for all divergences");
    struct evd_owned_judgement *owned = calloc(1, sizeof *owned);
    if (owned == NULL)
        return evd_fail_memory(error);
    struct judging judging = {.ledger = ledger, .night = night, .judgement = &owned->judgement, .arena = &owned->arena};
    const bool is_done = prepare(&judging) && take_past(&judging) && gather(&judging) && gather_lines(&judging) &&
                         list_idle(&judging) && judge_families(&judging) && judge_lines(&judging);
    evd_ledger_table_release(&judging.table);
    evd_ledger_table_release(&judging.past);
    evd_ledger_table_release(&judging.idle_like);
    evd_ledger_table_release(&judging.idle_at);
    free(judging.idle_like_lines);
    free(judging.idle_at_lines);
    free(judging.places);
    free(judging.first_place);
    free(judging.is_explained);
    free(judging.last_run);
    free(judging.first_of);
    free(judging.last_of);
    free(judging.next_of);
    free(judging.root_of);
    for (size_t i = 0; i < night->outcome_count; i++) {
        if (judging.divergences != NULL)
            evd_places_release(&judging.divergences[i]);
        if (judging.passages != NULL)
            evd_passages_release(&judging.passages[i]);
    }
    free(judging.divergences);
    free(judging.passages);
    if (is_done) {
        *judgement = &owned->judgement;
        return EVD_OK;
    }
    evd_judgement_free(&owned->judgement);
    return evd_fail_memory(error);
}

void evd_judgement_free(struct evd_judgement *judgement)
{
    struct evd_owned_judgement *owned = (struct evd_owned_judgement *)judgement;
    if (owned == NULL)
        return;
    evd_arena_release(&owned->arena);
    free(owned);
}
