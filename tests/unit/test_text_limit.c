/* Text that goes to memory has a limit: what is at it is read, one byte more is refused in words, packed or from a
 * pipe, in one log or in two; and what is free says where the limit is when nobody does. */
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/free_memory.h"
#include "evdiff/evdiff.h"
#include "memory_log.h"
#include "packed_bytes.h"

static struct evd_rules *rules;

static void set_up_rules(void)
{
    set_up();
    cr_assert_eq(evd_rules_load(NULL, NULL, &rules, NULL), EVD_OK);
}

static void tear_down_rules(void)
{
    evd_rules_free(rules);
    tear_down();
}

TestSuite(text_limit, .init = set_up_rules, .fini = tear_down_rules);

/* A log of exactly `length` bytes. */
static struct bytes make_log(size_t length)
{
    enum { LINE_BYTES_MAX = 128 };
    struct bytes log = {malloc(length + LINE_BYTES_MAX), 0};
    cr_assert_not_null(log.data);
    memcpy(log.data, LOG_HEADER, sizeof LOG_HEADER - 1);
    log.length = sizeof LOG_HEADER - 1;
    for (int i = 0; log.length + 200 < length; i++)
        log.length += (size_t)snprintf(
            log.data + log.length, LINE_BYTES_MAX, "{\"kind\":\"k\",\"tid\":1,\"tid_event_idx\":%d}\n", i);
    memset(log.data + log.length, '\n', length - log.length);
    log.length = length;
    return log;
}

enum form { FORM_ZSTD, FORM_ZSTD_STREAM, FORM_GZIP, FORM_PIPE, FORMS };

static struct bytes in_form(const struct bytes *text, enum form form)
{
    struct bytes packed = {0};
    switch (form) {
    case FORM_ZSTD: add_zstd(&packed, text, 0, text->length); break;
    case FORM_ZSTD_STREAM: add_zstd_stream(&packed, text, 20); break;
    case FORM_GZIP: add_gzip(&packed, text, 0, text->length); break;
    default: add(&packed, text->data, text->length);
    }
    return packed;
}

/* Bytes in a pipe that has room for them, as a path. */
static int fill_pipe(const struct bytes *bytes, char name[MEMORY_PATH_BYTES])
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    cr_assert_eq(write(ends[1], bytes->data, bytes->length), (ssize_t)bytes->length);
    close(ends[1]);
    snprintf(name, MEMORY_PATH_BYTES, "/proc/self/fd/%d", ends[0]);
    return ends[0];
}

static int put(const struct bytes *bytes, bool is_pipe, char name[MEMORY_PATH_BYTES])
{
    return is_pipe ? fill_pipe(bytes, name) : memory_file(bytes->data, bytes->length, name);
}

static uint64_t memory_bytes; /* of what is opened; 0: all in memory */

static enum evd_status open_with(const char *const *paths, size_t count, uint64_t most, unsigned threads,
                                 struct evd_log **logs)
{
    const struct evd_read_options options = {
        .threads = threads, .max_unpacked_bytes = most, .memory_bytes = memory_bytes};
    return evd_logs_open(paths, count, rules, &options, logs, NULL, NULL, NULL, &error);
}

static void expect_limit_told(const char *name, uint64_t most)
{
    char number[32];
    snprintf(number, sizeof number, " %" PRIu64 " bytes", most);
    cr_expect_eq(error.status, EVD_E_LIMIT);
    cr_expect_str_eq(error.path, name);
    cr_expect_not_null(strstr(error.message, number), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "--max-unpacked"), "%s", error.message);
    cr_expect_not_null(strstr(error.message, "max_unpacked_bytes"), "%s", error.message);
}

static void expect_held_to_a_byte(void)
{
    static const size_t LENGTHS[] = {sizeof LOG_HEADER - 1, 4096, 65536, 300001};
    for (size_t l = 0; l < sizeof LENGTHS / sizeof LENGTHS[0]; l++)
        for (int form = 0; form < FORMS; form++) {
            const struct bytes text = make_log(LENGTHS[l]), packed = in_form(&text, (enum form)form);
            for (int beyond = 0; beyond < 2; beyond++) {
                char name[MEMORY_PATH_BYTES];
                const char *const paths[] = {name};
                struct evd_log *log;
                const int fd = put(&packed, form == FORM_PIPE, name);
                const uint64_t most = text.length - (size_t)beyond;
                const enum evd_status status = open_with(paths, 1, most, 1, &log);
                cr_expect_eq(status, beyond ? EVD_E_LIMIT : EVD_OK, "form %d, %zu bytes: %s", form, text.length,
                             status == EVD_OK ? "" : error.message);
                if (beyond)
                    expect_limit_told(name, most);
                evd_log_free(log);
                close(fd);
            }
            free(packed.data);
            free(text.data);
        }
}

Test(text_limit, at_the_limit_and_one_byte_beyond)
{
    expect_held_to_a_byte();
}

/* So is what goes to files, all of it or what is more than a part. */
Test(text_limit, the_same_in_files)
{
    for (memory_bytes = 1; memory_bytes < 1 << 20; memory_bytes *= 32)
        expect_held_to_a_byte();
}

/* A plain file is no memory. */
Test(text_limit, a_plain_file_has_none)
{
    const struct bytes text = make_log(100000);
    char name[MEMORY_PATH_BYTES];
    const char *const paths[] = {name};
    struct evd_log *log;
    const int fd = put(&text, false, name);
    cr_expect_eq(open_with(paths, 1, 1, 1, &log), EVD_OK);
    evd_log_free(log);
    close(fd);
    free(text.data);
}

/* What comes packed from a pipe is held while it is unpacked. */
Test(text_limit, a_packed_pipe_counts_with_its_text)
{
    const struct bytes text = make_log(100000), packed = in_form(&text, FORM_GZIP);
    for (int beyond = 0; beyond < 2; beyond++) {
        char name[MEMORY_PATH_BYTES];
        const char *const paths[] = {name};
        struct evd_log *log;
        const int fd = fill_pipe(&packed, name);
        cr_expect_eq(open_with(paths, 1, text.length + packed.length - (size_t)beyond, 1, &log),
                     beyond ? EVD_E_LIMIT : EVD_OK);
        evd_log_free(log);
        close(fd);
    }
    free(packed.data);
    free(text.data);
}

/* Both logs count together, and the one that is named does not depend on who was faster. */
Test(text_limit, two_logs_count_together)
{
    enum { SMALL = 50000, LARGE = 600000, ROUNDS = 40 };
    static const struct {
        size_t length[2];
        uint64_t most;
        int named; /* -1: none */
    } CASES[] = {
        {{SMALL, LARGE}, SMALL + LARGE, -1},
        {{LARGE, SMALL}, SMALL + LARGE, -1},
        {{SMALL, LARGE}, SMALL + LARGE - 1, 1},
        {{LARGE, SMALL}, SMALL + LARGE - 1, 1},
        {{SMALL, LARGE}, SMALL, 1},
        {{LARGE, SMALL}, LARGE, 1},
        {{SMALL, LARGE}, SMALL - 1, 0},
        {{LARGE, SMALL}, LARGE - 1, 0},
        {{LARGE, LARGE}, LARGE - 1, 0},
        {{LARGE, LARGE}, LARGE, 1},
    };
    for (size_t c = 0; c < sizeof CASES / sizeof CASES[0]; c++)
        for (unsigned round = 0; round < ROUNDS; round++) {
            struct bytes packed[2];
            char names[2][MEMORY_PATH_BYTES];
            int fds[2];
            for (int i = 0; i < 2; i++) {
                const struct bytes text = make_log(CASES[c].length[i]);
                packed[i] = in_form(&text, (enum form)((round + (unsigned)i) % FORMS));
                fds[i] = put(&packed[i], (round + (unsigned)i) % FORMS == FORM_PIPE, names[i]);
                free(text.data);
            }
            const char *const paths[] = {names[0], names[1]};
            struct evd_log *logs[2];
            const enum evd_status status = open_with(paths, 2, CASES[c].most, 1 + round / 4 % 2, logs);
            const int named = CASES[c].named;
            cr_assert_eq(status, named < 0 ? EVD_OK : EVD_E_LIMIT, "case %zu, round %u", c, round);
            if (named >= 0)
                expect_limit_told(names[named], CASES[c].most);
            for (int i = 0; i < 2; i++) {
                evd_log_free(logs[i]);
                close(fds[i]);
                free(packed[i].data);
            }
        }
}

/* A frame that says what it holds is refused before any of it is unpacked: what follows is not even zstd. */
Test(text_limit, a_frame_is_taken_at_its_word)
{
    const struct bytes text = make_log(300000);
    struct bytes packed = in_form(&text, FORM_ZSTD);
    memset(packed.data + 20, 0xff, packed.length - 20);
    char name[MEMORY_PATH_BYTES];
    const char *const paths[] = {name};
    struct evd_log *log;
    const int fd = put(&packed, false, name);
    cr_expect_eq(open_with(paths, 1, 299999, 1, &log), EVD_E_LIMIT);
    cr_expect_eq(open_with(paths, 1, 300000, 1, &log), EVD_E_IO);
    close(fd);
    free(packed.data);
    free(text.data);
}

/* Opens a log where so many bytes of address space are free, and no limit is given. */
static enum evd_status open_in_space(const char *const *paths, uint64_t free_bytes, struct evd_log **log)
{
    struct rlimit before, limit;
    cr_assert_eq(getrlimit(RLIMIT_AS, &before), 0);
    limit = (struct rlimit){count_mapped_bytes() + free_bytes, before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    const enum evd_status status = open_with(paths, 1, 0, 1, log);
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    return status;
}

/* A log of so many bytes of text that is a header and empty lines, packed; the caller frees its data. */
static struct bytes pack_empty_lines(size_t length)
{
    struct bytes text = make_log(sizeof LOG_HEADER - 1), packed = {0};
    text.data = realloc(text.data, length);
    cr_assert_not_null(text.data);
    memset(text.data + text.length, '\n', length - text.length);
    text.length = length;
    add_zstd(&packed, &text, 0, text.length);
    free(text.data);
    return packed;
}

/* Then three fifths of what is free may become text: a little less is read, a little more refused. */
Test(text_limit, three_fifths_of_what_is_free, .disabled = HAS_SHADOW_MEMORY)
{
    enum { FREE_BYTES = 400 << 20 };
    static const unsigned PERCENT[] = {57, 63};
    for (int beyond = 0; beyond < 2; beyond++) {
        struct bytes packed = pack_empty_lines((size_t)FREE_BYTES / 100 * PERCENT[beyond]);
        char name[MEMORY_PATH_BYTES];
        const char *const paths[] = {name};
        struct evd_log *log;
        const int fd = put(&packed, false, name);
        const enum evd_status status = open_in_space(paths, FREE_BYTES, &log);
        cr_expect_eq(status == EVD_E_LIMIT, beyond, "%u %%: %s", PERCENT[beyond],
                     status == EVD_OK ? "" : error.message);
        if (status == EVD_OK)
            evd_log_free(log);
        close(fd);
        free(packed.data);
    }
}

/* With a spill it is three fifths of its memory and of its disk: what fits in the one needs nothing of the other. */
Test(text_limit, three_fifths_of_a_spill)
{
    enum { LENGTH = 3000 };
    cr_assert_eq(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
    for (size_t beyond = 0; beyond <= 1; beyond++) {
        const struct bytes text = make_log(LENGTH + beyond);
        struct bytes packed = in_form(&text, FORM_ZSTD);
        char name[MEMORY_PATH_BYTES];
        const char *const paths[] = {name};
        const int fd = put(&packed, false, name);
        const struct evd_read_options read = {.threads = 1, .memory_bytes = (uint64_t)1 << 32};
        struct evd_log *log;
        enum evd_status status = evd_logs_open(paths, 1, rules, &read, &log, NULL, NULL, NULL, &error);
        cr_expect_eq(status, EVD_OK, "%s", error.message);
        evd_log_free(log);
        const struct evd_read_options small = {.threads = 1, .memory_bytes = LENGTH / 3 * 5};
        status = evd_logs_open(paths, 1, rules, &small, &log, NULL, NULL, NULL, &error);
        cr_expect_eq(status, beyond ? EVD_E_LIMIT : EVD_E_IO, "%s", error.message);
        cr_expect_not_null(strstr(error.message, beyond ? "3000 bytes of text" : "TMPDIR"), "%s", error.message);
        evd_log_free(log);
        close(fd);
        free(packed.data);
        free(text.data);
    }
}

/* Files take addresses too. When those run out another folder would not help, and none is told of. */
Test(text_limit, a_spill_has_addresses_for_its_files, .disabled = HAS_SHADOW_MEMORY)
{
    struct bytes packed = pack_empty_lines(64 << 20);
    char name[MEMORY_PATH_BYTES];
    const char *const paths[] = {name};
    struct evd_log *log;
    const int fd = put(&packed, false, name);
    memory_bytes = 1;
    cr_expect_eq(open_in_space(paths, 200 << 20, &log), EVD_OK, "%s", error.message);
    evd_log_free(log);
    cr_expect_eq(open_in_space(paths, 32 << 20, &log), EVD_E_NO_MEMORY, "%s", error.message);
    memory_bytes = 0;
    close(fd);
    free(packed.data);
}

/* Without a limit that is given, address space that is short is one. */
Test(text_limit, a_bomb_is_refused_before_memory_is_gone, .disabled = HAS_SHADOW_MEMORY)
{
    struct bytes zeros = {calloc(64, 1 << 20), 64 << 20};
    for (int form = FORM_ZSTD; form <= FORM_GZIP; form++) {
        struct bytes frame = in_form(&zeros, (enum form)form), bomb = {0};
        for (int i = 0; i < 16; i++)
            add(&bomb, frame.data, frame.length);
        char name[MEMORY_PATH_BYTES];
        const char *const paths[] = {name};
        struct evd_log *log;
        const int fd = put(&bomb, false, name);
        const enum evd_status status = open_in_space(paths, 400 << 20, &log);
        cr_expect_eq(status, EVD_E_LIMIT, "form %d: %s", form, error.message);
        cr_expect_not_null(strstr(error.message, "--max-unpacked"), "%s", error.message);
        close(fd);
        free(bomb.data);
        free(frame.data);
    }
    free(zeros.data);
}

/* The text behind a saved index is unpacked only when someone asks, and then has the limit too, in memory as in a file. */
Test(text_limit, a_text_behind_an_index_has_the_limit)
{
    const struct bytes text = make_log(200000), packed = in_form(&text, FORM_ZSTD);
    write_file(packed.data, packed.length);
    const char *const paths[] = {path};
    struct evd_log *log;
    cr_assert_eq(open_with(paths, 1, 0, 1, &log), EVD_OK);
    struct evd_buffer index = {0};
    cr_assert_eq(evd_index_write(log, append_bytes, &index, &error), EVD_OK);
    evd_log_free(log);
    char place[EVD_PATH_MAX];
    cr_assert(evd_index_place(path, NULL, 0, place));
    FILE *file = fopen(place, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(index.data, 1, index.length, file), index.length);
    cr_assert_eq(fclose(file), 0);
    for (int round = 0; round < 4; round++) {
        const int beyond = round % 2;
        const struct evd_read_options options = {
            .threads = 1,
            .index = EVD_INDEX_REQUIRE,
            .max_unpacked_bytes = text.length - (size_t)beyond,
            .memory_bytes = (uint64_t)(round / 2)};
        cr_assert_eq(evd_logs_open(paths, 1, rules, &options, &log, NULL, NULL, NULL, &error), EVD_OK, "%s",
                     error.message);
        const char *line;
        size_t length;
        cr_expect_eq(evd_log_line(log, 1, 0, &line, &length, &error), beyond ? EVD_E_LIMIT : EVD_OK, "%s",
                     error.message);
        if (beyond)
            expect_limit_told(path, text.length - 1);
        evd_log_free(log);
    }
    unlink(place);
    evd_buffer_release(&index);
    free(packed.data);
    free(text.data);
}

/* ── What is free ── */

static char root[sizeof folder + 8];

static void put_number(const char *name, const char *text)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", root, name);
    for (char *p = full + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
        *p = '\0';
        mkdir(full, 0700);
        *p = '/';
    }
    FILE *file = fopen(full, "wb");
    cr_assert_not_null(file, "%s", full);
    fputs(text, file);
    fclose(file);
}

static void remove_root(void)
{
    char command[sizeof root + 16];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    cr_assert_eq(system(command), 0);
}

static void begin_root(const char *groups)
{
    snprintf(root, sizeof root, "%s/root", folder);
    cr_assert_eq(mkdir(root, 0700), 0);
    put_number("proc/meminfo", "MemTotal: 9000 kB\nMemFree: 1 kB\nMemAvailable:    4000 kB\n");
    put_number("proc/self/cgroup", groups);
}

#define KIB(count) ((uint64_t)(count)*1024)

Test(text_limit, free_memory_by_control_groups_of_version_2)
{
    begin_root("0::/a/b\n");
    cr_expect_eq(evd_free_memory(root), KIB(4000));
    put_number("sys/fs/cgroup/a/b/memory.max", "max\n");
    put_number("sys/fs/cgroup/a/b/memory.current", "1024\n");
    cr_expect_eq(evd_free_memory(root), KIB(4000));
    put_number("sys/fs/cgroup/a/memory.max", "2048000\n");
    put_number("sys/fs/cgroup/a/memory.current", "1024000\n");
    cr_expect_eq(evd_free_memory(root), KIB(1000));
    put_number("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 204800\nactive_file 102400\n");
    cr_expect_eq(evd_free_memory(root), KIB(1300));
    put_number("sys/fs/cgroup/a/b/memory.max", "2048\n");
    cr_expect_eq(evd_free_memory(root), KIB(1));
    put_number("sys/fs/cgroup/a/b/memory.current", "4096\n");
    cr_expect_eq(evd_free_memory(root), 0);
    remove_root();
}

Test(text_limit, free_memory_by_control_groups_of_version_1)
{
    begin_root("5:cpu,memory:/of/the/host\n0::/\n");
    cr_expect_eq(evd_free_memory(root), KIB(4000));
    /* The group is the host's, not to be seen here: the mount is the container's own. */
    put_number("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    put_number("sys/fs/cgroup/memory/memory.usage_in_bytes", "1024\n");
    cr_expect_eq(evd_free_memory(root), KIB(4000));
    put_number("sys/fs/cgroup/memory/memory.limit_in_bytes", "3072000\n");
    cr_expect_eq(evd_free_memory(root), KIB(2999));
    put_number("sys/fs/cgroup/memory/memory.stat", "inactive_file 0\ntotal_inactive_file 1024\n");
    cr_expect_eq(evd_free_memory(root), KIB(3000));
    put_number("sys/fs/cgroup/memory/of/memory.limit_in_bytes", "2048\n");
    put_number("sys/fs/cgroup/memory/of/memory.usage_in_bytes", "1024\n");
    cr_expect_eq(evd_free_memory(root), KIB(1));
    remove_root();
}

Test(text_limit, free_memory_where_nothing_is_told)
{
    snprintf(root, sizeof root, "%s/none", folder);
    cr_expect_eq(evd_free_memory(root), UINT64_MAX);
    const uint64_t here = evd_free_memory("");
    cr_expect(here > 1 << 20 && here < UINT64_MAX);
}
