#include "batch/settings.h"

#include <string.h>

#define PLACE(member) offsetof(struct evd_batch_settings, member)

const struct evd_setting_key evd_setting_keys[] = {
    {"rules", EVD_KIND_FILE, PLACE(rules), "--rules", true},
    {"pair", EVD_KIND_FILE, PLACE(pair), "--pair", true},
    {"tid_map", EVD_KIND_WORD, PLACE(tid_map), "--tid-map", true},
    {"disable_absorber", EVD_KIND_NAMES, PLACE(disable_absorber), "--disable-absorber", true},
    {"keep_allocators", EVD_KIND_FLAG, PLACE(keep_allocators), "--no-canonicalize-allocators", true},
    {"keep_host_heap", EVD_KIND_FLAG, PLACE(keep_host_heap), "--no-canonicalize-host-heap-fields", true},
    {"min_compared", EVD_KIND_AMOUNT, PLACE(min_compared), "--min-compared", true},
    {"max_absorbed", EVD_KIND_AMOUNT, PLACE(max_absorbed), "--max-absorbed", true},
    {"fail_on_truncated", EVD_KIND_FLAG, PLACE(fail_on_truncated), "--fail-on-truncated", true},
    {"from", EVD_KIND_WORD, PLACE(from), "--from", true},
    {"mapping", EVD_KIND_FILE, PLACE(mapping), "--mapping", true},
    {"tolerant", EVD_KIND_FLAG, PLACE(tolerant), "--tolerant", true},
    {"max_unpacked", EVD_KIND_SIZE, PLACE(max_unpacked), "--max-unpacked", false},
    {"memory", EVD_KIND_SIZE, PLACE(memory), "--memory", false},
    {"index", EVD_KIND_WORD, PLACE(index), "--index", false},
    {"known", EVD_KIND_FILES, PLACE(known), NULL, false},
    {"timeout", EVD_KIND_DURATION, PLACE(timeout_seconds), NULL, false},
    {"confirm", EVD_KIND_COUNT, PLACE(confirm), NULL, false},
    {NULL, EVD_KIND_WORD, 0, NULL, false},
};

const struct evd_setting_key *evd_setting_key(const char *name)
{
    for (const struct evd_setting_key *key = evd_setting_keys; key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

static void *member_of(struct evd_batch_settings *settings, const struct evd_setting_key *key)
{
    return (char *)settings + key->offset;
}

const char **evd_setting_text(struct evd_batch_settings *settings, const struct evd_setting_key *key)
{
    return member_of(settings, key);
}

bool *evd_setting_flag(struct evd_batch_settings *settings, const struct evd_setting_key *key)
{
    return member_of(settings, key);
}

uint64_t *evd_setting_number(struct evd_batch_settings *settings, const struct evd_setting_key *key)
{
    return member_of(settings, key);
}

struct evd_batch_list *evd_setting_list(struct evd_batch_settings *settings, const struct evd_setting_key *key)
{
    return member_of(settings, key);
}

bool evd_setting_is_text(const struct evd_setting_key *key)
{
    return key->kind <= EVD_KIND_NAMES;
}

bool evd_setting_is_unset(const struct evd_batch_settings *settings, const struct evd_setting_key *key)
{
    struct evd_batch_settings copy = *settings;
    switch (key->kind) {
    case EVD_KIND_FLAG: return !*evd_setting_flag(&copy, key);
    case EVD_KIND_FILES: return evd_setting_list(&copy, key)->count == 0;
    case EVD_KIND_DURATION:
    case EVD_KIND_COUNT: return *evd_setting_number(&copy, key) == 0;
    default: return *evd_setting_text(&copy, key) == NULL;
    }
}
