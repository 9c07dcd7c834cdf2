/* Where families come from: an outcome that was saved, and how one of its families is put into a ledger's file. */
#include <stdlib.h>
#include <string.h>

#include "known.h"

void known_source_release(struct known_source *source)
{
    free(source->path);
    evd_outcome_free(source->outcome);
    free(source->fails);
    free(source->by_signature);
    *source = (struct known_source){NULL, NULL, NULL, NULL};
}

static int by_signature(const void *a, const void *b, void *context)
{
    const struct evd_family *families = context;
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const uint64_t first = families[left].signature, second = families[right].signature;
    return first != second ? (first > second) - (first < second) : (left > right) - (left < right);
}

/* Goes over all divergences once. */
static bool list_families(struct known_source *source)
{
    const struct evd_outcome *outcome = source->outcome;
    source->fails = calloc(outcome->family_count + 1, sizeof *source->fails);
    source->by_signature = calloc(outcome->family_count + 1, sizeof *source->by_signature);
    if (source->fails == NULL || source->by_signature == NULL)
        return false;
    for (size_t i = 0; outcome->family_count > 0 && i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            const struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            if (divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS])
                source->fails[divergence->family][divergence->fails[EVD_CANARY] ? EVD_CANARY : EVD_OURS] = true;
        }
    for (size_t i = 0; i < outcome->family_count; i++)
        source->by_signature[i] = i;
    if (outcome->family_count > 0)
        qsort_r(source->by_signature, outcome->family_count, sizeof *source->by_signature, by_signature,
                outcome->families);
    return true;
}

bool known_source_read(struct known_source *source, char *path)
{
    struct evd_error error;
    *source = (struct known_source){.path = path};
    if (evd_saved_read(path, &source->outcome, &error) != EVD_OK) {
        cli_report_error(&error);
        return false;
    }
    if (list_families(source))
        return true;
    cli_report_no_memory();
    return false;
}

struct evd_text known_job(const struct known_request *request)
{
    return request->given & KNOWN_JOB ? request->job : (struct evd_text){"*", 1};
}

bool known_source_put(const struct known_request *request, struct evd_ledger_file *file,
                      const struct known_source *source, size_t family)
{
    const struct evd_ledger_key key = evd_ledger_key_of(&source->outcome->families[family]);
    const struct evd_text job = known_job(request);
    const struct evd_ledger_entry *present = evd_ledger_file_find_entry(file, &key, job);
    struct evd_ledger_entry entry = {.bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
    struct evd_error error;
    if (present != NULL)
        entry = *present;
    entry.key = key;
    entry.job = job;
    entry.state = request->state;
    if (request->given & KNOWN_BUG)
        entry.bug = request->bug;
    if (request->given & KNOWN_OWNER)
        entry.owner = request->owner;
    if (request->given & KNOWN_REASON)
        entry.reason = request->reason;
    if (request->given & KNOWN_UNTIL)
        entry.until = request->until;
    /* A call of the family that fails on one side only is seen by whoever lists it. */
    for (int side = 0; side < EVD_SIDES; side++)
        entry.fails[side] |= source->fails[family][side];
    if (evd_ledger_file_put(file, &entry, NULL, &error) == EVD_OK)
        return true;
    cli_report_error(&error);
    return false;
}
