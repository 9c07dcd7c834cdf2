/* evdiff known learn: all families of saved outcomes come into a ledger's file. */
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "places.h"

/* What is learnt into a file. Families that are listed in another state are left as they are: a bug that is known is no noise. */
struct learning {
    const struct known_request *request;
    struct evd_ledger_file *file;
    struct evd_ledger_entry *others; /* the file's in another state, for jobs that are meant; by signature */
    size_t other_count;
    uint64_t *left; /* signatures of families that were left, as often as they were */
    size_t left_count, left_capacity;
    bool has_failed; /* after a message */
};

static int by_entry_signature(const void *a, const void *b)
{
    const uint64_t left = ((const struct evd_ledger_entry *)a)->signature,
                   right = ((const struct evd_ledger_entry *)b)->signature;
    return (left > right) - (left < right);
}

/* Whether one pattern of jobs is for all that another one is for. */
static bool is_within(struct evd_text a, struct evd_text b)
{
    return evd_ledger_job_matches(a, b) || evd_ledger_job_matches(b, a);
}

static bool list_others(struct learning *learning)
{
    size_t count;
    const struct evd_ledger_entry *entries = evd_ledger_file_entries(learning->file, &count);
    const struct evd_text job = known_job(learning->request);
    learning->others = calloc(count + 1, sizeof *learning->others);
    if (entries == NULL || learning->others == NULL) {
        cli_report_no_memory();
        return false;
    }
    for (size_t i = 0; i < count; i++)
        if (entries[i].state != learning->request->state && is_within(entries[i].job, job))
            learning->others[learning->other_count++] = entries[i];
    qsort(learning->others, learning->other_count, sizeof *learning->others, by_entry_signature);
    return true;
}

static bool is_listed_otherwise(const struct learning *learning, const struct evd_ledger_key *key,
                                const struct evd_night_outcome *outcome)
{
    const uint64_t signature = evd_ledger_signature(key);
    size_t low = 0, high = learning->other_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (learning->others[middle].signature < signature)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < learning->other_count && learning->others[low].signature == signature; low++)
        if (evd_ledger_keys_equal(&learning->others[low].key, key))
            return true;
    if (outcome->ledger == NULL)
        return false;
    const struct evd_text job = {outcome->job, strlen(outcome->job)};
    const struct evd_ledger_entry *entry = evd_ledger_find(outcome->ledger, key, job);
    return entry != NULL && entry->state != learning->request->state;
}

/* False after a message. */
static bool leave(struct learning *learning, uint64_t signature)
{
    if (learning->left_count == learning->left_capacity) {
        const size_t capacity = learning->left_capacity > 0 ? 2 * learning->left_capacity : 64;
        uint64_t *left = reallocarray(learning->left, capacity, sizeof *left);
        if (left == NULL) {
            cli_report_no_memory();
            return false;
        }
        learning->left = left;
        learning->left_capacity = capacity;
    }
    learning->left[learning->left_count++] = signature;
    return true;
}

/* Puts in all families of an outcome. */
static bool learn_outcome(void *context, const struct evd_night_outcome *outcome)
{
    struct learning *learning = context;
    struct known_source source = {NULL, NULL, NULL, NULL};
    char *copy = strdup(outcome->path);
    bool is_done = copy != NULL;
    if (copy == NULL)
        cli_report_no_memory();
    is_done = is_done && known_source_read(&source, copy);
    for (size_t i = 0; is_done && i < source.outcome->family_count; i++) {
        const struct evd_ledger_key key = evd_ledger_key_of(&source.outcome->families[i]);
        is_done = is_listed_otherwise(learning, &key, outcome)
                      ? leave(learning, source.outcome->families[i].signature)
                      : known_source_put(learning->request, learning->file, &source, i);
    }
    known_source_release(&source);
    learning->has_failed |= !is_done;
    return is_done;
}

/* The same of all outcomes of a night. */
static bool learn_night(struct learning *learning, const char *folder)
{
    size_t left = 0;
    struct known_night *night = known_night_open(folder);
    const bool is_done =
        night != NULL && known_night_outcomes(night, learn_outcome, learning, &left) && !learning->has_failed;
    known_night_close(night);
    if (is_done && left > 0)
        cli_say("%s: nothing is learnt of %zu job%s without a conclusive outcome", folder, left, cli_plural(left));
    return is_done;
}

static bool learn_all(struct learning *learning)
{
    const struct known_request *request = learning->request;
    for (size_t i = 0; i < request->operand_count; i++) {
        const struct evd_night_outcome alone = {request->operands[i], "", NULL};
        if (!(cli_is_folder(alone.path) ? learn_night(learning, alone.path) : learn_outcome(learning, &alone)))
            return false;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static void say_left(struct learning *learning)
{
    size_t families = 0;
    if (learning->left_count == 0)
        return;
    qsort(learning->left, learning->left_count, sizeof *learning->left, by_number);
    for (size_t i = 0; i < learning->left_count; i++)
        families += i == 0 || learning->left[i] != learning->left[i - 1];
    cli_say("%zu %s listed in another state than %s, and left as %s", families,
            families == 1 ? "family is" : "families are", evd_ledger_state_name(learning->request->state),
            families == 1 ? "it is" : "they are");
}

int known_learn(const struct known_request *request)
{
    struct known_edit *edit = known_edit_open(request, request->file, true, false);
    if (edit == NULL)
        return EXIT_TROUBLE;
    struct learning learning = {.request = request, .file = known_edit_file(edit)};
    int code = EXIT_TROUBLE;
    if (list_others(&learning) && learn_all(&learning)) {
        code = known_edit_commit(edit, true);
        if (code == EXIT_DONE)
            say_left(&learning);
    } else {
        known_edit_discard(edit);
    }
    free(learning.others);
    free(learning.left);
    return code;
}
