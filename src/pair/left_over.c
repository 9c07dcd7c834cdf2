#include "pair/left_over.h"

#include <stdlib.h>

struct left_over {
    uint64_t value; /* what pairs threads by first call */
    size_t order;   /* of start */
    size_t stream;
};

static int by_value_and_order(const void *a, const void *b)
{
    const struct left_over *l = a, *r = b;
    if (l->value != r->value)
        return l->value < r->value ? -1 : 1;
    return (l->order > r->order) - (l->order < r->order);
}

static size_t list(const struct evd_log *log, const size_t *order, const bool *is_taken, struct left_over *list)
{
    size_t count = 0;
    for (size_t i = 0; i < log->stream_count; i++)
        if (!is_taken[i] && log->streams[i].has_pairing_value)
            list[count++] = (struct left_over){log->streams[i].pairing_value, order[i], i};
    qsort(list, count, sizeof *list, by_value_and_order);
    return count;
}

bool evd_pair_left_over(const struct evd_log *const log[EVD_SIDES], const size_t *const order[EVD_SIDES],
                        const bool *const is_lost[EVD_SIDES], size_t *partners)
{
    const size_t canary_count = log[EVD_CANARY]->stream_count, ours_count = log[EVD_OURS]->stream_count;
    bool *is_taken = malloc((canary_count + ours_count + 1) * sizeof *is_taken);
    struct left_over *canary = malloc((canary_count + ours_count + 1) * sizeof *canary);
    const bool is_ready = is_taken != NULL && canary != NULL;
    if (is_ready) {
        bool *is_ours_taken = is_taken + canary_count;
        for (size_t i = 0; i < ours_count; i++)
            is_ours_taken[i] = is_lost[EVD_OURS][i];
        for (size_t i = 0; i < canary_count; i++) {
            is_taken[i] = is_lost[EVD_CANARY][i] || partners[i] != SIZE_MAX;
            if (partners[i] != SIZE_MAX)
                is_ours_taken[partners[i]] = true;
        }
        const size_t lefts = list(log[EVD_CANARY], order[EVD_CANARY], is_taken, canary);
        struct left_over *ours = canary + lefts;
        const size_t rights = list(log[EVD_OURS], order[EVD_OURS], is_ours_taken, ours);
        for (size_t i = 0, j = 0; i < lefts && j < rights;) {
            if (canary[i].value < ours[j].value)
                i++;
            else if (canary[i].value > ours[j].value)
                j++;
            else
                partners[canary[i++].stream] = ours[j++].stream;
        }
    }
    free(is_taken);
    free(canary);
    return is_ready;
}
