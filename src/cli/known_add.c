/* evdiff known add and learn: families of saved outcomes come into a ledger's file. */
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "places.h"

/* An outcome whose families come in. */
struct source {
    char *path;
    struct evd_outcome *outcome;
    bool (*fails)[EVD_SIDES]; /* of each family: whether one of its calls fails on that side only */
    size_t *by_signature;     /* indexes of the families in the order of their signatures */
};

static void release(struct source *source)
{
    free(source->path);
    evd_outcome_free(source->outcome);
    free(source->fails);
    free(source->by_signature);
    *source = (struct source){NULL, NULL, NULL, NULL};
}

static int by_signature(const void *a, const void *b, void *context)
{
    const struct evd_family *families = context;
    const size_t left = *(const size_t *)a, right = *(const size_t *)b;
    const uint64_t first = families[left].signature, second = families[right].signature;
    return first != second ? (first > second) - (first < second) : (left > right) - (left < right);
}

/* Goes over all divergences once. */
static bool list_families(struct source *source)
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

/* Reads an outcome, whose path is taken over; false after a message. */
static bool read_source(struct source *source, char *path)
{
    struct evd_error error;
    *source = (struct source){.path = path};
    if (evd_saved_read(path, &source->outcome, &error) != EVD_OK) {
        cli_report_error(&error);
        return false;
    }
    if (list_families(source))
        return true;
    cli_report_no_memory();
    return false;
}

static struct evd_text job_of(const struct known_request *request)
{
    return request->given & KNOWN_JOB ? request->job : (struct evd_text){"*", 1};
}

/* Puts a family in. False after a message. */
static bool put(const struct known_request *request, struct evd_ledger_file *file, const struct source *source,
                size_t family)
{
    const struct evd_ledger_key key = evd_ledger_key_of(&source->outcome->families[family]);
    const struct evd_text job = job_of(request);
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

/* The family whose signature begins so; SIZE_MAX after a message. */
static size_t find_family(const struct source *source, const char *digits)
{
    const struct evd_outcome *outcome = source->outcome;
    const unsigned shift = 4 * (16 - (unsigned)strlen(digits));
    const uint64_t first = strtoull(digits, NULL, 16) << shift, last = first | (((uint64_t)1 << shift) - 1);
    size_t low = 0, high = outcome->family_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (outcome->families[source->by_signature[middle]].signature < first)
            low = middle + 1;
        else
            high = middle;
    }
    size_t count = 0;
    while (low + count < outcome->family_count && count < 2 &&
           outcome->families[source->by_signature[low + count]].signature <= last)
        count++;
    if (count == 1)
        return source->by_signature[low];
    if (count == 0)
        cli_say("%s: has no family '%s'", source->path, digits);
    else
        cli_say("%s: '%s' is short for several families; more digits tell which", source->path, digits);
    return SIZE_MAX;
}

static bool is_signature(const char *text)
{
    const size_t digits = strspn(text, "0123456789abcdef");
    return digits > 0 && digits <= 16 && text[digits] == '\0';
}

/* Makes the outcome at a path the one at hand; false after a message. */
static bool take(struct source *at_hand, char *path)
{
    if (at_hand->path != NULL && strcmp(at_hand->path, path) == 0) {
        free(path);
        return true;
    }
    release(at_hand);
    return read_source(at_hand, path);
}

/* Those that are named, of an outcome, or of any of a night's. */
static bool put_all_named(const struct known_request *request, struct evd_ledger_file *file,
                          const struct known_night *night)
{
    struct source at_hand = {NULL, NULL, NULL, NULL};
    bool is_done = true;
    for (size_t i = 1; is_done && i < request->operand_count; i++) {
        const char *digits = request->operands[i];
        char *path = night != NULL ? known_night_outcome(night, digits) : strdup(request->operands[0]);
        if (path == NULL && night == NULL)
            cli_report_no_memory();
        is_done = path != NULL && take(&at_hand, path);
        const size_t family = is_done ? find_family(&at_hand, digits) : SIZE_MAX;
        is_done = family != SIZE_MAX && put(request, file, &at_hand, family);
    }
    release(&at_hand);
    return is_done;
}

int known_add(const struct known_request *request)
{
    struct known_night *night = NULL;
    for (size_t i = 1; i < request->operand_count; i++)
        if (!is_signature(request->operands[i]))
            return cli_usage_error(
                "known", "'%s' is no signature of a family, 1 to 16 digits such as 71fe4af3", request->operands[i]);
    if (cli_is_folder(request->operands[0]) && (night = known_night_open(request->operands[0])) == NULL)
        return EXIT_TROUBLE;
    struct known_edit *edit = known_edit_open(request, request->file, true, false);
    int code = EXIT_TROUBLE;
    if (edit != NULL && put_all_named(request, known_edit_file(edit), night))
        code = known_edit_commit(edit, true);
    else if (edit != NULL)
        known_edit_discard(edit);
    known_night_close(night);
    return code;
}

/* ── learn ── */

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
    const struct evd_text job = job_of(learning->request);
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
    struct source source = {NULL, NULL, NULL, NULL};
    char *copy = strdup(outcome->path);
    bool is_done = copy != NULL;
    if (copy == NULL)
        cli_report_no_memory();
    is_done = is_done && read_source(&source, copy);
    for (size_t i = 0; is_done && i < source.outcome->family_count; i++) {
        const struct evd_ledger_key key = evd_ledger_key_of(&source.outcome->families[i]);
        is_done = is_listed_otherwise(learning, &key, outcome)
                      ? leave(learning, source.outcome->families[i].signature)
                      : put(learning->request, learning->file, &source, i);
    }
    release(&source);
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
