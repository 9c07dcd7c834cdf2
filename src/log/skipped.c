#include "log/skipped.h"

#include <string.h>

void evd_skipped_add(struct evd_log *log, const struct evd_chunk *chunk)
{
    struct evd_skipped_places *skipped = &log->skipped;
    const char *text = log->source.bytes;
    skipped->count += chunk->skipped_count;
    for (size_t i = 0; i < chunk->problem_count && skipped->listed < EVD_SKIPPED_LISTED_MAX; i++) {
        const uint64_t offset = chunk->problems[i].offset;
        const char *end;
        while ((end = memchr(text + skipped->line_start, '\n', offset - skipped->line_start)) != NULL) {
            skipped->line_start = (uint64_t)(end - text) + 1;
            skipped->line_ends++;
        }
        skipped->lines[skipped->listed++] = (struct evd_skipped_place){
            skipped->line_ends + 1, offset - skipped->line_start + 1, chunk->problems[i].reason};
    }
}

void evd_skipped_add_damages(struct evd_log *log)
{
    const struct evd_import_summary *imported = log->source.imported;
    struct evd_skipped_places *skipped = &log->skipped;
    if (imported == NULL)
        return;
    skipped->count += imported->damage_count;
    for (size_t i = 0; i < imported->listed_damage_count && skipped->listed < EVD_SKIPPED_LISTED_MAX; i++) {
        const struct evd_import_damage *damage = &imported->damages[i];
        skipped->lines[skipped->listed++] = (struct evd_skipped_place){damage->line, damage->column, damage->reason};
    }
}

const struct evd_import_summary *evd_log_import(const struct evd_log *log)
{
    return log->saved == NULL ? log->source.imported : NULL;
}

uint64_t evd_log_skipped_count(const struct evd_log *log)
{
    return log->skipped.count;
}

const char *evd_log_skipped_line(const struct evd_log *log, size_t index, uint64_t *line, uint64_t *column)
{
    if (index >= log->skipped.listed)
        return NULL;
    *line = log->skipped.lines[index].line;
    *column = log->skipped.lines[index].column;
    return log->skipped.lines[index].reason;
}
