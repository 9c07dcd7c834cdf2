#include "report/tally.h"

enum { ROWS_BEFORE_ABSORBERS = 5 };

static struct evd_tally_row absorber_row(const struct evd_outcome *outcome, size_t absorber)
{
    struct evd_tally_row row = {.what = "by", .absorber = outcome->absorbers[absorber].name, .is_part = true};
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (int side = 0; side < EVD_SIDES; side++)
            row.count[side] += outcome->pairs[i].absorbed_in_all[side][absorber];
    return row;
}

bool evd_tally_row(const struct evd_outcome *outcome, size_t index, struct evd_tally_row *row)
{
    const struct evd_event_counts *c = &outcome->counts[EVD_CANARY], *o = &outcome->counts[EVD_OURS];
    const struct evd_tally_row rows[] = {
        {.what = "all", .count = {outcome->event_count[EVD_CANARY], outcome->event_count[EVD_OURS]}},
        {.what = "compared", .count = {c->matched + c->differing, o->matched + o->differing}},
        {.what = "matched", .is_part = true, .count = {c->matched, o->matched}},
        {.what = "differing", .is_part = true, .count = {c->differing, o->differing}},
        {.what = "absorbed", .count = {c->absorbed, o->absorbed}},
        {.what = "engine-local", .count = {c->engine_local, o->engine_local}},
        {.what = "left over", .count = {c->left_over, o->left_over}},
        {.what = "unpaired", .count = {outcome->unpaired_events[EVD_CANARY], outcome->unpaired_events[EVD_OURS]}},
    };
    const size_t absorbers = outcome->absorber_count;
    if (index >= ROWS_BEFORE_ABSORBERS && index - ROWS_BEFORE_ABSORBERS < absorbers) {
        *row = absorber_row(outcome, index - ROWS_BEFORE_ABSORBERS);
        return true;
    }
    if (index >= ROWS_BEFORE_ABSORBERS)
        index -= absorbers;
    if (index >= sizeof rows / sizeof rows[0])
        return false;
    *row = rows[index];
    return true;
}
