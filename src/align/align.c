#include "align/align.h"

#include <stdlib.h>
#include <string.h>

#include "align/anchors.h"
#include "align/shared.h"
#include "base/grow.h"
#include "base/log2.h"

enum {
    COST_MAX = 1024,
    ANCHOR_ROUNDS_MAX = 64, /* anchors between anchors; what is left then is searched */
    ANCHOR_EVENTS_MIN = 16, /* shorter stretches are searched at once */
};

/* Where two searches met: everything before it is one problem, everything after it another. */
struct split {
    int32_t at[2];
};

struct aligner {
    struct evd_shared_side side[2];
    bool *is_left_out[2];              /* of each symbol there: it has no match */
    int32_t *occurrences[2];           /* of each symbol in the stretch at hand; all 0 between uses */
    int32_t *place[2];                 /* of a symbol that occurs once there */
    int32_t *forward, *backward;       /* how far each diagonal was followed, by canary's position */
    int32_t *piles, *before, *ours_of; /* scratch for anchors, by canary's position */
    int32_t cost_max;
    bool with_anchors;
    bool failed; /* memory ran out */
    uint64_t cut_short;
};

/* A stretch of both sides. */
struct stretch {
    int32_t from[2], to[2];
};

static bool is_empty(const struct stretch *stretch)
{
    return stretch->from[0] == stretch->to[0] || stretch->from[1] == stretch->to[1];
}

static void leave_out(struct aligner *aligner, const struct stretch *stretch)
{
    for (int s = 0; s < 2; s++)
        memset(aligner->is_left_out[s] + stretch->from[s], true, (size_t)(stretch->to[s] - stretch->from[s]));
}

/* Takes what matches at both ends. */
static void trim(const struct aligner *aligner, struct stretch *stretch)
{
    const int32_t *a = aligner->side[0].symbols, *b = aligner->side[1].symbols;
    while (!is_empty(stretch) && a[stretch->from[0]] == b[stretch->from[1]]) {
        stretch->from[0]++;
        stretch->from[1]++;
    }
    while (!is_empty(stretch) && a[stretch->to[0] - 1] == b[stretch->to[1] - 1]) {
        stretch->to[0]--;
        stretch->to[1]--;
    }
}

/* The furthest point of a search that is given up, by the distance from where it began. */
static struct split furthest(const struct aligner *aligner, const struct stretch *stretch, const int32_t diagonals[4])
{
    struct split best[2] = {{{stretch->from[0], stretch->from[1]}}, {{stretch->to[0], stretch->to[1]}}};
    int64_t distance[2] = {0, 0};
    for (int32_t d = diagonals[0]; d <= diagonals[1]; d += 2) {
        int32_t x = aligner->forward[d];
        x = x > stretch->to[0] ? stretch->to[0] : x;
        int32_t y = x - d;
        if (y > stretch->to[1]) {
            y = stretch->to[1];
            x = y + d;
        }
        const int64_t came = (int64_t)x - stretch->from[0] + y - stretch->from[1];
        if (x >= stretch->from[0] && y >= stretch->from[1] && came > distance[0]) {
            distance[0] = came;
            best[0] = (struct split){{x, y}};
        }
    }
    for (int32_t d = diagonals[2]; d <= diagonals[3]; d += 2) {
        int32_t x = aligner->backward[d];
        x = x < stretch->from[0] ? stretch->from[0] : x;
        int32_t y = x - d;
        if (y < stretch->from[1]) {
            y = stretch->from[1];
            x = y + d;
        }
        const int64_t came = (int64_t)stretch->to[0] - x + stretch->to[1] - y;
        if (x <= stretch->to[0] && y <= stretch->to[1] && came > distance[1]) {
            distance[1] = came;
            best[1] = (struct split){{x, y}};
        }
    }
    return best[distance[1] > distance[0]];
}

/* Follows the shortest edit scripts from both ends of a trimmed stretch, cost by cost, until they meet. A
 * diagonal is canary's position less ours; forward[d] and backward[d] are canary's position that it was
 * followed to. Diagonals of one cost have one parity, and a search stays between the corners. */
static struct split search(struct aligner *aligner, const struct stretch *stretch)
{
    const int32_t *a = aligner->side[0].symbols, *b = aligner->side[1].symbols;
    const int32_t a_from = stretch->from[0], a_to = stretch->to[0];
    const int32_t b_from = stretch->from[1], b_to = stretch->to[1];
    int32_t *const forward = aligner->forward, *const backward = aligner->backward;
    const int32_t lowest = a_from - b_to, highest = a_to - b_from;
    const int32_t start = a_from - b_from, end = a_to - b_to;
    const bool is_odd = (start - end) & 1;
    int32_t f_low = start, f_high = start, b_low = end, b_high = end;
    forward[start] = a_from;
    backward[end] = a_to;
    for (int32_t cost = 1;; cost++) {
        /* One diagonal more on each side, or one less where the corner is reached; what is outside is
         * never the better neighbour. */
        if (f_low > lowest)
            forward[--f_low - 1] = -1;
        else
            f_low++;
        if (f_high < highest)
            forward[++f_high + 1] = -1;
        else
            f_high--;
        for (int32_t d = f_high; d >= f_low; d -= 2) {
            int32_t x = forward[d - 1] >= forward[d + 1] ? forward[d - 1] + 1 : forward[d + 1];
            int32_t y = x - d;
            while (x < a_to && y < b_to && a[x] == b[y]) {
                x++;
                y++;
            }
            forward[d] = x;
            if (is_odd && d >= b_low && d <= b_high && backward[d] <= x)
                return (struct split){{x, y}};
        }
        if (b_low > lowest)
            backward[--b_low - 1] = INT32_MAX;
        else
            b_low++;
        if (b_high < highest)
            backward[++b_high + 1] = INT32_MAX;
        else
            b_high--;
        for (int32_t d = b_high; d >= b_low; d -= 2) {
            int32_t x = backward[d - 1] < backward[d + 1] ? backward[d - 1] : backward[d + 1] - 1;
            int32_t y = x - d;
            while (x > a_from && y > b_from && a[x - 1] == b[y - 1]) {
                x--;
                y--;
            }
            backward[d] = x;
            if (!is_odd && d >= f_low && d <= f_high && x <= forward[d])
                return (struct split){{x, y}};
        }
        if (cost >= aligner->cost_max) {
            aligner->cut_short++;
            return furthest(aligner, stretch, (int32_t[]){f_low, f_high, b_low, b_high});
        }
    }
}

/* The smaller part by recursion, the larger in the loop: the depth is logarithmic. */
static void align_by_search(struct aligner *aligner, struct stretch stretch)
{
    for (;;) {
        trim(aligner, &stretch);
        if (is_empty(&stretch)) {
            leave_out(aligner, &stretch);
            return;
        }
        const struct split split = search(aligner, &stretch);
        struct stretch before = stretch, after = stretch;
        for (int s = 0; s < 2; s++)
            before.to[s] = after.from[s] = split.at[s];
        const int64_t before_length = (int64_t)before.to[0] - before.from[0] + before.to[1] - before.from[1];
        const int64_t after_length = (int64_t)after.to[0] - after.from[0] + after.to[1] - after.from[1];
        const bool is_before_smaller = before_length < after_length;
        align_by_search(aligner, is_before_smaller ? before : after);
        stretch = is_before_smaller ? after : before;
    }
}

/* Counts the symbols of a stretch, or forgets the counts. */
static void count_symbols(struct aligner *aligner, const struct stretch *stretch, bool is_forgetting)
{
    for (int s = 0; s < 2; s++) {
        const int32_t *symbols = aligner->side[s].symbols;
        for (int32_t i = stretch->from[s]; i < stretch->to[s]; i++) {
            int32_t *occurrences = &aligner->occurrences[s][symbols[i]];
            *occurrences = is_forgetting ? 0 : *occurrences + 1;
            aligner->place[s][symbols[i]] = i;
        }
    }
}

/* A symbol that occurs once on each side of a stretch. */
struct anchor {
    int32_t at[2];
};

/* The longest chain of anchors in a stretch, in order, to be freed by the caller; NULL when there is none or
 * memory runs out. By patience sorting: piles[k] is the anchor that ends the best chain of k + 1 anchors. */
static struct anchor *chain_anchors(struct aligner *aligner, const struct stretch *stretch, int32_t *count)
{
    const int32_t *symbols = aligner->side[0].symbols;
    int32_t *piles = aligner->piles, *before = aligner->before, *ours_of = aligner->ours_of;
    *count = 0;
    count_symbols(aligner, stretch, false);
    for (int32_t i = stretch->from[0]; i < stretch->to[0]; i++) {
        if (aligner->occurrences[0][symbols[i]] != 1 || aligner->occurrences[1][symbols[i]] != 1)
            continue;
        ours_of[i] = aligner->place[1][symbols[i]];
        int32_t low = 0, high = *count;
        while (low < high) {
            const int32_t middle = low + (high - low) / 2;
            if (ours_of[piles[middle]] < ours_of[i])
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low > 0 ? piles[low - 1] : -1;
        piles[low] = i;
        *count += low == *count;
    }
    count_symbols(aligner, stretch, true);
    if (*count == 0)
        return NULL;
    struct anchor *anchors = malloc((size_t)*count * sizeof *anchors);
    aligner->failed |= anchors == NULL;
    int32_t place = piles[*count - 1];
    for (int32_t k = *count - 1; anchors != NULL && k >= 0; k--) {
        anchors[k] = (struct anchor){{place, ours_of[place]}};
        place = before[place];
    }
    return anchors;
}

static void align_stretch(struct aligner *aligner, struct stretch stretch, int round)
{
    trim(aligner, &stretch);
    if (is_empty(&stretch)) {
        leave_out(aligner, &stretch);
        return;
    }
    const int64_t length = (int64_t)stretch.to[0] - stretch.from[0] + stretch.to[1] - stretch.from[1];
    int32_t count = 0;
    struct anchor *anchors = NULL;
    if (aligner->with_anchors && round < ANCHOR_ROUNDS_MAX && length >= ANCHOR_EVENTS_MIN)
        anchors = chain_anchors(aligner, &stretch, &count);
    if (anchors == NULL) {
        align_by_search(aligner, stretch);
        return;
    }
    struct stretch between = stretch;
    for (int32_t k = 0; k <= count; k++) {
        for (int s = 0; s < 2; s++)
            between.to[s] = k < count ? anchors[k].at[s] : stretch.to[s];
        align_stretch(aligner, between, round + 1);
        for (int s = 0; s < 2; s++)
            between.from[s] = between.to[s] + 1;
    }
    free(anchors);
}

static bool add_match(struct evd_alignment *alignment, size_t canary, size_t ours, uint64_t bits, bool is_anchor)
{
    struct evd_match *last = alignment->match_count > 0 ? &alignment->matches[alignment->match_count - 1] : NULL;
    if (last != NULL && last->first[0] + last->count == canary && last->first[1] + last->count == ours) {
        last->count++;
        last->bits += bits;
        last->has_anchor |= is_anchor;
        return true;
    }
    void *matches =
        evd_grow(alignment->matches, alignment->match_count, &alignment->capacity, sizeof *alignment->matches);
    if (matches == NULL)
        return false;
    alignment->matches = matches;
    alignment->matches[alignment->match_count++] = (struct evd_match){{canary, ours}, 1, bits, is_anchor};
    return true;
}

/* How telling each symbol is, by its number, and anchors. `total`: symbols in all. NULL when memory runs out. */
static uint64_t *weigh_symbols(const struct aligner *aligner, int32_t symbol_count, size_t total, bool *is_anchor)
{
    uint64_t *bits = calloc((size_t)symbol_count + 1, sizeof *bits);
    if (bits == NULL)
        return NULL;
    for (int s = 0; s < 2; s++)
        for (int32_t i = 0; i < aligner->side[s].count; i++)
            bits[aligner->side[s].symbols[i]]++;
    const struct evd_shared_side *a = &aligner->side[0], *b = &aligner->side[1];
    evd_mark_anchors((const int32_t *const[]){a->symbols, b->symbols}, (const int32_t[]){a->count, b->count}, bits,
                     aligner->place[1], is_anchor);
    for (int32_t i = 0; i < symbol_count; i++)
        bits[i] = evd_log2(total) - evd_log2(bits[i]);
    return bits;
}

/* What is not left out matches, the n-th of one side the n-th of the other. */
static bool list_matches(const struct aligner *aligner, const uint64_t *bits, const bool *is_anchor,
                         struct evd_alignment *alignment)
{
    const struct evd_shared_side *a = &aligner->side[0], *b = &aligner->side[1];
    int32_t j = 0;
    for (int32_t i = 0; i < a->count; i++) {
        if (aligner->is_left_out[0][i])
            continue;
        while (aligner->is_left_out[1][j])
            j++;
        if (!add_match(alignment, (size_t)a->positions[i], (size_t)b->positions[j++], bits[a->symbols[i]],
                       is_anchor[i]))
            return false;
    }
    return true;
}

static int32_t *allocate(size_t count)
{
    return calloc(count + 1, sizeof(int32_t));
}

/* Among alignments that are equally good one is taken, by rules that tell the two sides apart. So that it does
 * not depend on which side is which, the shorter one is the first; of two that are as long, the one whose first
 * symbol that differs is less. */
static bool must_swap(const uint64_t *const symbols[2], const size_t count[2])
{
    if (count[0] != count[1])
        return count[0] > count[1];
    for (size_t i = 0; i < count[0]; i++)
        if (symbols[0][i] != symbols[1][i])
            return symbols[0][i] > symbols[1][i];
    return false;
}

static void swap_sides(struct evd_alignment *alignment)
{
    for (size_t i = 0; i < alignment->match_count; i++) {
        size_t *first = alignment->matches[i].first;
        const size_t kept = first[0];
        first[0] = first[1];
        first[1] = kept;
    }
}

static bool align_in_order(const uint64_t *const symbols[2], const size_t count[2],
                           const struct evd_align_options *options, struct evd_alignment *alignment)
{
    const size_t cost_max = options->cost_max ? options->cost_max : COST_MAX;
    struct aligner aligner = {
        .cost_max = cost_max < INT32_MAX ? (int32_t)cost_max : INT32_MAX,
        .with_anchors = !options->without_anchors,
    };
    int32_t *diagonals[2] = {NULL, NULL};
    uint64_t *bits = NULL;
    bool *is_anchor = NULL;
    int32_t symbol_count;
    bool is_done = false;
    alignment->match_count = 0;
    alignment->cut_short = 0;
    if (!evd_share(symbols, count, options->pool, aligner.side, &symbol_count))
        goto out;
    const size_t canary = (size_t)aligner.side[0].count, ours = (size_t)aligner.side[1].count;
    for (int s = 0; s < 2; s++) {
        aligner.is_left_out[s] = calloc((size_t)aligner.side[s].count + 1, sizeof *aligner.is_left_out[s]);
        aligner.occurrences[s] = allocate((size_t)symbol_count);
        aligner.place[s] = allocate((size_t)symbol_count);
        /* Diagonals from -ours to canary, and one beyond on either side. */
        diagonals[s] = allocate(canary + ours + 3);
        if (aligner.is_left_out[s] == NULL || aligner.occurrences[s] == NULL || aligner.place[s] == NULL ||
            diagonals[s] == NULL)
            goto out;
    }
    aligner.piles = allocate(canary);
    aligner.before = allocate(canary);
    aligner.ours_of = allocate(canary);
    if (aligner.piles == NULL || aligner.before == NULL || aligner.ours_of == NULL)
        goto out;
    aligner.forward = diagonals[0] + ours + 1;
    aligner.backward = diagonals[1] + ours + 1;
    align_stretch(&aligner, (struct stretch){{0, 0}, {aligner.side[0].count, aligner.side[1].count}}, 0);
    alignment->cut_short = aligner.cut_short;
    is_anchor = calloc(canary + 1, sizeof *is_anchor);
    bits = is_anchor == NULL ? NULL : weigh_symbols(&aligner, symbol_count, count[0] + count[1], is_anchor);
    is_done = bits != NULL && !aligner.failed && list_matches(&aligner, bits, is_anchor, alignment);
out:
    evd_shared_release(aligner.side);
    for (int s = 0; s < 2; s++) {
        free(aligner.is_left_out[s]);
        free(aligner.occurrences[s]);
        free(aligner.place[s]);
        free(diagonals[s]);
    }
    free(bits);
    free(is_anchor);
    free(aligner.piles);
    free(aligner.before);
    free(aligner.ours_of);
    return is_done;
}

bool evd_align(const uint64_t *const symbols[2], const size_t count[2], const struct evd_align_options *options,
               struct evd_alignment *alignment)
{
    static const struct evd_align_options DEFAULTS = {0};
    if (options == NULL)
        options = &DEFAULTS;
    if (!must_swap(symbols, count))
        return align_in_order(symbols, count, options, alignment);
    const uint64_t *const swapped[2] = {symbols[1], symbols[0]};
    const size_t swapped_count[2] = {count[1], count[0]};
    if (!align_in_order(swapped, swapped_count, options, alignment))
        return false;
    swap_sides(alignment);
    return true;
}

void evd_alignment_release(struct evd_alignment *alignment)
{
    free(alignment->matches);
    *alignment = (struct evd_alignment){0};
}
