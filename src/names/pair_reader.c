#include "names/pair_reader.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/grow.h"

bool evd_name_pair_reader_init(struct evd_name_pair_reader *reader, const struct evd_rules *rules, bool is_plain)
{
    *reader = (struct evd_name_pair_reader){.reader = {.is_plain = is_plain}};
    return evd_name_reader_init(&reader->reader, rules);
}

void evd_name_pair_reader_release(struct evd_name_pair_reader *reader)
{
    evd_name_reader_release(&reader->reader);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_name_list_release(&reader->names[side]);
}

/* Pairs the names of both sides by their paths. A path that only one side has names no value: 65536 and
 * 65536.0 are equal, and one of them is no name. */
static bool pair_names(const struct evd_name_pair_reader *reader, struct evd_name_use_list *list)
{
    const struct evd_name_list *canary = &reader->names[EVD_CANARY];
    const struct evd_name_list *ours = &reader->names[EVD_OURS];
    for (size_t i = 0; i < canary->count; i++) {
        const struct evd_name *name = &canary->names[i];
        size_t j = i;
        if (j >= ours->count || ours->names[j].path != name->path)
            for (j = 0; j < ours->count && ours->names[j].path != name->path;)
                j++;
        if (j == ours->count)
            continue;
        struct evd_name_use *uses = evd_grow(list->uses, list->count, &list->capacity, sizeof *uses);
        if (uses == NULL)
            return false;
        list->uses = uses;
        uses[list->count++] = (struct evd_name_use){name->rule, name->path, {name->value, ours->names[j].value}};
    }
    return true;
}

enum evd_status evd_name_pair_reader_read(
    struct evd_name_pair_reader *reader, const struct evd_log *const log[EVD_SIDES],
    const struct evd_event *const event[EVD_SIDES], struct evd_name_use_list *list, bool *is_nameless,
    struct evd_error *error)
{
    int64_t unused;
    enum evd_status status = evd_name_reader_read(
        &reader->reader, log[EVD_CANARY], event[EVD_CANARY], &reader->names[EVD_CANARY], &reader->tid_event_idx, error);
    *is_nameless = reader->names[EVD_CANARY].count == 0;
    if (status != EVD_OK || *is_nameless)
        return status;
    status =
        evd_name_reader_read(&reader->reader, log[EVD_OURS], event[EVD_OURS], &reader->names[EVD_OURS], &unused, error);
    if (status == EVD_OK && !pair_names(reader, list))
        status = evd_fail_memory(error);
    return status;
}
