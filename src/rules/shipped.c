/* The rules that are shipped for logs of other programs, by their names. */
#include <string.h>

#include "base/fail.h"
#include "rules/rules.h"

/* As scripts/embed writes them, of the files of these names beside this one. */
#define SHIPPED(symbol)         \
    extern const char symbol[]; \
    extern const size_t symbol##_length;
SHIPPED(evd_rules_chrome_trace)
SHIPPED(evd_rules_eip_3155)
SHIPPED(evd_rules_gem5)
SHIPPED(evd_rules_ndjson)
SHIPPED(evd_rules_spike)
SHIPPED(evd_rules_strace)
SHIPPED(evd_rules_wine_relay)

static const struct shipped {
    const char *name, *path;
    const char *text;
    const size_t *length;
} SHIPPED_RULES[] = {
    {"chrome-trace", "chrome-trace.json (built in)", evd_rules_chrome_trace, &evd_rules_chrome_trace_length},
    {"eip-3155", "eip-3155.json (built in)", evd_rules_eip_3155, &evd_rules_eip_3155_length},
    {"gem5", "gem5.json (built in)", evd_rules_gem5, &evd_rules_gem5_length},
    {"ndjson", "ndjson.json (built in)", evd_rules_ndjson, &evd_rules_ndjson_length},
    {"spike", "spike.json (built in)", evd_rules_spike, &evd_rules_spike_length},
    {"strace", "strace.json (built in)", evd_rules_strace, &evd_rules_strace_length},
    {"wine-relay", "wine-relay.json (built in)", evd_rules_wine_relay, &evd_rules_wine_relay_length},
};
enum { SHIPPED_COUNT = sizeof SHIPPED_RULES / sizeof SHIPPED_RULES[0] };

const char *evd_rules_shipped_name(size_t index)
{
    return index < SHIPPED_COUNT ? SHIPPED_RULES[index].name : NULL;
}

enum evd_status evd_rules_load_shipped(const char *name, const struct evd_rules_options *options,
                                       struct evd_rules **rules, struct evd_error *error)
{
    *rules = NULL;
    for (const struct shipped *shipped = SHIPPED_RULES; shipped < SHIPPED_RULES + SHIPPED_COUNT; shipped++)
        if (strcmp(shipped->name, name) == 0)
            return evd_rules_load_text(shipped->path, shipped->text, *shipped->length, options, rules, error);
    return evd_fail(error, EVD_E_ARGUMENT, "\"%s\" is no name of rules that are shipped", name);
}
