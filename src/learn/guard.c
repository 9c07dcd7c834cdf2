#include "learn/guard.h"

#include <inttypes.h>

/* What the rules that count for a field say of failures, all together. */
struct failing {
    size_t rules, with_range, with_values;
    uint64_t at_least, at_most; /* of all their numbers, as they are in 64 bits */
    bool has_text;
};

static void widen(struct failing *all, uint64_t at_least, uint64_t at_most)
{
    all->at_least = at_least < all->at_least ? at_least : all->at_least;
    all->at_most = at_most > all->at_most ? at_most : all->at_most;
}

static void add_rule(struct failing *all, const struct evd_failure_rule *rule)
{
    all->rules++;
    all->with_range += rule->has_range;
    all->with_values += rule->value_count > 0;
    if (rule->has_range)
        widen(all, rule->at_least, rule->at_most);
    for (size_t i = 0; i < rule->value_count; i++) {
        all->has_text |= !rule->values[i].is_number;
        widen(all, (uint64_t)rule->values[i].number, (uint64_t)rule->values[i].number);
    }
}

static bool counts(const struct evd_failing_values *failures, size_t rule)
{
    return (failures->counting[rule / 64] >> rule % 64 & 1) != 0;
}

static void put_values(const struct evd_failing_values *failures, struct evd_buffer *out)
{
    bool is_first = true;
    evd_buffer_string(out, "{\"not\": {\"one_of\": [");
    for (size_t i = 0; i < EVD_KIND_FAILURES_MAX; i++)
        for (size_t k = 0; counts(failures, i) && k < failures->rules[i].value_count; k++) {
            evd_buffer_format(out, "%s%" PRId64, is_first ? "" : ", ", failures->rules[i].values[k].number);
            is_first = false;
        }
    evd_buffer_string(out, "]}}");
}

/* True when no value that differs lies in the range of all failures. */
static bool is_clear(const struct evd_field_facts *field, const struct failing *all)
{
    return !field->has_no_number && (field->most < all->at_least || field->least > all->at_most);
}

bool evd_append_guard(const struct evd_book *book, const struct evd_field_facts *field, struct evd_buffer *out)
{
    const struct evd_failing_values failures = evd_failing_values_of(
        book->rules, (struct evd_text){field->kind.bytes, field->kind.length},
        (struct evd_text){field->call.bytes, field->call.length},
        (struct evd_text){field->member.bytes, field->member.length});
    struct failing all = {.at_least = UINT64_MAX};
    for (size_t i = 0; i < EVD_KIND_FAILURES_MAX; i++)
        if (counts(&failures, i))
            add_rule(&all, &failures.rules[i]);
    const bool is_exact = all.rules == 1 && all.with_values == 0;
    if (all.rules == 0 || all.has_text ||
        (all.with_range > 0 && (all.at_most > INT64_MAX || !(is_exact || is_clear(field, &all)))))
        return false;
    if (out != NULL && all.with_range > 0)
        evd_buffer_format(out, "{\"not\": {\"at_least\": \"0x%" PRIx64 "\", \"at_most\": \"0x%" PRIx64 "\"}}",
                          all.at_least, all.at_most);
    else if (out != NULL)
        put_values(&failures, out);
    return true;
}
