/* Assignment against its slow twin: every one-to-one pairing tried. */
#include <criterion/criterion.h>

#include "pair/assign.h"
#include "random.h"

enum { MEMBERS_MAX = 7 };

struct problem {
    size_t left_count, right_count, count;
    int64_t table[MEMBERS_MAX][MEMBERS_MAX]; /* 0: no score */
    struct evd_score scores[MEMBERS_MAX * MEMBERS_MAX];
};

static void draw(struct random *random, struct problem *problem)
{
    problem->left_count = random_below(random, MEMBERS_MAX + 1);
    problem->right_count = random_below(random, MEMBERS_MAX + 1);
    problem->count = 0;
    const unsigned scores = 1 + random_below(random, 3) * 40, chance = 1 + random_below(random, 4);
    for (size_t i = 0; i < problem->left_count; i++)
        for (size_t j = 0; j < problem->right_count; j++) {
            problem->table[i][j] = random_below(random, chance) == 0 ? 1 + random_below(random, scores) : 0;
            if (problem->table[i][j] > 0)
                problem->scores[problem->count++] = (struct evd_score){(uint32_t)i, (uint32_t)j, problem->table[i][j]};
        }
    for (size_t i = problem->count; i > 1; i--) {
        const size_t j = random_below(random, (unsigned)i);
        const struct evd_score score = problem->scores[i - 1];
        problem->scores[i - 1] = problem->scores[j];
        problem->scores[j] = score;
    }
}

static int64_t best(const struct problem *problem, size_t left, unsigned taken)
{
    if (left == problem->left_count)
        return 0;
    int64_t most = best(problem, left + 1, taken);
    for (size_t j = 0; j < problem->right_count; j++)
        if (!(taken & 1u << j) && problem->table[left][j] > 0) {
            const int64_t sum = problem->table[left][j] + best(problem, left + 1, taken | 1u << j);
            most = sum > most ? sum : most;
        }
    return most;
}

Test(assign, finds_the_best_sum)
{
    for (unsigned seed = 0; seed < 3000; seed++) {
        struct random random = {seed};
        struct problem problem;
        size_t partners[MEMBERS_MAX];
        draw(&random, &problem);
        cr_assert(evd_assign(problem.scores, problem.count, problem.left_count, problem.right_count, partners));
        int64_t sum = 0;
        unsigned taken = 0;
        for (size_t i = 0; i < problem.left_count; i++) {
            if (partners[i] == SIZE_MAX)
                continue;
            cr_assert_lt(partners[i], problem.right_count, "seed %u", seed);
            cr_assert_eq(taken & 1u << partners[i], 0, "seed %u", seed);
            cr_assert_gt(problem.table[i][partners[i]], 0, "seed %u", seed);
            taken |= 1u << partners[i];
            sum += problem.table[i][partners[i]];
        }
        cr_assert_eq(sum, best(&problem, 0, 0), "seed %u", seed);
    }
}

/* A part that is too large for the best sum: each still has one partner at most, the highest scores first. */
Test(assign, pairs_large_parts_greedily)
{
    enum { MANY = EVD_ASSIGN_EXACT_MAX + 100 };
    static struct evd_score scores[2 * MANY];
    static size_t partners[MANY];
    size_t count = 0;
    for (uint32_t i = 0; i < MANY; i++) {
        scores[count++] = (struct evd_score){i, i, 10};
        if (i > 0)
            scores[count++] = (struct evd_score){i, i - 1, 9};
    }
    cr_assert(evd_assign(scores, count, MANY, MANY, partners));
    for (size_t i = 0; i < MANY; i++)
        cr_expect_eq(partners[i], i);
}
