/* Saved indexes that are damaged or forged. The input is edits to a good index: a byte of flags, then 13 bytes an
 * edit. A damaged index is never believed; one with right checksums may say what it likes, but does no harm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <evdiff/evdiff.h>

#include "demand.h"
#include "log/saved_index.h"
#include "memory_log.h"
#include "target.h"

enum flag {
    IS_FORGED = 1,     /* checksums are made right after the edits */
    IS_COMPRESSED = 2, /* the log is, so that its text is unpacked only when it is asked for */
    HAS_OTHER_INDEX = 4,
};

enum { EDIT_BYTES = 13, EVENTS = 5000, LOGS = 2 };

/* What the edits are made to, and what a diff by it says. */
struct setting {
    char path[96], index_path[EVD_PATH_MAX];
    struct evd_buffer index, expected;
};

static char folder[64];
static struct evd_rules *rules;
static struct setting settings[LOGS]; /* plain and compressed */
static char ours_path[96], ours_index_path[EVD_PATH_MAX];
static struct evd_log *ours[2]; /* read, and by its index */

static void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    demand(file != NULL && fwrite(bytes, 1, length, file) == length && fclose(file) == 0);
}

/* Three threads, with all that an index has a table for; ours has a difference and more of its own events. */
static void make_log(int side, struct evd_buffer *log)
{
    static const char *const PAYLOADS[] = {
        "\"import.call\",\"payload\":{\"name\":\"NtClose\"}",
        "\"kernel.return\",\"payload\":{\"name\":\"RtlAllocateHeap\",\"return_value\":4096}",
        "\"kernel.call\",\"payload\":{\"name\":\"NtClose\",\"args\":{\"a0\":\"0x4\"}}",
        "\"sema.release\",\"payload\":{}",
        "\"wait.begin\",\"payload\":{\"handles_semantic_ids\":[\"shared\"]}",
        "\"thread.create\",\"payload\":{\"ctx_ptr\":\"0x1\",\"entry_pc\":\"0x2\"}",
        "\"contention.observed\",\"payload\":{}",
    };
    evd_buffer_string(log, LOG_HEADER);
    unsigned idx[3] = {0};
    for (unsigned i = 0; i < EVENTS; i++) {
        const unsigned tid = i % 8 == 0 ? 1 : i % 50 == 3 ? 2 : 0;
        unsigned which = idx[tid] == 0 ? 2 : i * 7919 % 11;
        which = which < 7 ? which : 1;
        if (side == EVD_OURS && i % 97 == 5)
            which = 6;
        if (side == EVD_OURS && i == 4000)
            which = 2;
        evd_buffer_format(log, "{\"tid\":%u,\"tid_event_idx\":%u,\"kind\":%s}\n", tid * 4, idx[tid], PAYLOADS[which]);
        idx[tid]++;
    }
}

static struct evd_log *open_log(const char *path, enum evd_index_mode mode, enum evd_status *status)
{
    struct evd_log *log;
    const struct evd_read_options options = {.threads = 1, .index = mode};
    *status = evd_logs_open(&path, 1, rules, &options, &log, NULL, NULL, NULL, NULL);
    return log;
}

/* The status of a diff, and its report in `text`. */
static enum evd_status diff(const struct evd_log *canary, const struct evd_log *other, struct evd_buffer *text)
{
    struct evd_outcome *outcome;
    uint64_t count;
    const struct evd_diff_options options = {.threads = 1, .emit_absorbed_events = true, .resync = true};
    const enum evd_status status = evd_diff(canary, other, &options, &outcome, NULL);
    evd_buffer_clear(text);
    if (status != EVD_OK)
        return status;
    for (size_t i = 0; evd_report_format_name(i) != NULL; i++)
        demand(evd_report_write(outcome, evd_report_format_name(i), NULL, append_bytes, text, NULL) == EVD_OK);
    demand(evd_report_absorbed_events(outcome, append_bytes, text, &count, NULL) == EVD_OK);
    evd_outcome_free(outcome);
    return status;
}

static void remove_files(void)
{
    for (int i = 0; i < LOGS; i++) {
        unlink(settings[i].path);
        unlink(settings[i].index_path);
    }
    unlink(ours_path);
    unlink(ours_index_path);
    rmdir(folder);
}

static void save_index(const char *path, char *index_path, struct evd_buffer *index)
{
    enum evd_status status;
    struct evd_log *log = open_log(path, EVD_INDEX_OFF, &status);
    demand(status == EVD_OK && evd_index_write(log, append_bytes, index, NULL) == EVD_OK);
    demand(evd_index_place(path, NULL, 0, index_path));
    write_file(index_path, index->data, index->length);
    evd_log_free(log);
}

static void set_up(void)
{
    struct evd_buffer logs[EVD_SIDES] = {0}, index = {0};
    enum evd_status status;
    strcpy(folder, "/tmp/evdiff-fuzz-index-XXXXXX");
    demand(mkdtemp(folder) != NULL && atexit(remove_files) == 0);
    demand(evd_rules_load(NULL, NULL, &rules, NULL) == EVD_OK);
    for (int side = 0; side < EVD_SIDES; side++)
        make_log(side, &logs[side]);
    const struct evd_buffer *canary = &logs[EVD_CANARY];
    const size_t bound = ZSTD_compressBound(canary->length);
    char *packed = malloc(bound);
    demand(packed != NULL);
    const size_t packed_length = ZSTD_compress(packed, bound, canary->data, canary->length, 1);
    for (int i = 0; i < LOGS; i++) {
        struct setting *setting = &settings[i];
        snprintf(setting->path, sizeof setting->path, "%s/canary%d", folder, i);
        write_file(setting->path, i ? packed : canary->data, i ? packed_length : canary->length);
        save_index(setting->path, setting->index_path, &setting->index);
    }
    snprintf(ours_path, sizeof ours_path, "%s/ours", folder);
    write_file(ours_path, logs[EVD_OURS].data, logs[EVD_OURS].length);
    save_index(ours_path, ours_index_path, &index);
    ours[0] = open_log(ours_path, EVD_INDEX_OFF, &status);
    demand(status == EVD_OK);
    ours[1] = open_log(ours_path, EVD_INDEX_REQUIRE, &status);
    demand(status == EVD_OK);
    for (int i = 0; i < LOGS; i++) {
        struct evd_log *log = open_log(settings[i].path, EVD_INDEX_OFF, &status);
        demand(status == EVD_OK && diff(log, ours[0], &settings[i].expected) == EVD_OK);
        evd_log_free(log);
    }
    free(packed);
    evd_buffer_release(&index);
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_release(&logs[side]);
}

/* One edit: a place (4 bytes), what to do there (1) and a value (8). */
static void edit(struct evd_buffer *index, const uint8_t *bytes)
{
    uint32_t place;
    uint64_t value, word;
    memcpy(&place, bytes, sizeof place);
    memcpy(&value, bytes + 5, sizeof value);
    if (index->length < sizeof word)
        return;
    place %= index->length - sizeof word + 1;
    switch (bytes[4] % 8) {
    case 0: index->length = place; return;
    case 1: index->data[place] = (char)value; return;
    case 2:
        place = (uint32_t)(sizeof(struct evd_saved_header) < place ? place % sizeof(struct evd_saved_header) : place);
        break;
    default: break;
    }
    place = place / sizeof word * sizeof word;
    memcpy(&word, index->data + place, sizeof word);
    word = bytes[4] & 8 ? word + value : value;
    memcpy(index->data + place, &word, sizeof word);
}

/* A section's end; `most` when it would be beyond that. */
static size_t end_of(size_t start, uint64_t count, size_t size, size_t most)
{
    return count > (most - start) / size ? most : start + (size_t)count * size;
}

/* Makes the checksums of blocks right, as far as there are any. */
static void forge_blocks(struct evd_buffer *index, const struct evd_saved_header *header)
{
    const size_t most = index->length;
    const size_t streams = sizeof *header;
    size_t end = end_of(streams, header->stream_count, sizeof(struct evd_saved_stream), most);
    for (uint64_t i = 0; i < header->stream_count && end < most; i++)
        end = end_of(end, header->counted_count, sizeof(uint64_t), most);
    end = end_of(end, header->use_count, sizeof(struct evd_kind_use), most);
    end = end_of(end, header->floating_count, sizeof(uint64_t), most);
    end = end_of(end, header->creation_count, sizeof(struct evd_creation), most);
    size_t block = end;
    end = end_of(end, header->block_count, sizeof(struct evd_block), most);
    for (uint64_t i = 0; i < header->block_count && end < most; i++)
        end = end_of(end, evd_block_stride(header->slot_count), sizeof(uint16_t), most);
    size_t event = end;
    for (uint64_t i = 0; i < header->stream_count; i++) {
        struct evd_saved_stream stream;
        if (end_of(streams, i + 1, sizeof stream, most) == most)
            return;
        memcpy(&stream, index->data + streams + i * sizeof stream, sizeof stream);
        const size_t stream_end = end_of(event, stream.count, sizeof(struct evd_event), most);
        for (uint64_t j = 0; j < stream.block_count && most - block >= 2 * sizeof(struct evd_block);
             j++, block += sizeof(struct evd_block)) {
            struct evd_block here, next;
            memcpy(&here, index->data + block, sizeof here);
            memcpy(&next, index->data + block + sizeof here, sizeof next);
            const size_t from = end_of(event, here.first, sizeof(struct evd_event), most);
            const size_t to =
                j + 1 < stream.block_count ? end_of(event, next.first, sizeof(struct evd_event), most) : stream_end;
            if (from < to) {
                here.checksum = evd_saved_hash(index->data + from, to - from);
                memcpy(index->data + block, &here, sizeof here);
            }
        }
        event = stream_end;
    }
}

/* Makes all checksums right, and what a reader compares with log and rules before it looks at the rest. */
static void forge(struct evd_buffer *index, const struct evd_buffer *good)
{
    struct evd_saved_header header, right;
    if (index->length < sizeof header)
        return;
    memcpy(&header, index->data, sizeof header);
    memcpy(&right, good->data, sizeof right);
    const uint64_t text_length = header.text_length;
    memcpy(&header, &right, offsetof(struct evd_saved_header, stream_count));
    header.text_length = text_length;
    header.counted_count = right.counted_count;
    header.use_count = right.use_count;
    header.slot_count = right.slot_count;
    forge_blocks(index, &header);
    const size_t events = end_of(0, header.event_count, sizeof(struct evd_event), index->length);
    const size_t tables = index->length - events;
    if (tables > sizeof header)
        header.tables_hash = evd_saved_hash(index->data + sizeof header, tables - sizeof header);
    header.header_hash = evd_saved_hash(&header, offsetof(struct evd_saved_header, header_hash));
    memcpy(index->data, &header, sizeof header);
}

/* What an index says is asked for everything that a log can be asked. */
static void ask(const struct evd_log *log)
{
    for (size_t i = 0; i < evd_log_thread_count(log) && i < 8; i++) {
        const int64_t tid = evd_log_thread_tid(log, i);
        const uint64_t count = evd_log_thread_events(log, i);
        uint64_t position;
        const char *text;
        size_t length;
        (void)evd_log_find(log, tid, 7, &position, NULL);
        if (count > 0 && evd_log_line(log, tid, count - 1, &text, &length, NULL) == EVD_OK)
            demand(text != NULL && length <= evd_log_bytes(log));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (rules == NULL)
        set_up();
    const uint8_t flags = size > 0 ? data[0] : 0;
    const struct setting *setting = &settings[(flags & IS_COMPRESSED) != 0];
    struct evd_buffer index = {0}, report = {0};
    evd_buffer_append(&index, setting->index.data, setting->index.length);
    for (size_t i = 1; i + EDIT_BYTES <= size; i += EDIT_BYTES)
        edit(&index, data + i);
    const bool is_good =
        index.length == setting->index.length && memcmp(index.data, setting->index.data, index.length) == 0;
    if (flags & IS_FORGED)
        forge(&index, &setting->index);
    write_file(setting->index_path, index.data, index.length);
    enum evd_status status;
    struct evd_log *log = open_log(setting->path, EVD_INDEX_REQUIRE, &status);
    demand(status == EVD_OK || (status == EVD_E_INDEX && !is_good));
    if (status == EVD_OK) {
        status = diff(log, ours[(flags & HAS_OTHER_INDEX) != 0], &report);
        /* A forged index may claim more text than may be unpacked. */
        demand(status == EVD_OK || status == EVD_E_INDEX || status == EVD_E_NO_MAPPING ||
               (status == EVD_E_LIMIT && (flags & IS_FORGED)));
        const struct evd_buffer *right = &setting->expected;
        const bool is_right =
            status == EVD_OK && report.length == right->length && memcmp(report.data, right->data, report.length) == 0;
        demand(is_right || (flags & IS_FORGED ? !is_good : !is_good && status == EVD_E_INDEX));
        ask(log);
    }
    evd_log_free(log);
    evd_buffer_release(&index);
    evd_buffer_release(&report);
    return 0;
}
