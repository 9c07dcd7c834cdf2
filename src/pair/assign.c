#include "pair/assign.h"

#include <stdlib.h>
#include <string.h>

/* The members of a connected part and the scores between them. */
struct part {
    const struct evd_score *scores;
    size_t count;
};

static uint32_t find_root(uint32_t *parents, uint32_t member)
{
    while (parents[member] != member) {
        parents[member] = parents[parents[member]];
        member = parents[member];
    }
    return member;
}

static int by_pair(const void *a, const void *b)
{
    const struct evd_score *l = a, *r = b;
    if (l->left != r->left)
        return l->left < r->left ? -1 : 1;
    return (l->right > r->right) - (l->right < r->right);
}

static int by_score(const void *a, const void *b)
{
    const struct evd_score *l = a, *r = b;
    if (l->score != r->score)
        return l->score > r->score ? -1 : 1;
    return by_pair(a, b);
}

/* Scores of one part one after the other: by the part's root, then by the pair. */
struct placed {
    uint32_t root;
    struct evd_score score;
};

static int by_part(const void *a, const void *b)
{
    const struct placed *l = a, *r = b;
    if (l->root != r->root)
        return l->root < r->root ? -1 : 1;
    return by_pair(&l->score, &r->score);
}

static bool group_by_part(struct evd_score *scores, size_t count, size_t left_count, size_t right_count,
                          struct placed *placed)
{
    const size_t members = left_count + right_count;
    uint32_t *parents = malloc((members + 1) * sizeof *parents);
    if (parents == NULL)
        return false;
    for (size_t i = 0; i < members; i++)
        parents[i] = (uint32_t)i;
    for (size_t i = 0; i < count; i++) {
        const uint32_t a = find_root(parents, scores[i].left);
        const uint32_t b = find_root(parents, (uint32_t)left_count + scores[i].right);
        parents[a > b ? a : b] = a > b ? b : a;
    }
    for (size_t i = 0; i < count; i++)
        placed[i] = (struct placed){find_root(parents, scores[i].left), scores[i]};
    free(parents);
    qsort(placed, count, sizeof *placed, by_part);
    for (size_t i = 0; i < count; i++)
        scores[i] = placed[i].score;
    return true;
}

static void assign_greedily(struct evd_score *scores, size_t count, size_t *partners, bool *is_taken)
{
    qsort(scores, count, sizeof *scores, by_score);
    for (size_t i = 0; i < count; i++)
        if (partners[scores[i].left] == SIZE_MAX && !is_taken[scores[i].right]) {
            partners[scores[i].left] = scores[i].right;
            is_taken[scores[i].right] = true;
        }
}

/* The distinct left (or right) members of a part, in the order of its scores; returns how many. */
static size_t list_members(const struct evd_score *scores, size_t count, bool is_right, uint32_t *members,
                           uint32_t *places)
{
    size_t listed = 0;
    for (size_t i = 0; i < count; i++) {
        const uint32_t member = is_right ? scores[i].right : scores[i].left;
        if (places[member] != UINT32_MAX)
            continue;
        places[member] = (uint32_t)listed;
        members[listed++] = member;
    }
    return listed;
}

/* A square table of costs, rows by left and columns by right members; rows and columns from 1. What has no
 * score costs 0, so leaving both alone is as good; a score costs less than nothing. */
struct table {
    int64_t *costs;
    size_t size;
};

/* row_of[column] becomes the row that each column is assigned to. `scratch` has room for 3 * (size + 1), `row_of`,
 * `way` and `is_used` for size + 1. */
static void solve(const struct table *table, size_t *row_of, int64_t *scratch, size_t *way, bool *is_used)
{
    const size_t n = table->size;
    int64_t *u = scratch, *v = u + n + 1, *least = v + n + 1;
    memset(scratch, 0, 2 * (n + 1) * sizeof *scratch);
    memset(row_of, 0, (n + 1) * sizeof *row_of);
    for (size_t row = 1; row <= n; row++) {
        size_t column = 0;
        row_of[0] = row;
        for (size_t j = 0; j <= n; j++) {
            least[j] = INT64_MAX;
            is_used[j] = false;
        }
        do {
            const size_t current = row_of[column];
            int64_t delta = INT64_MAX;
            size_t next = 0;
            is_used[column] = true;
            for (size_t j = 1; j <= n; j++) {
                if (is_used[j])
                    continue;
                const int64_t reduced = table->costs[(current - 1) * n + j - 1] - u[current] - v[j];
                if (reduced < least[j]) {
                    least[j] = reduced;
                    way[j] = column;
                }
                if (least[j] < delta) {
                    delta = least[j];
                    next = j;
                }
            }
            for (size_t j = 0; j <= n; j++) {
                if (is_used[j]) {
                    u[row_of[j]] += delta;
                    v[j] -= delta;
                } else {
                    least[j] -= delta;
                }
            }
            column = next;
        } while (row_of[column] != 0);
        for (; column != 0; column = way[column])
            row_of[column] = row_of[way[column]];
    }
}

static bool assign_exactly(const struct part *part, const uint32_t *left, size_t left_count, const uint32_t *right,
                           size_t right_count, const uint32_t *left_places, const uint32_t *right_places,
                           size_t *partners)
{
    const size_t n = left_count > right_count ? left_count : right_count;
    struct table table = {calloc(n * n, sizeof *table.costs), n};
    int64_t *scratch = malloc(3 * (n + 1) * sizeof *scratch);
    size_t *row_of = malloc((n + 1) * sizeof *row_of), *way = malloc((n + 1) * sizeof *way);
    bool *is_used = malloc((n + 1) * sizeof *is_used);
    const bool is_ready = table.costs != NULL && scratch != NULL && row_of != NULL && way != NULL && is_used != NULL;
    if (is_ready) {
        for (size_t i = 0; i < part->count; i++)
            table.costs[left_places[part->scores[i].left] * n + right_places[part->scores[i].right]] =
                -part->scores[i].score;
        solve(&table, row_of, scratch, way, is_used);
        for (size_t column = 1; column <= right_count; column++) {
            const size_t row = row_of[column];
            if (row <= left_count && table.costs[(row - 1) * n + column - 1] < 0)
                partners[left[row - 1]] = right[column - 1];
        }
    }
    free(table.costs);
    free(scratch);
    free(row_of);
    free(way);
    free(is_used);
    return is_ready;
}

bool evd_assign(struct evd_score *scores, size_t count, size_t left_count, size_t right_count, size_t *partners)
{
    bool is_done = false;
    struct placed *placed = malloc((count + 1) * sizeof *placed);
    uint32_t *left = malloc((left_count + 1) * sizeof *left);
    uint32_t *right = malloc((right_count + 1) * sizeof *right);
    uint32_t *left_places = malloc((left_count + 1) * sizeof *left_places);
    uint32_t *right_places = malloc((right_count + 1) * sizeof *right_places);
    bool *is_taken = calloc(right_count + 1, sizeof *is_taken);
    if (placed == NULL || left == NULL || right == NULL || left_places == NULL || right_places == NULL ||
        is_taken == NULL || !group_by_part(scores, count, left_count, right_count, placed))
        goto out;
    for (size_t i = 0; i < left_count; i++)
        partners[i] = SIZE_MAX;
    memset(left_places, 0xff, (left_count + 1) * sizeof *left_places);
    memset(right_places, 0xff, (right_count + 1) * sizeof *right_places);
    for (size_t first = 0; first < count;) {
        size_t after = first;
        while (after < count && placed[after].root == placed[first].root)
            after++;
        const struct part part = {scores + first, after - first};
        const size_t lefts = list_members(part.scores, part.count, false, left, left_places);
        const size_t rights = list_members(part.scores, part.count, true, right, right_places);
        if (lefts > EVD_ASSIGN_EXACT_MAX || rights > EVD_ASSIGN_EXACT_MAX)
            assign_greedily(scores + first, part.count, partners, is_taken);
        else if (!assign_exactly(&part, left, lefts, right, rights, left_places, right_places, partners))
            goto out;
        first = after;
    }
    is_done = true;
out:
    free(placed);
    free(left);
    free(right);
    free(left_places);
    free(right_places);
    free(is_taken);
    return is_done;
}
