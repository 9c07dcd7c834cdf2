/* evdiff-floor: counts the newlines of the mapped files on N threads. Nothing that looks at every
 * byte is faster, so this is the machine's limit. The page faults of a fresh mapping are in it;
 * --again adds a second count of the same mapping, which has none: what the memory alone allows.
 *
 *   evdiff-floor [--again] THREADS FILE... */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "mapped_files.h"

enum { PIECE_BYTES = 8 << 20, THREADS_MAX = 256 };

static struct pieces pieces;
static atomic_size_t next_piece;
static atomic_size_t newlines;

/* Sums in bytes as long as bytes can hold them: compilers turn the inner loop into wide compares.
 */
static size_t count_newlines(const char *bytes, size_t length)
{
    enum { LANES = 128, ROUNDS = 255 };
    size_t total = 0;
    size_t at = 0;
    while (length - at >= LANES) {
        uint8_t sums[LANES] = {0};
        const size_t rounds = (length - at) / LANES < ROUNDS ? (length - at) / LANES : ROUNDS;
        for (size_t round = 0; round < rounds; round++, at += LANES)
            for (int lane = 0; lane < LANES; lane++)
                sums[lane] = (uint8_t)(sums[lane] + (bytes[at + (size_t)lane] == '\n'));
        for (int lane = 0; lane < LANES; lane++)
            total += sums[lane];
    }
    for (; at < length; at++)
        total += bytes[at] == '\n';
    return total;
}

static void *work(void *unused)
{
    size_t total = 0;
    for (size_t i; (i = atomic_fetch_add(&next_piece, 1)) < pieces.count;)
        total += count_newlines(pieces.items[i].bytes, pieces.items[i].length);
    atomic_fetch_add(&newlines, total);
    return unused;
}

static void count_all(int thread_count)
{
    pthread_t threads[THREADS_MAX];
    atomic_store(&next_piece, 0);
    atomic_store(&newlines, 0);
    for (int i = 1; i < thread_count; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            die("evdiff-floor", "cannot start a thread");
    work(NULL);
    for (int i = 1; i < thread_count; i++)
        pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
    const bool is_again = argc > 1 && strcmp(argv[1], "--again") == 0;
    argc -= is_again;
    argv += is_again;
    const int thread_count = argc > 2 ? atoi(argv[1]) : 0;
    if (thread_count < 1 || thread_count > THREADS_MAX) {
        fprintf(stderr, "usage: evdiff-floor [--again] THREADS FILE...\n");
        return 2;
    }
    const double start = seconds_now();
    for (int i = 2; i < argc; i++)
        add_file(&pieces, argv[i], PIECE_BYTES);
    count_all(thread_count);
    const double seconds = seconds_now() - start;
    printf("{\"peer\": \"floor\", \"threads\": %d, \"bytes\": %zu, \"lines\": %zu, "
           "\"seconds\": %.6f, \"gb_per_s\": %.3f",
           thread_count, pieces.bytes, (size_t)newlines, seconds, (double)pieces.bytes * 1e-9 / seconds);
    if (is_again) {
        const double again = seconds_now();
        count_all(thread_count);
        printf(", \"again_seconds\": %.6f", seconds_now() - again);
    }
    printf("}\n");
    return 0;
}
