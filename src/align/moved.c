#include "align/moved.h"

#include "json/key.h"

enum {
    MOVED_NEARBY = 64,    /* events within which a single event is taken to have moved */
    MOVED_PER_EVENT = 16, /* and so many more for each event of a longer run */
};

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* True when a run of `side` is not far from where an earlier divergence has nothing on that side. */
static bool has_moved(const struct evd_divergence *earlier, int side, const struct evd_divergence *later)
{
    const struct evd_run run = evd_run_of(later, side);
    return earlier->class_ != EVD_CLASS_REORDERED && distance(run.position, evd_run_of(earlier, side).position) <=
                                                         MOVED_NEARBY + MOVED_PER_EVENT * (uint64_t)run.count;
}

bool evd_join_moved(struct evd_divergence_list *list)
{
    struct evd_table runs = {0}; /* by events and side → index of the last divergence */
    size_t kept = 0;
    bool is_done = true;
    for (size_t i = 0; is_done && i < list->count; i++) {
        const struct evd_divergence *divergence = &list->divergences[i];
        const uint64_t run_hash = evd_nature_of(&list->natures, i)->run_hash;
        const int side = evd_run_of(divergence, EVD_CANARY).count > 0 ? EVD_CANARY : EVD_OURS;
        const uint64_t *other = run_hash == 0 ? NULL : evd_table_get(&runs, evd_hash_pair((uint64_t)!side, run_hash));
        if (other != NULL && has_moved(&list->divergences[*other], side, divergence)) {
            list->divergences[*other].run[side] = divergence->run[side];
            is_done = evd_divergences_change(list, *other, EVD_CLASS_REORDERED, 0);
            continue;
        }
        if (divergence->class_ == EVD_CLASS_TRUNCATED) {
            is_done = run_hash == 0 || evd_divergences_change(list, i, EVD_CLASS_TRUNCATED, 0);
        } else if (run_hash != 0) {
            uint64_t *last = evd_table_put(&runs, evd_hash_pair((uint64_t)side, run_hash), 0, NULL);
            is_done = last != NULL;
            if (is_done)
                *last = kept;
        }
        evd_divergences_move(list, i, kept++);
    }
    list->count = is_done ? kept : list->count;
    evd_table_release(&runs);
    return is_done;
}
