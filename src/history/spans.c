#include "history/spans.h"

#include <string.h>

static enum evd_status find_family(struct evd_history *history, const struct evd_sighting *sighting, int64_t *family,
                                   struct evd_error *error)
{
    bool is_there;
    const int64_t signature = (int64_t)sighting->signature, recipe = sighting->recipe;
    enum evd_status status =
        evd_database_ask(history, EVD_SQL_FAMILY, family, 1, &is_there, error, "ii", signature, recipe);
    if (status != EVD_OK || is_there)
        return status;
    status = evd_database_do(history, EVD_SQL_FAMILY_INSERT, error, "iistttt", signature, recipe, sighting->class_,
                             sighting->kind, sighting->call, sighting->field, sighting->after);
    *family = sqlite3_last_insert_rowid(history->sqlite);
    return status;
}

/* A family that the job had before: it goes on, or is back. */
static enum evd_status go_on(struct evd_history *history, const int64_t strand[3], int64_t night, int64_t before,
                             const struct evd_sighting *sighting, struct evd_error *error)
{
    const int64_t count = (int64_t)sighting->count, is_root = sighting->is_root;
    enum evd_status status = evd_database_do(
        history, EVD_SQL_SPAN_EXTEND, error, "iiiiii", strand[1], strand[0], night, is_root, count, before);
    if (status != EVD_OK)
        return status;
    const bool is_extended = sqlite3_changes(history->sqlite) > 0;
    const int64_t streak = is_root ? (is_extended ? strand[2] : 0) + 1 : 0;
    if (!is_extended)
        status = evd_database_do(history, EVD_SQL_SPAN_INSERT, error, "iiii", night, strand[0], is_root, count);
    if (status != EVD_OK)
        return status;
    return evd_database_do(history, EVD_SQL_STRAND_UPDATE, error, "iiiiiiii", strand[0],
                           is_extended ? strand[1] : night, count, (int64_t)sighting->weight, sighting->place.tid,
                           sighting->place.tid_event_idx, (int64_t)sighting->place.is_between, streak);
}

static enum evd_status begin(struct evd_history *history, int64_t job, int64_t family, int64_t night,
                             const struct evd_sighting *sighting, struct evd_error *error)
{
    const int64_t count = (int64_t)sighting->count, is_root = sighting->is_root;
    const enum evd_status status = evd_database_do(
        history, EVD_SQL_STRAND_INSERT, error, "iiiiiiiii", job, family, night, count, (int64_t)sighting->weight,
        sighting->place.tid, sighting->place.tid_event_idx, (int64_t)sighting->place.is_between, is_root);
    if (status != EVD_OK)
        return status;
    return evd_database_do(history, EVD_SQL_SPAN_INSERT, error, "iiii", night,
                           (int64_t)sqlite3_last_insert_rowid(history->sqlite), is_root, count);
}

enum evd_status evd_spans_append(struct evd_history *history, int64_t job, int64_t night, int64_t before,
                                 const struct evd_job_facts *facts, struct evd_error *error)
{
    enum evd_status status = EVD_OK;
    for (size_t i = 0; status == EVD_OK && i < facts->sighting_count; i++) {
        const struct evd_sighting *sighting = &facts->sightings[i];
        int64_t family, strand[3];
        bool is_there = false;
        status = find_family(history, sighting, &family, error);
        if (status == EVD_OK)
            status = evd_database_ask(history, EVD_SQL_STRAND, strand, 3, &is_there, error, "ii", job, family);
        if (status == EVD_OK && is_there && (strand[2] < 0 || strand[2] > EVD_HISTORY_COUNT_MAX))
            status = evd_database_refuse(history, error);
        if (status == EVD_OK)
            status = is_there ? go_on(history, strand, night, before, sighting, error)
                              : begin(history, job, family, night, sighting, error);
    }
    return status == EVD_OK
               ? evd_database_do(history, EVD_SQL_JOB_SEEN, error, "iii", job, night, (int64_t)facts->peak_mib)
               : status;
}
