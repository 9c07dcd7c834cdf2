#include "pair/chosen.h"

#include <stdlib.h>

/* How sure a pair is, by the scores of canary's thread. A pair that has none was not compared, but paired by first
 * call. */
static struct evd_pairing_evidence weigh_evidence(const struct evd_log *ours, const struct evd_score *scores,
                                                  size_t count, size_t partner)
{
    struct evd_pairing_evidence evidence = {.similarity = 0};
    int64_t own = 0, other = 0;
    size_t runner_up = SIZE_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct evd_score *score = &scores[i];
        if (score->right == partner) {
            own = score->score / EVD_SCORE_ORDERS;
        } else if (runner_up == SIZE_MAX || score->score > other) {
            other = score->score;
            runner_up = score->right;
        }
    }
    if (own == 0)
        return evidence;
    other /= EVD_SCORE_ORDERS;
    evidence.similarity = (double)own / EVD_SIMILARITY_ONE;
    evidence.confidence = own > other ? (double)(own - other) / (double)own : 0;
    if (runner_up != SIZE_MAX) {
        evidence.has_runner_up = true;
        evidence.runner_up_tid = ours->streams[runner_up].tid;
        evidence.runner_up_similarity = (double)other / EVD_SIMILARITY_ONE;
    }
    return evidence;
}

static int by_canary(const void *a, const void *b)
{
    const struct evd_score *l = a, *r = b;
    if (l->left != r->left)
        return l->left < r->left ? -1 : 1;
    return (l->right > r->right) - (l->right < r->right);
}

/* Streams are in ascending order of tids, so the pairs are too. */
void evd_list_pairs_by_score(const struct evd_log *const log[EVD_SIDES], struct evd_score *scores, size_t count,
                             const size_t *partners, struct evd_chosen_pairs *chosen)
{
    size_t from = 0;
    qsort(scores, count, sizeof *scores, by_canary);
    for (size_t i = 0; i < log[EVD_CANARY]->stream_count; i++) {
        while (from < count && scores[from].left < i)
            from++;
        size_t to = from;
        while (to < count && scores[to].left == i)
            to++;
        if (partners[i] == SIZE_MAX)
            continue;
        chosen->evidence[chosen->count] = weigh_evidence(log[EVD_OURS], &scores[from], to - from, partners[i]);
        chosen->pairs[chosen->count++] =
            (struct evd_tid_pair){log[EVD_CANARY]->streams[i].tid, log[EVD_OURS]->streams[partners[i]].tid};
    }
}
