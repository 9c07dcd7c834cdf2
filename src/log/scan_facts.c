#include "log/scan_facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

bool evd_log_facts_init(struct evd_log_facts *log, const struct evd_rules *rules)
{
    const size_t size = evd_rules_use_count(rules) * sizeof(struct evd_kind_use);
    log->kind_uses = evd_arena_alloc(&log->arena, size);
    if (log->kind_uses == NULL)
        return false;
    memset(log->kind_uses, 0, size);
    return true;
}

void evd_log_facts_release(struct evd_log_facts *log)
{
    evd_arena_release(&log->arena);
    evd_tids_release(&log->tids);
    evd_table_release(&log->sid_users);
    evd_table_release(&log->floating);
    evd_table_release(&log->kinds);
    free(log->facts);
    free(log->segments);
    free(log->creations);
    free(log->kind_counts);
    *log = (struct evd_log_facts){.kind_uses = NULL};
}

uint32_t evd_log_facts_of(struct evd_log_facts *log, int64_t tid)
{
    const uint32_t count = log->tids.count;
    if (!EVD_MAKE_ROOM(log->facts, count, log->facts_capacity) ||
        !EVD_MAKE_ROOM(log->segments, count, log->segments_capacity))
        return EVD_TIDS_NONE;
    const uint32_t number = evd_tids_put(&log->tids, tid);
    if (number == count && log->tids.count > count) {
        log->facts[number] = (struct evd_tid_facts){.pairing_order = UINT64_MAX};
        log->segments[number] = 0;
    }
    return number;
}

bool evd_log_facts_count(struct evd_log_facts *log, uint32_t number, size_t index, size_t counted_count)
{
    struct evd_tid_facts *facts = &log->facts[number];
    if (facts->counted == NULL) {
        facts->counted = evd_arena_array(&log->arena, counted_count, sizeof *facts->counted);
        if (facts->counted == NULL)
            return false;
        memset(facts->counted, 0, counted_count * sizeof *facts->counted);
    }
    facts->counted[index]++;
    return true;
}

bool evd_log_facts_float(struct evd_log_facts *log, uint64_t sid_hash)
{
    return evd_table_put(&log->floating, sid_hash, 1, NULL) != NULL;
}

bool evd_log_facts_use_sid(struct evd_log_facts *log, int64_t tid, uint64_t sid_hash)
{
    bool is_new;
    const uint64_t *user = evd_table_put(&log->sid_users, sid_hash, (uint64_t)tid, &is_new);
    return user != NULL && (is_new || *user == (uint64_t)tid || evd_log_facts_float(log, sid_hash));
}

bool evd_log_facts_add_creation(struct evd_log_facts *log, uint64_t offset, int64_t tid, uint64_t entry_hash)
{
    if (!EVD_MAKE_ROOM(log->creations, log->creation_count, log->creation_capacity))
        return false;
    log->creations[log->creation_count++] = (struct evd_creation){offset, tid, entry_hash};
    return true;
}

bool evd_log_facts_add_kind(struct evd_log_facts *log, struct evd_string kind)
{
    bool is_new;
    const uint64_t *index = evd_table_put(&log->kinds, evd_hash_string(kind), log->kind_count, &is_new);
    if (index == NULL)
        return false;
    if (is_new) {
        char *copy = evd_arena_alloc(&log->arena, kind.length + 1);
        if (copy == NULL || !EVD_MAKE_ROOM(log->kind_counts, log->kind_count, log->kind_capacity))
            return false;
        memcpy(copy, kind.bytes, kind.length);
        log->kind_counts[log->kind_count++] = (struct evd_kind_count){{copy, kind.length}, 0};
    }
    log->kind_counts[*index].count++;
    return true;
}

void evd_log_facts_add_time(struct evd_log_facts *log, int64_t host_ns)
{
    if (!log->has_time_span || host_ns < log->first_ns)
        log->first_ns = host_ns;
    if (!log->has_time_span || host_ns > log->last_ns)
        log->last_ns = host_ns;
    log->has_time_span = true;
}
