#include "log/opening.h"

#include <stdlib.h>

enum evd_status evd_opening_conclude(struct evd_opening *opening, struct evd_error *error)
{
    return evd_problems_conclude(&opening->problems, opening->problems_max, error);
}

bool evd_opening_create_workers(struct evd_opening *opening)
{
    opening->pool = evd_pool_create(opening->options->threads);
    if (opening->pool == NULL)
        return false;
    const unsigned workers = evd_pool_size(opening->pool);
    opening->scanners = calloc(workers, sizeof *opening->scanners);
    if (opening->scanners == NULL)
        return false;
    for (unsigned i = 0; i < workers; i++)
        if ((opening->scanners[i] = evd_scanner_create(opening->rules, opening->log_count)) == NULL)
            return false;
    return true;
}

void evd_opening_release(struct evd_opening *opening)
{
    for (size_t i = 0; opening->chunks != NULL && i < opening->chunk_count; i++)
        evd_chunk_release(&opening->chunks[i]);
    free(opening->chunks);
    evd_event_rooms_release(&opening->rooms);
    for (size_t i = 0; opening->indexes != NULL && i < opening->log_count; i++)
        evd_index_destroy(opening->indexes[i]);
    free(opening->indexes);
    free(opening->built);
    free(opening->stretches);
    for (unsigned i = 0; opening->scanners != NULL && i < evd_pool_size(opening->pool); i++)
        evd_scanner_destroy(opening->scanners[i]);
    free(opening->scanners);
    evd_pool_destroy(opening->pool);
    free(opening->statuses);
    free(opening->errors);
    free(opening->begins);
    for (size_t i = 0; opening->blocks != NULL && i < opening->log_count; i++)
        free(opening->blocks[i]);
    free(opening->blocks);
    evd_problems_release(&opening->problems);
}
