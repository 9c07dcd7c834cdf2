/* Saved indexes: a diff by them says what a diff of the text says, and they fit one log and one set of rules. */
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <zstd.h>

#include "index_files.h"

/* Of `version_stands_for_these_keys`: key and tag of each event. */
static const char KEYS_OF_VERSION[] =
    "d590c044a710b912 0\n"
    "03d240909b20bf08 0\n"
    "47ea9fe8a737d4bb 9\n"
    "774550aefdbe22a3 2\n"
    "7cfa97bb5db6705c 1\n"
    "f5d34ecde9259e24 0\n"
    "47ea9fe8a737d4bb 17\n"
    "4f68f6f4ccfd5117 3\n";

TestSuite(saved_index, .init = set_up, .fini = tear_down);

/* The walk over blocks and by keys, and the walk over events that reads those that differ, are twins. */
Test(saved_index, says_what_the_text_says)
{
    const char *seed = getenv("EVD_TEST_SEED");
    const uint64_t first = seed != NULL ? strtoull(seed, NULL, 0) : (uint64_t)time(NULL) * 1000;
    struct evd_buffer expected = {0}, actual = {0}, index = {0};
    for (uint64_t i = 0; i < 40; i++) {
        state = first + i;
        make_pair();
        for (int side = 0; side < EVD_SIDES; side++)
            save(side, &index);
        cr_assert_eq(diff_by(EVD_INDEX_OFF, EVD_INDEX_OFF, true, &expected), EVD_OK);
        static const enum evd_index_mode MODES[][EVD_SIDES] = {
            {EVD_INDEX_OFF, EVD_INDEX_OFF},
            {EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE},
            {EVD_INDEX_REQUIRE, EVD_INDEX_OFF},
            {EVD_INDEX_OFF, EVD_INDEX_REQUIRE},
        };
        for (int j = 0; j < 4; j++) {
            cr_assert_eq(diff(MODES[j][0], MODES[j][1], &actual), EVD_OK);
            cr_assert(actual.length == expected.length && memcmp(actual.data, expected.data, actual.length) == 0,
                      "EVD_TEST_SEED=%llu, modes %d", (unsigned long long)(first + i), j);
        }
    }
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
    evd_buffer_release(&index);
}

/* The events before a divergence are quoted, wherever blocks were passed over before it. */
Test(saved_index, quotes_what_it_passed_over)
{
    enum { EVENTS = 400, STEP = 3 };
    struct evd_buffer expected = {0}, actual = {0}, index = {0}, log = {0};
    for (uint64_t odd = 40; odd < EVENTS; odd += STEP) {
        for (int side = 0; side < EVD_SIDES; side++) {
            uint64_t idx = 0;
            evd_buffer_clear(&log);
            evd_buffer_string(&log, "{\"kind\":\"schema_version\",\"schema_version\":1}\n");
            state = 5;
            for (uint64_t i = 0; i < EVENTS; i++) {
                char payload[64];
                snprintf(payload, sizeof payload, "{\"name\":\"n\",\"v\":%d}", i == odd ? side : (int)pick(1000));
                append_next(&log, 1, &idx, "kernel.call", payload);
                for (uint64_t local = pick(3); local > 0; local--)
                    append_next(&log, 1, &idx, "sema.release", "{\"n\":1}");
            }
            write_file(paths[side], &log);
            save(side, &index);
        }
        cr_assert_eq(diff_by(EVD_INDEX_OFF, EVD_INDEX_OFF, true, &expected), EVD_OK);
        cr_assert_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, &actual), EVD_OK);
        cr_assert(actual.length == expected.length && memcmp(actual.data, expected.data, actual.length) == 0,
                  "the odd event is %llu", (unsigned long long)odd);
    }
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
    evd_buffer_release(&index);
    evd_buffer_release(&log);
}

/* An index made from an index is the same file. */
Test(saved_index, is_saved_again_alike)
{
    struct evd_buffer first = {0}, again = {0};
    struct evd_log *log;
    struct evd_error error;
    state = 7;
    make_pair();
    save(0, &first);
    cr_assert_eq(open_log(0, EVD_INDEX_REQUIRE, &log, &error), EVD_OK, "%s", error.message);
    cr_expect_str_eq(evd_log_index(log, NULL), index_paths[0]);
    cr_assert_eq(evd_index_write(log, append_bytes, &again, &error), EVD_OK);
    cr_expect_eq(first.length, again.length);
    cr_expect_eq(memcmp(first.data, again.data, first.length), 0);
    evd_log_free(log);
    evd_buffer_release(&first);
    evd_buffer_release(&again);
}

/* Workers find SIDs in any order; the file shows none of it. */
Test(saved_index, is_the_same_for_any_threads_and_chunks)
{
    struct evd_buffer log = {0}, first = {0}, again = {0};
    evd_buffer_string(&log, LOG_HEADER);
    for (int tid = 0; tid < 2; tid++)
        for (uint64_t i = 0; i < 900; i++)
            evd_buffer_format(&log,
                              "{\"kind\":\"handle.create\",\"tid\":%d,\"tid_event_idx\":%d,"
                              "\"payload\":{\"handle_semantic_id\":\"%d\"}}\n",
                              tid, (int)i, (int)(i * 7 % 900));
    write_file(paths[0], &log);
    for (unsigned threads = 1; threads <= 4; threads++) {
        struct evd_log *opened;
        struct evd_error error;
        const char *path = paths[0];
        const struct evd_read_options options = {.threads = threads, .chunk_bytes = 100000 / threads};
        cr_assert_eq(evd_logs_open(&path, 1, rules, &options, &opened, NULL, NULL, NULL, &error), EVD_OK);
        cr_expect_eq(opened->floating.count, 900);
        evd_buffer_clear(&again);
        cr_assert_eq(evd_index_write(opened, append_bytes, threads == 1 ? &first : &again, &error), EVD_OK);
        evd_log_free(opened);
        cr_expect(threads == 1 || (first.length == again.length && memcmp(first.data, again.data, first.length) == 0),
                  "%u threads", threads);
    }
    evd_buffer_release(&log);
    evd_buffer_release(&first);
    evd_buffer_release(&again);
}

/* Keys and tags go into files that later programs read: they may change only with the version. */
Test(saved_index, version_stands_for_these_keys)
{
    static const char TEXT[] = LOG_HEADER
        "{\"kind\":\"import.call\",\"tid\":1,\"tid_event_idx\":0,\"payload\":{\"name\":\"N\\u0074Close\"}}\n"
        "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":1,\"payload\":{\"args\":{\"a\":[1,-2,0.5,true,"
        "null]},\"e\":{},\"big\":123456789012345678901234567890}}\n"
        "{\"kind\":\"kernel.return\",\"tid\":1,\"tid_event_idx\":2,\"payload\":{\"name\":\"RtlAllocateHeap\","
        "\"return_value\":4096}}\n"
        "{\"kind\":\"kernel.return\",\"tid\":2,\"tid_event_idx\":2,\"payload\":{\"name\":\"RtlAllocateHeap\","
        "\"return_value\":0}}\n"
        "{\"kind\":\"thread.create\",\"tid\":2,\"tid_event_idx\":3,\"payload\":{\"ctx_ptr\":\"0x0\"}}\n"
        "{\"kind\":\"thread.create\",\"tid\":1,\"tid_event_idx\":3,\"payload\":{\"ctx_ptr\":\"0x10\","
        "\"parent_tid\":3,\"entry\":\"\\ud83d\\ude00\"}}\n"
        "{\"kind\":\"sema.release\",\"tid\":1,\"tid_event_idx\":4}\n"
        "{\"kind\":\"handle.create\",\"tid\":1,\"tid_event_idx\":5,\"payload\":{\"handle_semantic_id\":\"aa\","
        "\"object_type\":2}}\n";
    struct evd_buffer log = {0};
    struct evd_log *opened;
    struct evd_error error;
    evd_buffer_string(&log, TEXT);
    write_file(paths[0], &log);
    cr_assert_eq(open_log(0, EVD_INDEX_OFF, &opened, &error), EVD_OK, "%s", error.message);
    cr_assert_eq(opened->event_count, 8);
    struct evd_buffer keys = {0};
    for (size_t i = 0; i < opened->event_count; i++)
        evd_buffer_format(&keys, "%016llx %u\n", (unsigned long long)log_event(opened, i)->key,
                          evd_event_tag(log_event(opened, i)));
    evd_buffer_byte(&keys, '\0');
    cr_expect_eq((int)EVD_SAVED_VERSION, 12);
    cr_expect_eq(sizeof(struct evd_saved_header), 152, "the format has changed: raise EVD_SAVED_VERSION");
    cr_expect_str_eq(keys.data, KEYS_OF_VERSION,
                     "keys or tags have changed: raise EVD_SAVED_VERSION, then expect these:\n%s", keys.data);
    evd_log_free(opened);
    evd_buffer_release(&log);
    evd_buffer_release(&keys);
}

/* Changes one byte of a file in place, and sets the times of access and of the last change back. */
static void edit_unseen(const char *path, long place)
{
    struct stat before;
    cr_assert_eq(stat(path, &before), 0);
    FILE *file = fopen(path, "r+b");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, place, SEEK_SET), 0);
    const int byte = fgetc(file);
    cr_assert_neq(byte, EOF);
    cr_assert_eq(fseek(file, place, SEEK_SET), 0);
    fputc(byte ^ 1, file);
    cr_assert_eq(fclose(file), 0);
    const struct timespec times[] = {before.st_atim, before.st_mtim};
    struct stat now;
    do { /* until the system's clock has ticked */
        cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
        cr_assert_eq(stat(path, &now), 0);
    } while (now.st_ctim.tv_sec == before.st_ctim.tv_sec && now.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
}

/* An index is told by the log's change time, which nobody can set: a forger of its header can. */
static void forge_change_time(int side)
{
    struct evd_saved_header header;
    struct stat now;
    cr_assert_eq(stat(paths[side], &now), 0);
    FILE *file = fopen(index_paths[side], "r+b");
    cr_assert_not_null(file);
    cr_assert_eq(fread(&header, sizeof header, 1, file), 1);
    header.stored.ctime_ns = now.st_ctim.tv_sec * INT64_C(1000000000) + now.st_ctim.tv_nsec;
    header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
    rewind(file);
    cr_assert_eq(fwrite(&header, sizeof header, 1, file), 1);
    cr_assert_eq(fclose(file), 0);
}

static void expect_changed(bool is_quick, const char *message)
{
    struct evd_error error;
    char path[EVD_PATH_MAX];
    cr_expect_eq(evd_index_check(paths[0], NULL, rules, NULL, is_quick, path, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, message);
    cr_expect_str_eq(error.path, index_paths[0]);
}

static void expect_unused(void)
{
    struct evd_log *log;
    struct evd_error error;
    const char *why_not;
    cr_expect_eq(open_log(0, EVD_INDEX_REQUIRE, &log, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "the log has changed since it was made");
    cr_assert_eq(open_log(0, EVD_INDEX_AUTO, &log, &error), EVD_OK, "%s", error.message);
    cr_expect_null(evd_log_index(log, &why_not));
    cr_expect(strstr(why_not, ": the log has changed since it was made") != NULL, "%s", why_not);
    evd_log_free(log);
}

/* What the index was made from must be what is there: with the time set back, the change time tells; were that the
 * same too, the samples. */
Test(saved_index, fits_one_log_only)
{
    struct evd_buffer index = {0};
    state = 5;
    make_pair();
    save(0, &index);
    edit_unseen(paths[0], 60);
    expect_unused();
    expect_changed(true, "the log has changed since it was made");
    forge_change_time(0);
    expect_unused();
    evd_buffer_release(&index);
}

/* The log of `edits_between_samples_are_seen`, stored plain or packed. */
static void make_long_log(struct evd_buffer *stored, bool is_packed)
{
    struct evd_buffer log = {0};
    evd_buffer_string(&log, LOG_HEADER);
    state = 5;
    for (int i = 0; i < 40000; i++)
        evd_buffer_format(&log,
                          "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%d,\"payload\":"
                          "{\"v\":\"%08x%08x%08x%08x\"}}\n",
                          i, (unsigned)pick(UINT32_MAX), (unsigned)pick(UINT32_MAX), (unsigned)pick(UINT32_MAX),
                          (unsigned)pick(UINT32_MAX));
    evd_buffer_clear(stored);
    if (is_packed) {
        char *packed = malloc(ZSTD_compressBound(log.length));
        cr_assert_not_null(packed);
        const size_t length = ZSTD_compress(packed, ZSTD_compressBound(log.length), log.data, log.length, 1);
        cr_assert_not(ZSTD_isError(length));
        evd_buffer_append(stored, packed, length);
        free(packed);
    } else {
        evd_buffer_append(stored, log.data, log.length);
    }
    evd_buffer_release(&log);
}

/* Between the samples, 64 blocks of 4 KiB spread evenly, with the log's time set back: every diff sees the change time,
 * and the whole check reads the text even if that is as it was. */
Test(saved_index, edits_between_samples_are_seen)
{
    struct evd_buffer index = {0}, log = {0};
    struct evd_error error;
    char path[EVD_PATH_MAX];
    for (int is_packed = 0; is_packed < 2; is_packed++) {
        make_long_log(&log, is_packed);
        cr_assert_gt(log.length, 64 * 8192);
        write_file(paths[0], &log);
        save(0, &index);
        cr_expect_eq(evd_index_check(paths[0], NULL, rules, NULL, false, path, &error), EVD_OK);
        size_t place = (log.length - 4096) / 63 * 31 + 4096 + 100;
        while (!is_packed && memcmp(log.data + place - 5, "\"v\":\"", 5) != 0)
            place++;
        edit_unseen(paths[0], (long)place);
        expect_changed(true, "the log has changed since it was made");
        expect_changed(false, "the log has changed since it was made");
        if (!is_packed) /* what is packed can no longer be read */
            expect_unused();
        forge_change_time(0);
        cr_expect_eq(evd_index_check(paths[0], NULL, rules, NULL, true, path, &error), EVD_OK,
                     "the edit is in a sample");
        expect_changed(false, "the log has changed since it was made, though its size and times are the same");
    }
    evd_buffer_release(&index);
    evd_buffer_release(&log);
}

/* An index of an older version is not read: it says so, and the log is read instead. */
Test(saved_index, other_versions_are_refused)
{
    struct evd_buffer index = {0};
    struct evd_log *log;
    struct evd_error error;
    const char *why_not;
    state = 5;
    make_pair();
    for (int step = -1; step <= 1; step += 2) {
        save(0, &index);
        struct evd_saved_header *header = (void *)index.data;
        header->version = (uint32_t)(EVD_SAVED_VERSION + step);
        header->header_hash = evd_saved_hash(header, offsetof(struct evd_saved_header, header_hash));
        write_file(index_paths[0], &index);
        expect_changed(false, "was made by another version of evdiff; 'evdiff index' makes it anew");
        cr_assert_eq(open_log(0, EVD_INDEX_AUTO, &log, &error), EVD_OK, "%s", error.message);
        cr_expect_null(evd_log_index(log, &why_not));
        cr_expect(strstr(why_not, ": was made by another version of evdiff") != NULL, "%s", why_not);
        evd_log_free(log);
    }
    evd_buffer_release(&index);
}

/* It was made of a log in which every line is an event, where both readings find the same. */
Test(saved_index, serves_tolerant_reading)
{
    struct evd_buffer index = {0};
    struct evd_log *log;
    struct evd_error error;
    const char *path = paths[0];
    const struct evd_read_options options = {.index = EVD_INDEX_REQUIRE, .is_tolerant = true};
    state = 5;
    make_pair();
    save(0, &index);
    cr_assert_eq(evd_logs_open(&path, 1, rules, &options, &log, NULL, NULL, NULL, &error), EVD_OK, "%s", error.message);
    cr_expect_str_eq(evd_log_index(log, NULL), index_paths[0]);
    cr_expect_eq(evd_log_skipped_count(log), 0);
    evd_log_free(log);
    evd_buffer_release(&index);
}

Test(saved_index, other_rules_do_not_fit)
{
    struct evd_buffer index = {0};
    struct evd_error error;
    char path[EVD_PATH_MAX];
    state = 5;
    make_pair();
    save(0, &index);
    const struct evd_rules_options options = {.keep_allocator_returns = true};
    struct evd_rules *other;
    cr_assert_eq(evd_rules_load(NULL, &options, &other, &error), EVD_OK);
    cr_expect_eq(evd_index_check(paths[0], NULL, other, NULL, false, path, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "was made with other rules");
    cr_expect_eq(evd_index_check(paths[0], NULL, rules, NULL, false, path, &error), EVD_OK);
    cr_expect_str_eq(path, index_paths[0]);
    evd_rules_free(other);
    evd_buffer_release(&index);
}

Test(saved_index, only_an_index_is_removed)
{
    struct evd_buffer index = {0};
    struct evd_error error;
    bool is_removed;
    state = 5;
    make_pair();
    save(0, &index);
    cr_expect_eq(evd_index_remove(paths[0], &is_removed, &error), EVD_E_INDEX);
    cr_expect_not(is_removed);
    cr_expect_eq(access(paths[0], F_OK), 0);
    cr_expect_eq(evd_index_remove(index_paths[0], &is_removed, &error), EVD_OK);
    cr_expect(is_removed);
    cr_expect_eq(evd_index_remove(index_paths[0], &is_removed, &error), EVD_OK);
    cr_expect_not(is_removed);
    evd_buffer_release(&index);
}

/* How many blocks events with one key make, and where the second begins. */
static uint64_t count_blocks(uint64_t key, uint64_t events, uint64_t *second)
{
    enum { EVENTS_MAX = 3000 };
    static struct evd_event made[EVENTS_MAX];
    struct evd_block blocks[EVENTS_MAX / EVD_BLOCK_EVENTS_MIN + 1];
    uint64_t participating;
    const uint64_t stride = evd_block_stride(rules->slot_count);
    uint16_t *ordinals = calloc(evd_blocks_most(events) * stride + 1, sizeof *ordinals);
    cr_assert(ordinals != NULL && events <= EVENTS_MAX);
    for (uint64_t i = 0; i < events; i++)
        made[i] = (struct evd_event){key, i << 16};
    const struct evd_stream stream = {.records = made, .count = events};
    const uint64_t count = evd_blocks_make(rules, &stream, blocks, ordinals, &participating);
    cr_assert_eq(participating, events);
    *second = count > 1 ? blocks[1].first : 0;
    free(ordinals);
    return count;
}

/* Two keys tell whether a block may end behind them, one pair in 64; events of one key say so everywhere or nowhere. */
Test(saved_index, blocks_have_32_to_1024_events)
{
    bool has_least = false, has_most = false;
    for (uint64_t key = 1; key < 1000 && !(has_least && has_most); key++) {
        uint64_t second;
        const uint64_t count = count_blocks(key, 3000, &second);
        cr_assert(second == 32 || second == 1024, "%llu", (unsigned long long)second);
        cr_expect_eq(count, second == 32 ? 94 : 3);
        has_least |= second == 32;
        has_most |= second == 1024;
    }
    cr_expect(has_least && has_most);
}
