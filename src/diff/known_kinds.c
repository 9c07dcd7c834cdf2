#include "diff/known_kinds.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "rules/pattern.h"
#include "rules/reader.h"
#include "rules/rules.h"

enum { KINDS_MAX = 3, STREAMS_MAX = 8, EVENTS_MAX = 8 };

/* The first kinds of both logs, each once, and which other rules know all of them. */
struct kinds {
    struct evd_shown shown[KINDS_MAX];
    size_t count;
    bool has_more;
    struct evd_other_rules_list others;
    uint64_t known_by; /* a bit each of the first 64 */
};

/* Whether a condition names the kind of an event. One that is about any kind knows none. */
static bool is_asked_for(const struct evd_rules *rules, struct evd_text kind)
{
    for (size_t i = 0; i < rules->asked_kind_count; i++)
        if (!evd_string_equal(rules->asked_kinds[i], evd_string_of("*")) &&
            evd_pattern_fits(rules->asked_kinds[i], (struct evd_string){kind.bytes, kind.length}))
            return true;
    return false;
}

/* Takes in the kind of an event. False: no more are wanted. */
typedef bool kind_function(void *context, struct evd_text kind);

/* Goes through the first events of a log's first threads. */
static enum evd_status each_first_kind(const struct evd_log *log, kind_function *take, void *context,
                                       struct evd_error *error)
{
    for (size_t i = 0; i < log->stream_count && i < STREAMS_MAX; i++) {
        struct evd_events *events;
        struct evd_thread_event event;
        enum evd_status status = evd_events_open(log, log->streams[i].tid, 0, &events, error);
        bool has_event = status == EVD_OK;
        for (int left = EVENTS_MAX; has_event && left > 0; left--) {
            status = evd_events_next(events, &event, &has_event, error);
            if (has_event && !take(context, event.kind))
                left = 0;
        }
        evd_events_close(events);
        if (status != EVD_OK)
            return status;
    }
    return EVD_OK;
}

struct search {
    const struct evd_rules *rules;
    bool is_found;
};

static bool find_asked(void *context, struct evd_text kind)
{
    struct search *search = context;
    search->is_found = is_asked_for(search->rules, kind);
    return !search->is_found;
}

/* A log that can't be read has no such events: who asks reads it again and is told. */
static bool has_asked_kind(const struct evd_log *log)
{
    struct search search = {log->rules, false};
    struct evd_error error;
    if (log->rules->asked_kind_count > 0)
        each_first_kind(log, find_asked, &search, &error);
    return search.is_found;
}

bool evd_knows_no_kind(const struct evd_log *const log[EVD_SIDES])
{
    uint64_t events = 0, known = 0;
    for (int side = 0; side < EVD_SIDES; side++) {
        const size_t uses = evd_rules_use_count(log[side]->rules);
        for (size_t i = 0; i < log[side]->stream_count; i++)
            events += log[side]->streams[i].count;
        for (size_t i = 0; i < uses; i++)
            known += log[side]->kind_uses[i].events;
    }
    return events > 0 && known == 0 && !has_asked_kind(log[EVD_CANARY]) && !has_asked_kind(log[EVD_OURS]);
}

static bool note(void *context, struct evd_text kind)
{
    struct kinds *kinds = context;
    const struct evd_shown shown = evd_shown((struct evd_string){kind.bytes, kind.length});
    for (size_t i = 0; i < kinds->count; i++)
        if (strcmp(kinds->shown[i].text, shown.text) == 0)
            return true;
    for (size_t i = 0; i < kinds->others.count && i < 64; i++)
        if (evd_rules_kind(kinds->others.items[i].rules, kind.bytes, kind.length) == NULL)
            kinds->known_by &= ~((uint64_t)1 << i);
    if (kinds->count < KINDS_MAX)
        kinds->shown[kinds->count++] = shown;
    else
        kinds->has_more = true;
    return true;
}

/* The first of the others that knows all kinds; NULL: none does. */
static const char *find_fitting(const struct kinds *kinds)
{
    for (size_t i = 0; i < kinds->others.count && i < 64; i++)
        if (kinds->known_by >> i & 1)
            return kinds->others.items[i].name;
    return NULL;
}

enum evd_status evd_fail_unknown_kinds(const struct evd_log *const log[EVD_SIDES],
                                       const struct evd_diff_options *options, struct evd_error *error)
{
    const struct evd_shown rules = evd_shown(log[EVD_CANARY]->rules->name);
    struct kinds kinds = {.known_by = UINT64_MAX};
    char seen[KINDS_MAX * (sizeof kinds.shown[0].text + 2)] = "";
    if (options->other_rules != NULL)
        kinds.others = options->other_rules(options->other_rules_context);
    for (int side = 0; side < EVD_SIDES; side++) {
        const enum evd_status status = each_first_kind(log[side], note, &kinds, error);
        if (status != EVD_OK)
            return status;
    }
    for (size_t i = 0, length = 0; i < kinds.count; i++)
        length +=
            (size_t)snprintf(seen + length, sizeof seen - length, "%s%s", i == 0 ? "" : ", ", kinds.shown[i].text);
    const char *fitting = find_fitting(&kinds);
    if (fitting != NULL)
        return evd_fail(error, EVD_E_NO_MAPPING,
                        "no event is of a kind that the rules %s know: they are %s%s; try --rules %s", rules.text, seen,
                        kinds.has_more ? ", ..." : "", fitting);
    return evd_fail(
        error, EVD_E_NO_MAPPING,
        "no event is of a kind that the rules %s know: they are %s%s; name rules for these kinds by --rules, "
        "docs/rules.md says how they are written, or pair threads by what they do with --pair similarity",
        rules.text, seen, kinds.has_more ? ", ..." : "");
}
