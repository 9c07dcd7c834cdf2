#include "report/describe.h"

#include <inttypes.h>

#include "report/spell.h"

const char *const evd_side_names[EVD_SIDES] = {[EVD_CANARY] = "canary", [EVD_OURS] = "ours"};

void evd_describe_subject(struct evd_buffer *out, const struct evd_family *family)
{
    const struct evd_text parts[] = {family->kind, family->call, family->field};
    const char *separator = "";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].length == 0)
            continue;
        evd_buffer_string(out, separator);
        evd_append_line(out, parts[i]);
        separator = " ";
    }
}

void evd_describe_extent(struct evd_buffer *out, const struct evd_divergence *divergence)
{
    const uint64_t c = divergence->run[EVD_CANARY].count, o = divergence->run[EVD_OURS].count;
    const uint64_t told = c > 0 ? c : o;
    if (divergence->class_ == EVD_CLASS_TRUNCATED)
        evd_buffer_format(out, "%s goes on for ", evd_side_names[c > 0 ? EVD_CANARY : EVD_OURS]);
    evd_buffer_format(out, "%s event%s", evd_grouped(told).text, evd_plural(told));
    if (divergence->class_ == EVD_CLASS_REPLACED)
        evd_buffer_format(out, " by %s", evd_grouped(o).text);
}

void evd_describe_place(struct evd_buffer *out, const struct evd_outcome *outcome, size_t pair,
                        size_t divergence)
{
    const struct evd_pair_outcome *threads = &outcome->pairs[pair];
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_format(out, "%s%s %" PRId64 " [%" PRId64 "]", side ? ", " : "",
                          evd_side_names[side], threads->tid[side],
                          threads->divergences[divergence].run[side].first_idx);
}

void evd_describe_relation(struct evd_buffer *out, const struct evd_family *family)
{
    if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
        evd_buffer_format(out, "ours is canary's %s %s", family->offset < 0 ? "minus" : "plus",
                          evd_grouped(family->offset < 0 ? 0 - (uint64_t)family->offset
                                                         : (uint64_t)family->offset)
                              .text);
    else if (family->relation != EVD_RELATION_NONE)
        evd_buffer_string(out, evd_relation_summary(family->relation));
}

uint64_t evd_divergence_count(const struct evd_outcome *outcome)
{
    uint64_t count = 0;
    for (size_t i = 0; i < outcome->pair_count; i++)
        count += outcome->pairs[i].divergence_count;
    return count;
}
