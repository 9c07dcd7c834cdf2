/* Fuzzes events beside each other: the input is two logs, one after a line "====". Whatever they hold, the events around any
 * event of any pair are rows that have an event each, in the order of both threads, and can be written as text. */
#include <evdiff/evdiff.h>

#include "demand.h"
#include "memory_log.h"
#include "target.h"
#include "two_logs.h"

enum { PLACES_MAX = 24, WIDTHS = 3 };

static void hold_rows(const struct evd_beside *beside, uint64_t context)
{
    size_t places = 0, rows[EVD_SIDES] = {0, 0};
    demand(beside->row_count > 0);
    for (size_t i = 0; i < beside->row_count; i++) {
        const struct evd_beside_row *row = &beside->rows[i];
        places += row->is_place;
        rows[EVD_CANARY] += row->kind != EVD_BESIDE_OURS;
        rows[EVD_OURS] += row->kind != EVD_BESIDE_CANARY;
        demand(row->kind == EVD_BESIDE_DIFFERS || row->field_count == 0);
    }
    demand(places == 1);
    for (int side = 0; side < EVD_SIDES; side++)
        demand(rows[side] <= 2 * context + 1);
    for (unsigned i = 0; i < WIDTHS; i++) {
        static const unsigned WIDTH[WIDTHS] = {0, 40, 160};
        const struct evd_report_options options = {.width = WIDTH[i]};
        struct evd_buffer text = {0};
        demand(evd_report_beside(beside, &options, append_bytes, &text, NULL) == EVD_OK);
        demand(text.length > 0);
        evd_buffer_release(&text);
    }
}

static void try_places(const struct evd_log *const logs[EVD_SIDES], const struct evd_outcome *outcome)
{
    size_t tried = 0;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        for (size_t j = 0; j < pair->divergence_count && tried < PLACES_MAX; j++)
            for (int side = 0; side < EVD_SIDES; side++, tried++) {
                const uint64_t context = tried % 5;
                struct evd_beside *beside;
                struct evd_error error = {0};
                const enum evd_status status =
                    evd_beside_make(logs, outcome, (enum evd_side)side, pair->tid[side],
                                    evd_run_of(&pair->divergences[j], side).first_idx, context, &beside, &error);
                if (status == EVD_OK)
                    hold_rows(beside, context);
                else
                    demand(beside == NULL && error.message[0] != '\0');
                evd_beside_free(beside);
            }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct evd_rules *rules;
    if (rules == NULL)
        demand(evd_rules_load(NULL, NULL, &rules, NULL) == EVD_OK);
    struct two_logs files;
    const char *paths[EVD_SIDES];
    two_logs_open(&files, data, size, paths);
    const struct evd_read_options reading = {.threads = 1, .is_tolerant = size % 2 == 1};
    const struct evd_diff_options options = {.threads = 1, .pairing = EVD_PAIR_SIMILARITY, .resync = true};
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome = NULL;
    if (evd_logs_open(paths, EVD_SIDES, rules, &reading, logs, NULL, NULL, NULL, NULL) == EVD_OK) {
        if (evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, NULL) == EVD_OK)
            try_places((const struct evd_log *const[EVD_SIDES]){logs[EVD_CANARY], logs[EVD_OURS]}, outcome);
        evd_outcome_free(outcome);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_log_free(logs[side]);
    }
    two_logs_close(&files);
    return 0;
}
