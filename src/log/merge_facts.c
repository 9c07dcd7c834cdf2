#include "log/merge_facts.h"

#include <stdlib.h>
#include <string.h>

/* How many SIDs ahead their places in the table that they are merged into are fetched. */
enum { FETCHED_AHEAD = 16 };

static int by_number(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static bool keep_sids(struct evd_log *log, const struct evd_table *floating)
{
    uint64_t *hashes = evd_arena_array(&log->arena, floating->count + floating->has_zero, sizeof *hashes);
    if (hashes == NULL)
        return false;
    size_t count = 0;
    const struct evd_table_entry *entry;
    for (size_t cursor = 0; (entry = evd_table_next(floating, &cursor)) != NULL;)
        hashes[count++] = entry->key;
    qsort(hashes, count, sizeof *hashes, by_number);
    log->floating = (struct evd_sid_set){hashes, count};
    return true;
}

static size_t sid_count(struct evd_scanner *const *scanners, size_t scanner, size_t log_index)
{
    return scanners[scanner]->logs[log_index].sid_users.count;
}

/* Adds a use of a SID to what `all` has, or sees only whether another thread of `all` uses it too. */
static bool merge_use(struct evd_log_facts *all, const struct evd_table_entry *use, bool is_added)
{
    if (is_added)
        return evd_log_facts_use_sid(all, (int64_t)use->value, use->key);
    const uint64_t *user = evd_table_get(&all->sid_users, use->key);
    return user == NULL || *user == use->value || evd_log_facts_float(all, use->key);
}

/* SIDs float when the recipe yields them or when two tids use them, also two that different workers have seen. What the others have
 * seen is added to what the worker that has seen the most has, but what the last of them has: nobody asks for that any more, and two
 * workers' tables need not grow. */
static bool merge_sids(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    size_t most = 0;
    for (size_t i = 1; i < scanner_count; i++)
        if (sid_count(scanners, i, log_index) > sid_count(scanners, most, log_index))
            most = i;
    const size_t last = most + 1 == scanner_count ? most - 1 : scanner_count - 1;
    struct evd_log_facts *all = &scanners[most]->logs[log_index];
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *facts = &scanners[i]->logs[log_index];
        const struct evd_table_entry *entry;
        if (i == most)
            continue;
        for (size_t cursor = 0; (entry = evd_table_next(&facts->floating, &cursor)) != NULL;)
            if (!evd_log_facts_float(all, entry->key))
                return false;
        size_t ahead = 0;
        for (size_t n = 0; n < FETCHED_AHEAD && (entry = evd_table_next(&facts->sid_users, &ahead)) != NULL; n++)
            evd_table_prefetch(&all->sid_users, entry->key);
        for (size_t cursor = 0; (entry = evd_table_next(&facts->sid_users, &cursor)) != NULL;) {
            if (!merge_use(all, entry, i != last))
                return false;
            if ((entry = evd_table_next(&facts->sid_users, &ahead)) != NULL)
                evd_table_prefetch(&all->sid_users, entry->key);
        }
    }
    return keep_sids(log, &all->floating);
}

static int by_offset(const void *a, const void *b)
{
    const struct evd_creation *left = a, *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

static bool merge_creations(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    size_t count = 0;
    for (size_t i = 0; i < scanner_count; i++)
        count += scanners[i]->logs[log_index].creation_count;
    struct evd_creation *creations = evd_arena_array(&log->arena, count, sizeof *creations);
    if (creations == NULL)
        return false;
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *facts = &scanners[i]->logs[log_index];
        for (size_t j = 0; j < facts->creation_count; j++)
            creations[log->creation_count++] = facts->creations[j];
    }
    qsort(creations, count, sizeof *creations, by_offset);
    log->creations = creations;
    return true;
}

static int by_kind(const void *a, const void *b)
{
    return evd_string_compare(((const struct evd_kind_count *)a)->kind, ((const struct evd_kind_count *)b)->kind);
}

static bool merge_statistics(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    size_t capacity = 0;
    for (size_t i = 0; i < scanner_count; i++)
        capacity += scanners[i]->logs[log_index].kind_count;
    const size_t rule_count = evd_rules_use_count(log->rules);
    log->kind_uses = evd_arena_array(&log->arena, rule_count, sizeof *log->kind_uses);
    if (log->kind_uses == NULL)
        return false;
    memset(log->kind_uses, 0, rule_count * sizeof *log->kind_uses);
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_kind_use *uses = scanners[i]->logs[log_index].kind_uses;
        const struct evd_idx_gaps *gaps = &scanners[i]->logs[log_index].gaps;
        evd_idx_gaps_add(&log->gaps, gaps->count, gaps->missing);
        for (size_t j = 0; j < rule_count; j++) {
            log->kind_uses[j].events += uses[j].events;
            log->kind_uses[j].skipped_fields += uses[j].skipped_fields;
            log->kind_uses[j].canonical += uses[j].canonical;
        }
    }
    log->kinds = evd_arena_array(&log->arena, capacity, sizeof *log->kinds);
    if (log->kinds == NULL)
        return false;
    for (size_t i = 0; i < scanner_count; i++) {
        const struct evd_log_facts *facts = &scanners[i]->logs[log_index];
        for (size_t j = 0; j < facts->kind_count; j++) {
            struct evd_kind_count *kind = &log->kinds[log->kind_count++];
            *kind = facts->kind_counts[j];
            char *copy = evd_arena_alloc(&log->arena, kind->kind.length + 1);
            if (copy == NULL)
                return false;
            memcpy(copy, kind->kind.bytes, kind->kind.length);
            kind->kind.bytes = copy;
        }
        if (!facts->has_time_span)
            continue;
        if (!log->has_time_span || facts->first_ns < log->first_ns)
            log->first_ns = facts->first_ns;
        if (!log->has_time_span || facts->last_ns > log->last_ns)
            log->last_ns = facts->last_ns;
        log->has_time_span = true;
    }
    qsort(log->kinds, log->kind_count, sizeof *log->kinds, by_kind);
    size_t kept = 0;
    for (size_t i = 0; i < log->kind_count; i++) {
        if (kept > 0 && by_kind(&log->kinds[kept - 1], &log->kinds[i]) == 0)
            log->kinds[kept - 1].count += log->kinds[i].count;
        else
            log->kinds[kept++] = log->kinds[i];
    }
    log->kind_count = kept;
    return true;
}

bool evd_merge_facts(struct evd_log *log, struct evd_scanner **scanners, size_t scanner_count, size_t log_index)
{
    return merge_sids(log, scanners, scanner_count, log_index) &&
           merge_statistics(log, scanners, scanner_count, log_index) &&
           merge_creations(log, scanners, scanner_count, log_index);
}
