/* Saved indexes that are damaged, forged, cut or overwritten, before they are opened and while they are in use:
 * they are never believed. */
#include "names/breaks.h"

#include "index_files.h"

TestSuite(damaged_index, .init = set_up, .fini = tear_down);

/* Two logs so long that their blocks take pages of the index; ours waits now and then for what two threads
 * share, so that the walk looks at every block. */
static void make_long_pair(void)
{
    static const char WAIT[] = "{\"handles_semantic_ids\":[\"shared\"]}";
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer log = {0};
        uint64_t idx = 0, other_idx = 0;
        evd_buffer_string(&log, LOG_HEADER);
        append_next(&log, 2, &other_idx, "wait.begin", WAIT);
        append_next(&log, 1, &idx, "kernel.call", "{\"name\":\"first\"}");
        append_next(&log, 1, &idx, "wait.begin", WAIT);
        for (int i = 0; i < 300000; i++) {
            char payload[32];
            snprintf(payload, sizeof payload, "{\"v\":%d}", i);
            append_next(&log, 1, &idx, "k", payload);
            if (side == EVD_OURS && i % 500 == 0)
                append_next(&log, 1, &idx, "wait.begin", WAIT);
        }
        write_file(paths[side], &log);
        evd_buffer_release(&log);
    }
}

/* What the index holds is taken away, from the end, while it is in use. */
Test(damaged_index, cut_while_it_is_open)
{
    struct evd_buffer index = {0}, other = {0};
    size_t refused = 0, cuts = 0;
    state = 3;
    make_long_pair();
    save(1, &other);
    save(0, &index);
    for (size_t length = 0; length < index.length; length += length < 65536 ? 4096 : 1 << 20) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome = NULL;
        struct evd_error error;
        const struct evd_diff_options options = {.threads = 1};
        for (int side = 0; side < EVD_SIDES; side++)
            cr_assert_eq(open_log(side, EVD_INDEX_REQUIRE, &logs[side], &error), EVD_OK, "%s", error.message);
        cr_assert_eq(truncate(index_paths[0], (off_t)length), 0);
        const enum evd_status status = evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error);
        refused += status == EVD_E_INDEX;
        cuts++;
        evd_outcome_free(outcome);
        for (int side = 0; side < EVD_SIDES; side++)
            evd_log_free(logs[side]);
        write_file(index_paths[0], &index);
    }
    /* Every cut takes events away that the walk looks at. */
    cr_expect_eq(refused, cuts);
    evd_buffer_release(&index);
    evd_buffer_release(&other);
}

static void append_counted(struct evd_buffer *log, int count, int odd)
{
    evd_buffer_string(log, LOG_HEADER);
    for (int i = 0; i < count; i++)
        evd_buffer_format(log,
                          "{\"kind\":\"kernel.call\",\"tid\":1,\"tid_event_idx\":%d,\"payload\":{\"name\":"
                          "\"n\",\"v\":%d}}\n",
                          i, i == odd ? 1000000 + i : 2000000 + i);
}

/* Another log's index is written over it while it is in use: what was checked at the opening still counts. */
Test(damaged_index, overwritten_while_it_is_open)
{
    struct evd_buffer text = {0}, index[EVD_SIDES] = {{0}, {0}};
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_clear(&text);
        append_counted(&text, 8000, side == EVD_OURS ? 6000 : -1);
        write_file(paths[side], &text);
        save(side, &index[side]);
    }
    cr_assert_eq(index[0].length, index[1].length);
    struct evd_log *logs[EVD_SIDES];
    struct evd_outcome *outcome = NULL;
    struct evd_error error;
    const struct evd_diff_options options = {.threads = 1};
    for (int side = 0; side < EVD_SIDES; side++)
        cr_assert_eq(open_log(side, EVD_INDEX_REQUIRE, &logs[side], &error), EVD_OK, "%s", error.message);
    FILE *file = fopen(index_paths[EVD_CANARY], "r+b");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(index[EVD_OURS].data, 1, index[EVD_OURS].length, file), index[EVD_OURS].length);
    cr_assert_eq(fclose(file), 0);
    cr_expect_eq(evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error), EVD_E_INDEX);
    cr_expect_null(outcome);
    evd_outcome_free(outcome);
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_log_free(logs[side]);
        evd_buffer_release(&index[side]);
    }
    evd_buffer_release(&text);
}

/* A diff with a changed index gives the right report or none. */
static void hold(const struct evd_buffer *expected, struct evd_buffer *actual, size_t place)
{
    const enum evd_status status = diff(EVD_INDEX_REQUIRE, EVD_INDEX_OFF, actual);
    cr_assert(status == EVD_E_INDEX || (status == EVD_OK && actual->length == expected->length &&
                                        memcmp(actual->data, expected->data, actual->length) == 0),
              "byte %zu: status %d", place, (int)status);
}

Test(damaged_index, damage_is_found)
{
    struct evd_buffer index = {0}, expected = {0}, actual = {0};
    state = 3;
    make_pair();
    save(0, &index);
    save(1, &actual);
    cr_assert_eq(diff(EVD_INDEX_OFF, EVD_INDEX_OFF, &expected), EVD_OK);
    size_t tried = 0;
    char path[EVD_PATH_MAX];
    struct evd_error error;
    for (size_t i = 0; i < index.length; i += i < 4096 ? 7 : 1 + pick(997)) {
        index.data[i] ^= (char)(1 << pick(8));
        write_file(index_paths[0], &index);
        hold(&expected, &actual, i);
        /* The whole check misses nothing, wherever it is. */
        cr_assert_eq(evd_index_check(paths[0], NULL, rules, NULL, i % 2 == 0, path, &error), EVD_E_INDEX, "byte %zu",
                     i);
        save(0, &index);
        tried++;
    }
    cr_expect_gt(tried, 100);
    for (size_t length = 0; length < index.length; length += 1 + pick(index.length / 30)) {
        struct evd_buffer cut = index;
        cut.length = length;
        write_file(index_paths[0], &cut);
        cr_assert_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_OFF, &actual), EVD_E_INDEX, "cut at %zu", length);
        hold(&expected, &actual, length);
    }
    evd_buffer_release(&index);
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
}

/* Someone who can make checksums can still not make it crash. */
Test(damaged_index, hostile_counts_are_refused)
{
    struct evd_buffer index = {0}, actual = {0};
    state = 11;
    make_pair();
    save(0, &index);
    save(1, &actual);
    const size_t first = offsetof(struct evd_saved_header, text_length);
    const size_t last = offsetof(struct evd_saved_header, tables_hash);
    static const uint64_t VALUES[] = {0, 1, 2, 3, UINT64_MAX, UINT64_MAX / 2, UINT64_MAX / 16, (uint64_t)1 << 32};
    for (size_t place = first; place < last; place += sizeof(uint64_t))
        for (size_t i = 0; i < sizeof VALUES / sizeof VALUES[0]; i++) {
            struct evd_saved_header header;
            memcpy(&header, index.data, sizeof header);
            uint64_t *member = (uint64_t *)((char *)&header + place);
            const bool is_same = *member == VALUES[i];
            *member = VALUES[i];
            header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
            struct evd_buffer hostile = {0};
            evd_buffer_append(&hostile, index.data, index.length);
            memcpy(hostile.data, &header, sizeof header);
            write_file(index_paths[0], &hostile);
            evd_buffer_release(&hostile);
            const enum evd_status status = diff(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, &actual);
            cr_expect(status == EVD_E_INDEX || is_same, "member at %zu = %llx: status %d", place,
                      (unsigned long long)VALUES[i], (int)status);
        }
    evd_buffer_release(&index);
    evd_buffer_release(&actual);
}

/* Where the blocks of the first stream that has three are in an index; 0 when there is none. */
static size_t find_three_blocks(const struct evd_buffer *index, struct evd_saved_header *header)
{
    memcpy(header, index->data, sizeof *header);
    const struct evd_saved_stream *streams = (const void *)(index->data + sizeof *header);
    size_t place = sizeof *header + header->stream_count * sizeof *streams +
                   header->stream_count * header->counted_count * sizeof(uint64_t) +
                   header->use_count * sizeof(struct evd_kind_use) + header->floating_count * sizeof(uint64_t) +
                   header->creation_count * sizeof(struct evd_creation);
    for (uint64_t i = 0; i < header->stream_count; i++) {
        if (streams[i].block_count >= 3)
            return place;
        place += streams[i].block_count * sizeof(struct evd_block);
    }
    return 0;
}

/* The block after one that begins near 2^64 is after it only by overflow. */
Test(damaged_index, a_block_beyond_its_stream_is_refused)
{
    struct evd_buffer index = {0};
    struct evd_saved_header header;
    struct evd_log *log;
    struct evd_error error;
    size_t place;
    state = 1;
    do {
        make_pair();
        save(0, &index);
    } while ((place = find_three_blocks(&index, &header)) == 0);
    struct evd_block *blocks = (void *)(index.data + place);
    blocks[1].first = UINT64_MAX - 100;
    const size_t events = index.length - header.event_count * sizeof(struct evd_event);
    header.tables_hash = evd_saved_hash(index.data + sizeof header, events - sizeof header);
    header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
    memcpy(index.data, &header, sizeof header);
    write_file(index_paths[0], &index);
    cr_expect_eq(open_log(0, EVD_INDEX_REQUIRE, &log, &error), EVD_E_INDEX);
    cr_expect_str_eq(error.message, "is damaged");
    evd_buffer_release(&index);
}

/* What a walk counts where blocks are equal is what they claim. */
Test(damaged_index, a_block_with_other_counts_than_it_claims_is_refused)
{
    struct evd_buffer index = {0}, other = {0}, forged = {0};
    struct evd_saved_header header;
    evd_buffer_string(&other, LOG_HEADER);
    for (int i = 0; i < 8000; i++)
        evd_buffer_format(&other,
                          "{\"kind\":\"%s\",\"tid\":1,\"tid_event_idx\":%d,\"payload\":{\"name\":\"n\",\"v\":%d}}\n",
                          i % 3 == 2 ? "sema.release" : "kernel.call", i, i);
    for (int side = 0; side < EVD_SIDES; side++)
        write_file(paths[side], &other);
    save(1, &other);
    for (int by = -1; by <= 1; by++) {
        save(0, &index);
        const size_t place = find_three_blocks(&index, &header);
        cr_assert_neq(place, 0);
        cr_assert_gt(header.block_count, 5);
        struct evd_block *blocks = (void *)(index.data + place);
        /* With engine-local events in all blocks, the table of blocks by itself does not contradict the claim. */
        blocks[2].participating += (uint64_t)by;
        const size_t place_of_events = index.length - header.event_count * sizeof(struct evd_event);
        header.tables_hash = evd_saved_hash(index.data + sizeof header, place_of_events - sizeof header);
        header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
        memcpy(index.data, &header, sizeof header);
        write_file(index_paths[0], &index);
        cr_expect_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_OFF, &forged), by == 0 ? EVD_OK : EVD_E_INDEX, "by %d", by);
    }
    evd_buffer_release(&index);
    evd_buffer_release(&other);
    evd_buffer_release(&forged);
}

/* A log of one thread; ours has another value at event `odd`. */
static void write_counted(int side, int odd)
{
    struct evd_buffer log = {0};
    append_counted(&log, 8000, odd);
    write_file(paths[side], &log);
    evd_buffer_release(&log);
}

/* Blocks that the walk passed over are looked at again for the events before a divergence. One that claims events that
 * take part but has none sends the search on into blocks that nobody has checked. */
Test(damaged_index, blocks_before_a_divergence_are_checked)
{
    struct evd_buffer index = {0}, other = {0};
    struct evd_saved_header header;
    write_counted(0, -1);
    save(0, &index);
    const size_t place = find_three_blocks(&index, &header);
    cr_assert_neq(place, 0);
    struct evd_block *blocks = (void *)(index.data + place);
    cr_assert_gt(header.block_count, 5);
    write_counted(1, (int)blocks[4].first);
    save(1, &other);
    cr_assert_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, &other), EVD_OK);
    const size_t place_of_events = index.length - header.event_count * sizeof(struct evd_event);
    struct evd_event *events = (void *)(index.data + place_of_events);
    for (uint64_t i = blocks[2].first; i < blocks[4].first; i++) {
        const bool is_wild = i < blocks[3].first && i + 4 >= blocks[3].first;
        events[i].place = (events[i].place & ~UINT64_C(0xffff)) | (is_wild ? 0xffff : EVD_TAG_ENGINE_LOCAL);
    }
    blocks[3].checksum = evd_saved_hash(events + blocks[3].first, (blocks[4].first - blocks[3].first) * sizeof *events);
    header.tables_hash = evd_saved_hash(index.data + sizeof header, place_of_events - sizeof header);
    header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
    memcpy(index.data, &header, sizeof header);
    write_file(index_paths[0], &index);
    cr_expect_eq(diff(EVD_INDEX_REQUIRE, EVD_INDEX_REQUIRE, &other), EVD_E_INDEX);
    evd_buffer_release(&index);
    evd_buffer_release(&other);
}

/* What is overwritten in place, by cp for one, changes under the diff that has it mapped. */
Test(damaged_index, a_file_that_is_cut_while_it_is_used_is_damaged)
{
    struct evd_buffer index = {0}, expected = {0}, actual = {0};
    struct evd_error error;
    unsigned refused = 0;
    state = 2;
    make_pair();
    for (size_t part = 0; part <= 8; part++) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_outcome *outcome;
        const struct evd_diff_options options = {.threads = 1};
        struct evd_buffer *report = part == 0 ? &expected : &actual;
        save(0, &index);
        cr_assert_eq(open_log(EVD_CANARY, EVD_INDEX_REQUIRE, &logs[EVD_CANARY], &error), EVD_OK);
        cr_assert_eq(open_log(EVD_OURS, EVD_INDEX_OFF, &logs[EVD_OURS], &error), EVD_OK);
        cr_assert_eq(truncate(index_paths[0], (off_t)(index.length * (8 - part) / 8)), 0);
        const enum evd_status status = evd_diff(logs[EVD_CANARY], logs[EVD_OURS], &options, &outcome, &error);
        evd_buffer_clear(&actual);
        if (status == EVD_OK) {
            cr_assert_eq(evd_report_write(outcome, "markdown", NULL, append_bytes, report, &error), EVD_OK);
            cr_expect(expected.length == report->length && memcmp(expected.data, report->data, expected.length) == 0,
                      "part %zu", part);
            evd_outcome_free(outcome);
        } else {
            cr_expect_eq(status, EVD_E_INDEX, "part %zu", part);
            refused++;
        }
        evd_log_free(logs[EVD_CANARY]);
        evd_log_free(logs[EVD_OURS]);
    }
    cr_expect_gt(refused, 0);
    evd_buffer_release(&index);
    evd_buffer_release(&expected);
    evd_buffer_release(&actual);
}

/* Whether the event at which names were found to break still has them: the one that has not names its log. */
Test(damaged_index, a_name_that_is_gone_names_its_log)
{
    static const char *const PAYLOADS[] = {"{\"args\":{\"a0\":4096}}", "{\"args\":{}}"};
    const struct evd_name_break break_ = {
        .path = evd_hash_pair(evd_hash_string(evd_string_of("args")), evd_hash_string(evd_string_of("a0")))};
    struct evd_buffer index = {0};
    for (int side = 0; side < EVD_SIDES; side++) {
        struct evd_buffer log = {0};
        evd_buffer_string(&log, LOG_HEADER);
        append_event(&log, "k", 1, 0, PAYLOADS[side]);
        write_file(paths[side], &log);
        save(side, &index);
        evd_buffer_release(&log);
    }
    for (int swapped = 0; swapped < 2; swapped++) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_error error;
        struct evd_walker walker;
        for (int side = 0; side < EVD_SIDES; side++)
            cr_assert_eq(open_log(side ^ swapped, EVD_INDEX_REQUIRE, &logs[side], &error), EVD_OK);
        const struct evd_log *const sides[] = {logs[0], logs[1]};
        const struct evd_stream *const streams[] = {evd_log_stream(logs[0], 1), evd_log_stream(logs[1], 1)};
        cr_assert(evd_walker_init(&walker, rules));
        evd_walker_aim(&walker, sides, streams);
        cr_expect_eq(evd_name_break_read(&break_, &walker, &error), EVD_E_INDEX);
        cr_expect_str_eq(error.path, index_paths[1]);
        evd_walker_release(&walker);
        evd_log_free(logs[0]);
        evd_log_free(logs[1]);
    }
    evd_buffer_release(&index);
}

/* Of two logs that contradict each other the one with an index is blamed, since a session can read its text instead. */
Test(damaged_index, is_blamed_before_texts)
{
    struct evd_buffer index = {0};
    state = 3;
    make_pair();
    for (int side = 0; side < EVD_SIDES; side++)
        save(side, &index);
    for (int with = 0; with < 4; with++) {
        struct evd_log *logs[EVD_SIDES];
        struct evd_error error;
        for (int side = 0; side < EVD_SIDES; side++)
            cr_assert_eq(open_log(side, with >> side & 1 ? EVD_INDEX_REQUIRE : EVD_INDEX_OFF, &logs[side], &error),
                         EVD_OK);
        const struct evd_log *const both[] = {logs[0], logs[1]};
        const enum evd_status status = evd_logs_blame(both, EVD_SIDES, &error);
        cr_expect_eq(status, with == 0 ? EVD_E_IO : EVD_E_INDEX);
        cr_expect_str_eq(error.path, with == 0 ? paths[0] : index_paths[with & 1 ? 0 : 1]);
        evd_log_free(logs[0]);
        evd_log_free(logs[1]);
    }
    evd_buffer_release(&index);
}
