/* An error names what contradicts itself by its index in the document, as members do; the document has one family and one
 * divergence a line. */
#include "saved/check.h"

#include <stdlib.h>

#include "outcome/causes.h"
#include "outcome/outcome.h"

static bool refuse(struct evd_saved_reader *reader, size_t index, const char *list, const char *reason)
{
    return evd_saved_refuse(reader, 0, "%s[%zu]: %s", list, index, reason);
}

static const struct evd_divergence *find(const struct evd_outcome *outcome, size_t pair, size_t divergence)
{
    return pair < outcome->pair_count && divergence < outcome->pairs[pair].divergence_count
               ? &outcome->pairs[pair].divergences[divergence]
               : NULL;
}

static bool is_of_family(const struct evd_outcome *outcome, size_t pair, size_t divergence, size_t family)
{
    const struct evd_divergence *found = find(outcome, pair, divergence);
    return found != NULL && found->family == family;
}

static bool check_divergence(struct evd_saved_reader *reader, size_t pair, const struct evd_divergence *divergence)
{
    const struct evd_outcome *outcome = reader->outcome;
    if (divergence->family >= outcome->family_count)
        return refuse(reader, pair, "pairs", "a divergence is of a family that is not there");
    if (divergence->class_ != outcome->families[divergence->family].class_)
        return refuse(reader, pair, "pairs", "a divergence is not of its family's class");
    const bool is_value = divergence->class_ == EVD_CLASS_VALUE;
    if (is_value != (divergence->value != NULL))
        return refuse(reader, pair, "pairs", is_value ? "a divergence has no values" : "a divergence has values");
    if (!is_value && (divergence->fails[EVD_CANARY] || divergence->fails[EVD_OURS] || divergence->has_notes))
        return refuse(reader, pair, "pairs", "a divergence has what only those of values have");
    return true;
}

static bool check_family(struct evd_saved_reader *reader, size_t index, const uint64_t *counts)
{
    const struct evd_outcome *outcome = reader->outcome;
    const struct evd_family *family = &outcome->families[index];
    if (family->count == 0 || family->count != counts[index])
        return refuse(reader, index, "families", "count is not how many divergences it has");
    if (!family->is_root && (family->follows >= outcome->family_count || family->follows == index))
        return refuse(reader, index, "families", "follows what is not there");
    if (!is_of_family(outcome, family->first_pair, family->first_divergence, index))
        return refuse(reader, index, "families", "first is no divergence of it");
    if (family->sample_count == 0)
        return refuse(reader, index, "families", "there are no samples");
    for (size_t i = 0; i < family->sample_count; i++)
        if (!is_of_family(outcome, family->sample_pair[i], family->sample_divergence[i], index))
            return refuse(reader, index, "families", "a sample is no divergence of it");
    if (family->has_suspicion && !is_of_family(outcome, family->suspicion.pair, family->suspicion.divergence, index))
        return refuse(reader, index, "families", "the place of its suspicion is no divergence of it");
    if (family->pair_count == 0)
        return refuse(reader, index, "families", "there are no pairs");
    for (size_t i = 0; i < family->pair_count; i++)
        if (family->pairs[i] >= outcome->pair_count || (i > 0 && family->pairs[i] <= family->pairs[i - 1]))
            return refuse(reader, index, "families", "pairs are not indexes of pairs, ascending");
    return true;
}

/* Fills where the chains of causes end. */
static bool check_causes(struct evd_saved_reader *reader)
{
    struct evd_cause_place circle;
    return evd_roots_find(reader->outcome, &circle) ||
           refuse(reader, circle.pair, "pairs", "a divergence is its own cause");
}

/* A family follows from others in the end, not from itself; so no way along `follows` has more steps than there are families.
 * Each family is gone over once: one from which a root is reached is remembered. */
static bool check_follows(struct evd_saved_reader *reader)
{
    const struct evd_outcome *outcome = reader->outcome;
    size_t *met = evd_saved_items(reader, outcome->family_count, sizeof *met); /* on the way from which family, + 1 */
    if (met == NULL)
        return false;
    for (size_t i = 0; i < outcome->family_count; i++)
        for (size_t at = i; met[at] == 0; at = outcome->families[at].follows) {
            met[at] = i + 1;
            if (outcome->families[at].is_root)
                break;
            if (met[outcome->families[at].follows] == i + 1)
                return refuse(reader, i, "families", "follows from itself");
        }
    return true;
}

/* Those with news first, where there are control runs; roots first. */
static bool check_order(struct evd_saved_reader *reader)
{
    const struct evd_outcome *outcome = reader->outcome;
    int before = 0;
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        const int rank = 2 * (outcome->control_count > 0 && family->news_count == 0) + !family->is_root;
        if (rank < before)
            return refuse(reader, i, "families", "those with news come first, then roots first");
        before = rank;
    }
    return true;
}

static bool check_unpaired(struct evd_saved_reader *reader, int side)
{
    const struct evd_outcome *outcome = reader->outcome;
    for (size_t i = 0; i < outcome->unpaired_count[side]; i++) {
        const struct evd_unpaired *thread = &outcome->unpaired[side][i];
        if (thread->cause != EVD_CAUSE_NONE && find(outcome, thread->cause_pair, thread->cause_divergence) == NULL)
            return refuse(reader, i, "unpaired", "the cause of a thread is not there");
        if (thread->is_cause_creation && (!thread->is_never_created || thread->cause == EVD_CAUSE_NONE))
            return refuse(reader, i, "unpaired", "a thread is lost in a cause that it does not have");
    }
    return true;
}

static bool check_unmet(struct evd_saved_reader *reader)
{
    const struct evd_outcome *outcome = reader->outcome;
    if ((outcome->verdict == EVD_VERDICT_INCONCLUSIVE) != (outcome->unmet_count > 0))
        return evd_saved_refuse(reader, 0, "unmet: an inconclusive outcome has demands that are not met, no other has");
    for (size_t i = 0; i < outcome->unmet_count; i++)
        if ((outcome->unmet[i].demand == EVD_DEMAND_NO_TRUNCATED) == outcome->unmet[i].amount.is_set)
            return refuse(reader, i, "unmet", "a demand is told by a share, a count or a tid, as it needs");
    return true;
}

static bool check_lists(struct evd_saved_reader *reader)
{
    const struct evd_outcome *outcome = reader->outcome;
    if (!outcome->has_resync && outcome->family_count > 0)
        return evd_saved_refuse(reader, 0, "families: there are none without resync");
    for (size_t i = 0; i < outcome->look_count; i++) {
        const size_t family = outcome->looks[i].family;
        if (family >= outcome->family_count || !outcome->families[family].has_suspicion)
            return refuse(reader, i, "looks", "is no family to look at");
    }
    for (size_t i = 1; i < outcome->hint_count; i++)
        if (outcome->hints[i].kind <= outcome->hints[i - 1].kind)
            return refuse(reader, i, "hints", "each hint stands once at most, in the order of their kinds");
    for (size_t i = 0; i < outcome->pair_count; i++)
        if (outcome->pairs[i].first_null != NULL && outcome->pairs[i].marked_null_count == 0)
            return refuse(reader, i, "pairs", "first_null is there without marked_nulls");
    return true;
}

/* The i-th is of the i-th place to look at, which the i-th family has. */
static bool check_quotations(struct evd_saved_reader *reader)
{
    const struct evd_outcome *outcome = reader->outcome;
    for (size_t i = 0; i < outcome->quotation_count; i++) {
        const struct evd_quotation *quotation = &outcome->quotations[i];
        if (i >= outcome->look_count || outcome->looks[i].family != i ||
            !is_of_family(outcome, quotation->pair, quotation->divergence, i))
            return refuse(reader, i, "quotations", "is not of the place to look at that it is beside");
        if ((outcome->families[i].class_ != EVD_CLASS_VALUE && quotation->field_count > 0) ||
            quotation->field_count > EVD_QUOTATION_FIELDS_MAX)
            return refuse(reader, i, "quotations", "has more fields than it may");
    }
    return true;
}

/* What follows from the rest. */
static bool derive(struct evd_saved_reader *reader)
{
    struct evd_outcome *outcome = reader->outcome;
    const bool has_controls = outcome->control_count > 0;
    if (!evd_list_unfired(outcome, reader->arena))
        return evd_saved_refuse_memory(reader);
    for (size_t i = 0; i < outcome->family_count; i++) {
        const struct evd_family *family = &outcome->families[i];
        outcome->root_family_count += family->is_root && (!has_controls || family->news_count > 0);
        outcome->news_family_count += has_controls && family->news_count > 0;
        outcome->news_count += has_controls ? family->news_count : 0;
    }
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++) {
            outcome->unpaired[side][i].is_new &= has_controls;
            outcome->new_unpaired_count += outcome->unpaired[side][i].is_new;
        }
    return true;
}

bool evd_saved_check(struct evd_saved_reader *reader)
{
    const struct evd_outcome *outcome = reader->outcome;
    uint64_t *counts = evd_saved_items(reader, outcome->family_count, 2 * sizeof *counts);
    if (counts == NULL)
        return false;
    uint64_t *news = counts + outcome->family_count;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            const struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            if (!check_divergence(reader, i, divergence))
                return false;
            counts[divergence->family]++;
            news[divergence->family] += divergence->news != EVD_NEWS_NONE;
        }
    for (size_t i = 0; i < outcome->family_count; i++) {
        if (!check_family(reader, i, counts))
            return false;
        if (outcome->families[i].news_count != news[i])
            return refuse(reader, i, "families", "news is not how many of its divergences are new");
    }
    return check_follows(reader) && check_order(reader) && check_lists(reader) && check_quotations(reader) &&
           check_unmet(reader) && check_unpaired(reader, EVD_CANARY) && check_unpaired(reader, EVD_OURS) &&
           check_causes(reader) && derive(reader);
}
