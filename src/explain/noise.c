#include "explain/noise.h"

#include <stdlib.h>

#include "base/grow.h"
#include "explain/value_pair.h"
#include "explain/vary.h"

/* A divergence as it is seen in one direction. */
struct seen {
    uint64_t signature;
    uint64_t thread;  /* hash of the signature, and the thread with its side */
    uint64_t telling; /* hash of the signature, and what the divergence is told from others of its family by */
    bool has_telling;
};

static uint64_t hash_thread(uint64_t signature, enum evd_side side, int64_t tid)
{
    return evd_hash_pair(signature, evd_hash_pair(side, (uint64_t)tid));
}

/* `first`: the side that is canary's in this direction. */
static struct seen see(const struct evd_divergence *divergence, const struct evd_divergence_nature *nature,
                       enum evd_side first, enum evd_side side, int64_t tid)
{
    const uint64_t signature = first == EVD_CANARY ? nature->signature : nature->mirrored;
    struct seen seen = {.signature = signature, .thread = hash_thread(signature, side, tid)};
    seen.has_telling = divergence->value != NULL || nature->run_hash != 0;
    if (seen.has_telling)
        seen.telling = evd_hash_pair(
            signature, divergence->value != NULL ? evd_hash_values(divergence->value, first) : nature->run_hash);
    return seen;
}

static struct evd_known_family *known_family(struct evd_noise *noise, uint64_t signature)
{
    void *families = evd_grow(noise->families, noise->family_count, &noise->family_capacity, sizeof *noise->families);
    if (families == NULL)
        return NULL;
    noise->families = families;
    bool is_new;
    const uint64_t *index = evd_table_put(&noise->by_signature, signature, noise->family_count, &is_new);
    if (index == NULL)
        return NULL;
    if (is_new)
        noise->families[noise->family_count++] = (struct evd_known_family){0};
    return &noise->families[*index];
}

/* Takes what a control has for known; NULL when memory runs out. */
static struct evd_known_family *take(struct evd_noise *noise, unsigned control, const struct seen *seen)
{
    struct evd_known_family *family = known_family(noise, seen->signature);
    uint64_t *in_thread = evd_table_put(&noise->threads, seen->thread, 0, NULL);
    if (family == NULL || in_thread == NULL ||
        (seen->has_telling && evd_table_put(&noise->values, seen->telling, 0, NULL) == NULL))
        return NULL;
    family->controls |= UINT64_C(1) << control;
    *in_thread |= UINT64_C(1) << control;
    return family;
}

static bool learn(struct evd_noise *noise, unsigned control, const struct seen *seen)
{
    struct evd_known_family *family = take(noise, control, seen);
    if (family == NULL)
        return false;
    if (family->direction != noise->directions) {
        family->direction = noise->directions;
        family->count = 0;
    }
    if (++family->count > family->most)
        family->most = family->count;
    return true;
}

/* How far a stream goes on that ends early on the other side. */
static uint64_t left_of(const struct evd_divergence *divergence)
{
    return (uint64_t)evd_run_of(divergence, EVD_CANARY).count + evd_run_of(divergence, EVD_OURS).count;
}

static bool learn_ends(struct evd_noise *noise, enum evd_side side, const struct evd_outcome *outcome)
{
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        for (size_t j = 0; j < pair->divergence_count; j++) {
            if (pair->divergences[j].class_ != EVD_CLASS_TRUNCATED)
                continue;
            uint64_t *most = evd_table_put(&noise->ends, hash_thread(0, side, pair->tid[EVD_CANARY]), 0, NULL);
            if (most == NULL)
                return false;
            const uint64_t left = left_of(&pair->divergences[j]);
            *most = left > *most ? left : *most;
        }
    }
    return true;
}

static bool learn_alone(struct evd_noise *noise, enum evd_side side, const struct evd_outcome *outcome)
{
    for (size_t i = 0; i < outcome->unpaired_count[EVD_CANARY]; i++)
        if (evd_table_put(&noise->alone, hash_thread(0, side, outcome->unpaired[EVD_CANARY][i].tid), 0, NULL) == NULL)
            return false;
    if (outcome->unpaired_count[EVD_OURS] > noise->lacking[side])
        noise->lacking[side] = outcome->unpaired_count[EVD_OURS];
    return true;
}

bool evd_noise_learn(struct evd_noise *noise, unsigned control, enum evd_side side, const struct evd_outcome *outcome,
                     const struct evd_nature_list *natures)
{
    for (int first = 0; first < EVD_SIDES; first++) {
        noise->directions++;
        for (size_t i = 0; i < outcome->pair_count; i++)
            for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
                const struct seen seen = see(&outcome->pairs[i].divergences[j], evd_nature_of(&natures[i], j),
                                             (enum evd_side)first, side, outcome->pairs[i].tid[EVD_CANARY]);
                if (!learn(noise, control, &seen))
                    return false;
            }
    }
    return evd_noisy_places_add(&noise->places, side, outcome, natures) && learn_ends(noise, side, outcome) &&
           learn_alone(noise, side, outcome);
}

static uint64_t hash_field(uint64_t call, struct evd_text field)
{
    return evd_hash_pair(call, evd_hash_string((struct evd_string){field.bytes, field.length}));
}

bool evd_noise_learn_field(struct evd_noise *noise, unsigned control, enum evd_side side,
                           const struct evd_noise_field *field, bool is_beside)
{
    for (int first = 0; is_beside && first < EVD_SIDES; first++) {
        const uint64_t signature = field->signature[first];
        const uint64_t values = evd_hash_values(field->values, (enum evd_side)first);
        const struct seen seen = {
            signature, hash_thread(signature, side, field->tid), evd_hash_pair(signature, values), true};
        struct evd_known_family *family = take(noise, control, &seen);
        if (family == NULL)
            return false;
        /* Beside those that are learnt by evd_noise_learn, in each direction. */
        if (first == EVD_CANARY || signature != field->signature[EVD_CANARY])
            family->most++;
    }
    return evd_table_put(&noise->fields, hash_field(field->call, field->path), 0, NULL) != NULL;
}

bool evd_noise_has_field(const struct evd_noise *noise, uint64_t call, struct evd_text field)
{
    return evd_table_get(&noise->fields, hash_field(call, field)) != NULL;
}

void evd_noise_seal(struct evd_noise *noise)
{
    evd_noisy_places_seal(&noise->places);
}

static const struct evd_known_family *find_family(const struct evd_noise *noise, uint64_t signature)
{
    const uint64_t *index = evd_table_get(&noise->by_signature, signature);
    return index == NULL ? NULL : &noise->families[*index];
}

static uint64_t controls_in_thread(const struct evd_noise *noise, uint64_t signature, const int64_t tid[EVD_SIDES])
{
    uint64_t controls = 0;
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t *found = evd_table_get(&noise->threads, hash_thread(signature, (enum evd_side)side, tid[side]));
        controls |= found == NULL ? 0 : *found;
    }
    return controls;
}

/* That a stream ends early is told by its thread alone: by how far the other goes on there in a control. */
static enum evd_news tell_end(const struct evd_noise *noise, const struct evd_divergence *divergence,
                              const struct evd_known_family *family, const int64_t tid[EVD_SIDES])
{
    uint64_t most = 0;
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t *left = evd_table_get(&noise->ends, hash_thread(0, (enum evd_side)side, tid[side]));
        most = left != NULL && *left > most ? *left : most;
    }
    if (most == 0)
        return family == NULL ? EVD_NEWS_FAMILY : EVD_NEWS_PLACE;
    return left_of(divergence) / EVD_NEWS_TIMES >= most ? EVD_NEWS_OFTEN : EVD_NEWS_NONE;
}

/* `count`: divergences of the family in the diff; `controls`: bits, those that have it in this thread. */
static enum evd_news tell(const struct evd_noise *noise, const struct evd_divergence *divergence,
                          const struct evd_divergence_nature *nature, uint64_t count, const int64_t tid[EVD_SIDES],
                          uint64_t controls)
{
    const struct evd_known_family *family = find_family(noise, nature->signature);
    if (divergence->class_ == EVD_CLASS_TRUNCATED)
        return tell_end(noise, divergence, family, tid);
    const struct seen seen = see(divergence, nature, EVD_CANARY, EVD_CANARY, 0);
    const bool is_unseen = seen.has_telling && evd_table_get(&noise->values, seen.telling) == NULL;
    if (divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS] && (is_unseen || controls == 0))
        return family == NULL ? EVD_NEWS_FAMILY : EVD_NEWS_FAILURE;
    if (divergence->has_noisy_place)
        return EVD_NEWS_NONE;
    if (family == NULL)
        return EVD_NEWS_FAMILY;
    if (is_unseen && controls == 0 && !evd_do_values_vary(divergence))
        return EVD_NEWS_PLACE;
    return count / EVD_NEWS_TIMES >= family->most ? EVD_NEWS_OFTEN : EVD_NEWS_NONE;
}

static void tell_one(const struct evd_noise *noise, const struct evd_pair_outcome *pair, size_t index,
                     const struct evd_divergence_nature *nature, uint64_t count)
{
    struct evd_divergence *divergence = &pair->divergences[index];
    const uint64_t controls = controls_in_thread(noise, nature->signature, pair->tid);
    pair->divergence_controls[index] = controls;
    divergence->has_noisy_place = false;
    for (int side = 0; divergence->class_ != EVD_CLASS_TRUNCATED && side < EVD_SIDES; side++) {
        const struct evd_run run = evd_run_of(divergence, side);
        /* Values that differ there say nothing of other fields and calls. */
        divergence->has_noisy_place |=
            evd_is_noisy_place(&noise->places, (enum evd_side)side, pair->tid[side], run, true) ||
            (controls != 0 && evd_is_noisy_place(&noise->places, (enum evd_side)side, pair->tid[side], run, false));
    }
    divergence->news = tell(noise, divergence, nature, count, pair->tid, controls);
}

static bool count_families(const struct evd_outcome *outcome, const struct evd_nature_list *natures,
                           struct evd_table *counts)
{
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            uint64_t *count = evd_table_put(counts, evd_nature_of(&natures[i], j)->signature, 0, NULL);
            if (count == NULL)
                return false;
            ++*count;
        }
    return true;
}

static void tell_alone(const struct evd_noise *noise, struct evd_outcome *outcome)
{
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++) {
            struct evd_unpaired *thread = &outcome->unpaired[side][i];
            thread->is_new = !noise->is_paired_by_hand && outcome->unpaired_count[side] > noise->lacking[!side] &&
                             evd_table_get(&noise->alone, hash_thread(0, (enum evd_side)side, thread->tid)) == NULL;
            outcome->new_unpaired_count += thread->is_new;
        }
}

bool evd_noise_tell(const struct evd_noise *noise, struct evd_outcome *outcome, const struct evd_nature_list *natures,
                    struct evd_arena *arena)
{
    struct evd_table counts = {0};
    bool is_done = count_families(outcome, natures, &counts);
    outcome->news_count = outcome->new_unpaired_count = 0;
    for (size_t i = 0; is_done && i < outcome->pair_count; i++) {
        struct evd_pair_outcome *pair = &outcome->pairs[i];
        pair->divergence_controls = evd_arena_array(arena, pair->divergence_count, sizeof *pair->divergence_controls);
        is_done = pair->divergence_controls != NULL;
    }
    for (size_t i = 0; is_done && i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            const struct evd_divergence_nature *nature = evd_nature_of(&natures[i], j);
            tell_one(noise, &outcome->pairs[i], j, nature, *evd_table_get(&counts, nature->signature));
            outcome->news_count += outcome->pairs[i].divergences[j].news != EVD_NEWS_NONE;
        }
    tell_alone(noise, outcome);
    evd_table_release(&counts);
    return is_done;
}

uint64_t evd_noise_controls(const struct evd_noise *noise, uint64_t signature)
{
    const struct evd_known_family *family = find_family(noise, signature);
    return family == NULL ? 0 : family->controls;
}

void evd_noise_release(struct evd_noise *noise)
{
    evd_table_release(&noise->by_signature);
    evd_table_release(&noise->threads);
    evd_table_release(&noise->ends);
    evd_table_release(&noise->values);
    evd_table_release(&noise->fields);
    evd_table_release(&noise->alone);
    evd_noisy_places_release(&noise->places);
    free(noise->families);
    *noise = (struct evd_noise){0};
}
