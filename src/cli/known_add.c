/* evdiff known add and learn: families of saved outcomes come into a ledger's file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "places.h"

/* A call of the family that fails on one side only is seen by whoever lists it. */
static void add_failures(struct evd_ledger_entry *entry, const struct evd_outcome *outcome, size_t family)
{
    for (size_t i = 0; i < outcome->families[family].pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[outcome->families[family].pairs[i]];
        for (size_t j = 0; j < pair->divergence_count; j++) {
            const struct evd_divergence *divergence = &pair->divergences[j];
            if (divergence->family == family && divergence->fails[EVD_CANARY] != divergence->fails[EVD_OURS])
                entry->fails[divergence->fails[EVD_CANARY] ? EVD_CANARY : EVD_OURS] = true;
        }
    }
}

/* Puts a family in; with `keeps_others` not where its line has another state. False after a message. */
static bool put(const struct known_request *request, struct evd_ledger_file *file, const struct evd_outcome *outcome,
                size_t family, bool keeps_others)
{
    const struct evd_ledger_key key = evd_ledger_key_of(&outcome->families[family]);
    const struct evd_text job = request->given & KNOWN_JOB ? request->job : (struct evd_text){"*", 1};
    const struct evd_ledger_entry *present = evd_ledger_file_find_entry(file, &key, job);
    struct evd_ledger_entry entry = {.bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
    struct evd_error error;
    if (present != NULL && keeps_others && present->state != request->state)
        return true;
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
    add_failures(&entry, outcome, family);
    if (evd_ledger_file_put(file, &entry, NULL, &error) == EVD_OK)
        return true;
    cli_report_error(&error);
    return false;
}

/* The family whose signature begins so; SIZE_MAX after a message. */
static size_t find_family(const struct evd_outcome *outcome, const char *path, const char *digits)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < outcome->family_count; i++) {
        char signature[17];
        snprintf(signature, sizeof signature, "%016" PRIx64, outcome->families[i].signature);
        if (strncmp(signature, digits, strlen(digits)) != 0)
            continue;
        if (found != SIZE_MAX) {
            cli_say("%s: '%s' is short for several families; more digits tell which", path, digits);
            return SIZE_MAX;
        }
        found = i;
    }
    if (found == SIZE_MAX)
        cli_say("%s: has no family '%s'", path, digits);
    return found;
}

static bool is_signature(const char *text)
{
    const size_t digits = strspn(text, "0123456789abcdef");
    return digits > 0 && digits <= 16 && text[digits] == '\0';
}

/* The outcome at a path, which is read unless it is the one at hand; false after a message. */
struct at_hand {
    char *path;
    struct evd_outcome *outcome;
};

static void put_away(struct at_hand *at_hand)
{
    free(at_hand->path);
    evd_outcome_free(at_hand->outcome);
    *at_hand = (struct at_hand){NULL, NULL};
}

static bool take(struct at_hand *at_hand, char *path)
{
    struct evd_error error;
    if (at_hand->path != NULL && strcmp(at_hand->path, path) == 0) {
        free(path);
        return true;
    }
    put_away(at_hand);
    at_hand->path = path;
    return evd_saved_read(path, &at_hand->outcome, &error) == EVD_OK || cli_report_error(&error) == EXIT_DONE;
}

/* Those that are named, of an outcome, or of any of a night's. */
static bool put_all_named(const struct known_request *request, struct evd_ledger_file *file,
                          const struct known_night *night)
{
    struct at_hand at_hand = {NULL, NULL};
    bool is_done = true;
    for (size_t i = 1; is_done && i < request->operand_count; i++) {
        const char *digits = request->operands[i];
        char *path = night != NULL ? known_night_outcome(night, digits) : strdup(request->operands[0]);
        if (path == NULL && night == NULL)
            cli_report_no_memory();
        is_done = path != NULL && take(&at_hand, path);
        const size_t family = is_done ? find_family(at_hand.outcome, at_hand.path, digits) : SIZE_MAX;
        is_done = family != SIZE_MAX && put(request, file, at_hand.outcome, family, false);
    }
    put_away(&at_hand);
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

/* Puts in all families of an outcome. */
static bool put_all(const struct known_request *request, struct evd_ledger_file *file, const char *path)
{
    struct evd_outcome *outcome;
    struct evd_error error;
    if (evd_saved_read(path, &outcome, &error) != EVD_OK) {
        cli_report_error(&error);
        return false;
    }
    bool is_done = true;
    for (size_t i = 0; is_done && i < outcome->family_count; i++)
        is_done = put(request, file, outcome, i, true);
    evd_outcome_free(outcome);
    return is_done;
}

int known_learn(const struct known_request *request)
{
    struct known_edit *edit = known_edit_open(request, request->file, true, false);
    if (edit == NULL)
        return EXIT_TROUBLE;
    for (size_t i = 0; i < request->operand_count; i++)
        if (!put_all(request, known_edit_file(edit), request->operands[i])) {
            known_edit_discard(edit);
            return EXIT_TROUBLE;
        }
    return known_edit_commit(edit, true);
}
