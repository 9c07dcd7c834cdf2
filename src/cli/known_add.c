/* evdiff known add: families of saved outcomes that are named come into a ledger's file. */
#include <stdlib.h>
#include <string.h>

#include "known.h"
#include "places.h"

/* The family whose signature begins so; SIZE_MAX after a message. */
static size_t find_family(const struct known_source *source, const char *digits)
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
static bool take(struct known_source *at_hand, char *path)
{
    if (at_hand->path != NULL && strcmp(at_hand->path, path) == 0) {
        free(path);
        return true;
    }
    known_source_release(at_hand);
    return known_source_read(at_hand, path);
}

/* Those that are named, of an outcome, or of any of a night's. */
static bool put_all_named(const struct known_request *request, struct evd_ledger_file *file,
                          const struct known_night *night)
{
    struct known_source at_hand = {NULL, NULL, NULL, NULL};
    bool is_done = true;
    for (size_t i = 1; is_done && i < request->operand_count; i++) {
        const char *digits = request->operands[i];
        char *path = night != NULL ? known_night_outcome(night, digits) : strdup(request->operands[0]);
        if (path == NULL && night == NULL)
            cli_report_no_memory();
        is_done = path != NULL && take(&at_hand, path);
        const size_t family = is_done ? find_family(&at_hand, digits) : SIZE_MAX;
        is_done = family != SIZE_MAX && known_source_put(request, file, &at_hand, family);
    }
    known_source_release(&at_hand);
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
