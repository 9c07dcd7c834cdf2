/* Content hashes: by wide registers as without them, in pieces as at once, and of a log that is read as of its file. */
#include "index_files.h"
#include "random_log.h"

#include <unistd.h>

#include "base/content_hash_block.h"

TestSuite(content_hash, .init = set_up, .fini = tear_down);

enum { BLOCK = EVD_CONTENT_BLOCK_BYTES };

/* The slow twin: block by block, one after the other. */
static struct evd_hash128 hash_all(const char *bytes, size_t length)
{
    struct evd_hash128 blocks[64];
    size_t count = 0;
    for (size_t begin = 0; begin < length; begin += BLOCK) {
        cr_assert_lt(count, 64);
        blocks[count++] = evd_content_block_baseline(bytes + begin, length - begin < BLOCK ? length - begin : BLOCK);
    }
    return evd_content_hash(blocks, count);
}

Test(content_hash, wide_registers_change_nothing)
{
    struct random random = {7};
    char *bytes = malloc(BLOCK);
    for (size_t i = 0; i < BLOCK; i++)
        bytes[i] = (char)random_below(&random, 256);
    for (size_t length = 0; length <= BLOCK; length = length < 1100 ? length + 1 : length * 3) {
        const struct evd_hash128 plain = evd_content_block_baseline(bytes, length);
        const struct evd_hash128 whole = evd_hash_bytes(bytes, length);
        const struct evd_hash128 chosen = evd_content_block(bytes, length);
        cr_assert(evd_hash_equal(plain, whole) && evd_hash_equal(plain, chosen), "%zu bytes", length);
    }
    free(bytes);
}

Test(content_hash, is_spelled_and_read)
{
    const struct evd_hash128 hash = {0x0123456789abcdef, 0xfedcba9876543210};
    struct evd_hash128 again;
    char digits[EVD_HASH_DIGITS + 1];
    evd_hash_spell(hash, digits);
    cr_expect_str_eq(digits, "0123456789abcdeffedcba9876543210");
    cr_expect(evd_hash_read(digits, EVD_HASH_DIGITS, &again) && evd_hash_equal(hash, again));
    cr_expect_not(evd_hash_read(digits, EVD_HASH_DIGITS - 1, &again));
    cr_expect_not(evd_hash_read("0123456789abcdeffedcba987654321X", EVD_HASH_DIGITS, &again));
}

/* A log of at least so many bytes; its lines lie across the ends of blocks. */
static void write_log(struct evd_buffer *text, size_t bytes)
{
    evd_buffer_string(text, LOG_HEADER);
    for (unsigned i = 0; text->length < bytes; i++) {
        char payload[64];
        snprintf(payload, sizeof payload, "{\"name\":\"call-%u\"}", i % 7);
        append_event(text, "kernel.call", i % 3 + 1, i / 3, payload);
    }
}

static void hold_file(const char *path, const struct evd_buffer *text, unsigned threads, size_t chunk_bytes)
{
    const struct evd_read_options options = {
        .threads = threads, .chunk_bytes = chunk_bytes, .has_content_hash = true, .index = EVD_INDEX_OFF};
    char digits[33], expected[33];
    struct evd_log *log;
    struct evd_error error;
    cr_assert_eq(evd_logs_open(&path, 1, rules, &options, &log, NULL, NULL, NULL, &error), EVD_OK, "%s", error.message);
    evd_hash_spell(hash_all(text->data, text->length), expected);
    cr_expect(evd_log_content_hash(log, digits));
    cr_expect_str_eq(digits, expected, "%zu bytes, %u threads, chunks of %zu", text->length, threads, chunk_bytes);
    evd_log_free(log);
}

Test(content_hash, of_a_log_is_that_of_its_file)
{
    static const size_t SIZES[] = {0, 1000, BLOCK - 60, BLOCK, BLOCK + 1, 5 * BLOCK + 12345};
    char path[EVD_PATH_MAX];
    snprintf(path, sizeof path, "/tmp/evdiff-content-%ld", (long)getpid());
    for (size_t i = 0; i < sizeof SIZES / sizeof SIZES[0]; i++) {
        struct evd_buffer text = {0};
        write_log(&text, SIZES[i]);
        FILE *file = fopen(path, "wb");
        cr_assert_not_null(file);
        cr_assert_eq(fwrite(text.data, 1, text.length, file), text.length);
        fclose(file);
        for (unsigned threads = 1; threads <= 3; threads += 2) {
            hold_file(path, &text, threads, 0);
            hold_file(path, &text, threads, 1000);
            hold_file(path, &text, threads, BLOCK);
            hold_file(path, &text, threads, 3 * BLOCK + 7);
        }
        evd_buffer_release(&text);
    }
    unlink(path);
}

Test(content_hash, is_told_only_where_it_is_asked_for)
{
    struct evd_buffer text = {0};
    char digits[33] = "x";
    write_log(&text, 100);
    struct evd_log *log = memory_log(&text, rules);
    cr_expect_not(evd_log_content_hash(log, digits));
    cr_expect_str_eq(digits, "");
    evd_log_free(log);
    evd_buffer_release(&text);
}
