#include "report/filter.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool evd_filter_is_set(const struct evd_report_filter *filter)
{
    return filter->has_tid || filter->has_since || filter->family != NULL || filter->kind != NULL ||
           filter->call != NULL;
}

/* A name, or how names begin, "Nt*". */
static bool fits(const char *pattern, struct evd_text name)
{
    const size_t length = pattern == NULL ? 0 : strlen(pattern);
    if (pattern == NULL)
        return true;
    if (length > 0 && pattern[length - 1] == '*')
        return name.length >= length - 1 && (length == 1 || memcmp(name.bytes, pattern, length - 1) == 0);
    return name.length == length && (length == 0 || memcmp(name.bytes, pattern, length) == 0);
}

bool evd_begins_family(const char *digits, const struct evd_family *family)
{
    char signature[17];
    snprintf(signature, sizeof signature, "%016" PRIx64, family->signature);
    return strncmp(signature, digits, strlen(digits)) == 0;
}

static bool takes_family(const struct evd_report_filter *filter, const struct evd_family *family)
{
    return (filter->family == NULL || evd_begins_family(filter->family, family)) && fits(filter->kind, family->kind) &&
           fits(filter->call, family->call);
}

static bool is_tid_of(const struct evd_report_filter *filter, const struct evd_pair_outcome *pair)
{
    return !filter->has_tid || pair->tid[EVD_CANARY] == filter->tid || pair->tid[EVD_OURS] == filter->tid;
}

static bool takes_place(const struct evd_report_filter *filter, const struct evd_pair_outcome *pair,
                        const struct evd_divergence *divergence)
{
    return is_tid_of(filter, pair) &&
           (!filter->has_since || evd_run_of(divergence, EVD_CANARY).first_idx >= filter->since);
}

bool evd_filter_takes(const struct evd_report_filter *filter, const struct evd_outcome *outcome, size_t pair,
                      size_t divergence)
{
    const struct evd_divergence *told = &outcome->pairs[pair].divergences[divergence];
    return takes_place(filter, &outcome->pairs[pair], told) && takes_family(filter, &outcome->families[told->family]);
}

bool evd_filter_place(const struct evd_report_filter *filter, const struct evd_outcome *outcome,
                      const struct evd_places *places, size_t index, struct evd_place *place)
{
    const struct evd_family *family = &outcome->families[index];
    size_t count;
    place->pair = family->has_suspicion ? family->suspicion.pair : family->first_pair;
    place->divergence = family->has_suspicion ? family->suspicion.divergence : family->first_divergence;
    if (!takes_family(filter, family))
        return false;
    if (evd_filter_takes(filter, outcome, place->pair, place->divergence))
        return true;
    const struct evd_place *list = evd_places_of(places, index, &count);
    for (size_t i = 0; i < count; i++) {
        const struct evd_pair_outcome *threads = &outcome->pairs[list[i].pair];
        if (takes_place(filter, threads, &threads->divergences[list[i].divergence])) {
            *place = list[i];
            return true;
        }
    }
    return false;
}

bool evd_filter_takes_pair(const struct evd_report_filter *filter, const struct evd_outcome *outcome, size_t pair)
{
    const struct evd_pair_outcome *threads = &outcome->pairs[pair];
    if (!is_tid_of(filter, threads))
        return false;
    if (!filter->has_since && filter->family == NULL && filter->kind == NULL && filter->call == NULL)
        return true;
    for (size_t i = 0; i < threads->divergence_count; i++)
        if (evd_filter_takes(filter, outcome, pair, i))
            return true;
    return false;
}
