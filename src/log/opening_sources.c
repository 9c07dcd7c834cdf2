#include "log/opening_sources.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/free_memory.h"
#include "log/saved_index.h"
#include "log/skipped.h"

/* Opens a log by its saved index, when it is to be used and fits; else with its text at hand. */
static enum evd_status open_log(struct evd_opening *opening, size_t task, struct evd_error *error)
{
    struct evd_log *log = opening->logs[task];
    const struct evd_read_options *options = opening->options;
    enum evd_status status = evd_source_open_stored(&log->source, log->path, &opening->text_limit, error);
    if (status != EVD_OK)
        return status;
    /* Others unpack other logs meanwhile. */
    log->source.threads = evd_pool_size(opening->pool) / (unsigned)opening->log_count;
    if (options->imports != NULL && options->imports[task] != NULL)
        status = evd_source_import(&log->source, options->imports[task], error);
    if (status != EVD_OK)
        return status;
    log->can_be_saved = log->source.stored != NULL;
    if (log->can_be_saved)
        log->stored = evd_fingerprint_take(&log->source);
    char reason[EVD_PATH_MAX + EVD_MESSAGE_MAX + 2] = "";
    if (options->index != EVD_INDEX_OFF && !options->has_statistics) {
        status = evd_saved_index_open(log, options->index_directory, error);
        if (status != EVD_E_INDEX || options->index == EVD_INDEX_REQUIRE)
            return status;
        snprintf(reason, sizeof reason, "%s: %s", error->path, error->message);
    }
    log->why_not_saved = strdup(reason);
    if (log->why_not_saved == NULL)
        return evd_fail_memory(error);
    status = evd_source_load(&log->source, &opening->text_limit, error);
    if (status == EVD_OK)
        evd_skipped_add_damages(log);
    return status;
}

static enum evd_status open_text(const struct evd_string *text, struct evd_log *log, struct evd_error *error)
{
    log->why_not_saved = strdup("");
    return log->why_not_saved == NULL ? evd_fail_memory(error)
                                      : evd_source_open_text(&log->source, log->path, text->bytes, text->length, error);
}

static void open_source(void *context, size_t task, unsigned worker)
{
    (void)worker;
    struct evd_opening *opening = context;
    struct evd_log *log = opening->logs[task];
    struct evd_error *error = &opening->errors[task];
    opening->statuses[task] =
        opening->texts != NULL ? open_text(&opening->texts[task], log, error) : open_log(opening, task, error);
}

/* Of 5 bytes that are free 3 may become text: the rest is for the index, which takes at most 24 bytes a line of at least 38 on
 * the way. */
enum { FREE_PARTS = 5, TEXT_PARTS = 3 };

/* The memory that may be used and the disk behind it, together. */
static uint64_t free_for_spill(uint64_t memory_bytes)
{
    const uint64_t disk = evd_spill_free();
    return disk > UINT64_MAX - memory_bytes ? UINT64_MAX : disk + memory_bytes;
}

static void set_text_limit(struct evd_opening *opening)
{
    const uint64_t wanted = opening->options->max_unpacked_bytes;
    const bool is_spilling = opening->options->memory_bytes > 0;
    if (is_spilling) {
        opening->spill.most = opening->options->memory_bytes;
        opening->text_limit.spill = &opening->spill;
    }
    opening->text_limit.most = wanted;
    if (wanted > 0)
        return;
    const uint64_t is_free = is_spilling ? free_for_spill(opening->spill.most) : evd_free_memory("");
    opening->text_limit.most = is_free / FREE_PARTS * TEXT_PARTS;
    opening->text_limit.reason = is_spilling ? EVD_LIMIT_SPILL : EVD_LIMIT_MEMORY;
}

/* The first log that is beyond the limit with all before it is named, whichever was refused when they were read side
 * by side. */
static enum evd_status hold_text_limit(struct evd_opening *opening, size_t log, uint64_t *held, struct evd_error *error)
{
    const struct evd_text_limit *limit = &opening->text_limit;
    const uint64_t added = opening->logs[log]->source.added;
    if (added > limit->most - *held)
        return evd_source_refuse(opening->logs[log]->path, limit, added <= limit->most, error);
    *held += added;
    return EVD_OK;
}

/* Texts of saved indexes come last: they are unpacked only if they must be. */
static void hold_deferred_limit(struct evd_opening *opening, uint64_t held)
{
    const struct evd_text_limit *limit = &opening->text_limit;
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_source *source = &opening->logs[i]->source;
        if (source->deferred == NULL)
            continue;
        if (source->length > limit->most - held) {
            evd_source_refuse_deferred(source, limit);
            continue;
        }
        held += source->length;
        if (!evd_spill_hold(limit->spill, source->length))
            evd_source_spill_deferred(source);
    }
}

enum evd_status evd_opening_open_sources(struct evd_opening *opening, struct evd_error *error)
{
    uint64_t held = 0;
    bool has_room = true;
    set_text_limit(opening);
    evd_pool_run(opening->pool, opening->log_count, open_source, opening);
    for (size_t i = 0; i < opening->log_count; i++) {
        struct evd_error *fault = &opening->errors[i];
        enum evd_status status = opening->statuses[i];
        /* Of several that had no room side by side one is named. */
        if (status == EVD_OK || status == EVD_E_LIMIT) {
            status = has_room ? hold_text_limit(opening, i, &held, fault) : EVD_OK;
            has_room = has_room && status == EVD_OK;
        }
        if (status != EVD_OK && (status = evd_problems_add_fault(&opening->problems, i, fault, error)) != EVD_OK)
            return status;
    }
    hold_deferred_limit(opening, held);
    return evd_opening_conclude(opening, error);
}
