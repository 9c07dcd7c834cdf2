#include "names/stand_in.h"

#include "rules/pattern.h"
#include "json/key.h"

void evd_stand_ins_release(struct evd_stand_ins *known)
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_table_release(&known->names[side]);
}

/* The place of a name's counterpart, which is 0 when it has none; NULL when memory ran out. */
static uint64_t *counterpart(struct evd_stand_ins *known, const struct evd_compare_rule *rule, int side, uint64_t name)
{
    uint64_t *found = evd_table_put(&known->names[side], evd_hash_pair(rule->index, name), 0, NULL);
    known->failed |= found == NULL;
    return found;
}

/* True when two names have stood for each other, or neither was seen; from here on they do. */
static bool stand_for(struct evd_stand_ins *known, const struct evd_compare_rule *rule, const uint64_t name[EVD_SIDES])
{
    bool is_good = true;
    for (int side = 0; side < EVD_SIDES && !known->failed; side++) {
        uint64_t *other = counterpart(known, rule, side, name[side]);
        const uint64_t stood_for = other == NULL ? 0 : *other;
        if (other == NULL || stood_for == name[!side])
            continue;
        is_good = is_good && stood_for == 0;
        *other = name[!side];
        /* What it stood for has no counterpart now. */
        uint64_t *left = stood_for == 0 ? NULL : counterpart(known, rule, !side, stood_for);
        if (left != NULL)
            *left = 0;
    }
    return is_good;
}

uint64_t evd_stand_in_name(uint64_t scope, const struct evd_value *value)
{
    /* No name's hash is 0, which says that there is none. */
    return evd_hash_pair(scope, evd_hash_tree(value)) | 1;
}

uint64_t evd_stand_in_of(const struct evd_stand_ins *known, const struct evd_compare_rule *rule, int side,
                         uint64_t name)
{
    const uint64_t *found = evd_table_get(&known->names[side], evd_hash_pair(rule->index, name));
    return found == NULL ? 0 : *found;
}

bool evd_stand_in_are(struct evd_stand_ins *known, const struct evd_compare_rule *rule, const uint64_t scope[EVD_SIDES],
                      const struct evd_value *canary, const struct evd_value *ours)
{
    const uint64_t names[EVD_SIDES] = {
        evd_stand_in_name(scope[EVD_CANARY], canary), evd_stand_in_name(scope[EVD_OURS], ours)};
    return stand_for(known, rule, names);
}

/* The next part of a text from *at on, which moves behind it; what is before it is `rest`. False when there is none. */
static bool next_part(const struct evd_operation *operation, struct evd_string text, size_t *at,
                      struct evd_string *rest, struct evd_value *part)
{
    const size_t begin = *at;
    size_t length = 0;
    while (*at < text.length && (length = evd_longest_part(operation->parts, operation->part_count, text, *at)) == 0)
        ++*at;
    *rest = (struct evd_string){text.bytes + begin, *at - begin};
    *part = (struct evd_value){.type = EVD_JSON_STRING, .string = {text.bytes + *at, length}};
    *at += length;
    return length > 0;
}

bool evd_stand_in_have_parts(struct evd_stand_ins *known, const struct evd_compare_rule *rule,
                             const uint64_t scope[EVD_SIDES], const struct evd_operation *operation,
                             const struct evd_value *canary, const struct evd_value *ours)
{
    const struct evd_value *value[EVD_SIDES] = {canary, ours};
    size_t at[EVD_SIDES] = {0, 0};
    bool is_good = true;
    for (;;) {
        struct evd_string rest[EVD_SIDES];
        struct evd_value part[EVD_SIDES];
        bool has_part[EVD_SIDES];
        for (int side = 0; side < EVD_SIDES; side++)
            has_part[side] = next_part(operation, value[side]->string, &at[side], &rest[side], &part[side]);
        if (has_part[0] != has_part[1] || !evd_string_equal(rest[0], rest[1]))
            return false;
        if (!has_part[0])
            return is_good;
        is_good = (known == NULL || evd_stand_in_are(known, rule, scope, &part[0], &part[1])) && is_good;
    }
}
