#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "log/decompress.h"
#include "log/shrink_guard.h"
#include "log/source.h"

/* What a user of the library meets, plain or through a sanitizer's shadow memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SHADOW_MEMORY true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SHADOW_MEMORY true
#endif
#endif
#ifndef HAS_SHADOW_MEMORY
#define HAS_SHADOW_MEMORY false
#endif

enum { PADDING = 64, TEXT_BYTES = 3000000 };

static char folder[] = "/tmp/evdiff-source-XXXXXX";
static char path[sizeof folder + 16];
static struct evd_error error;
static struct evd_source source;

static void set_up(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/log", folder);
}

static void tear_down(void)
{
    unlink(path);
    cr_expect_eq(rmdir(folder), 0, "%s", strerror(errno));
}

TestSuite(source, .init = set_up, .fini = tear_down);
TestSuite(shrinking, .init = set_up, .fini = tear_down);

/* Bytes that grow, for building files. */
struct bytes {
    char *data;
    size_t length;
};

static void add(struct bytes *bytes, const void *data, size_t length)
{
    bytes->data = realloc(bytes->data, bytes->length + length + 1);
    cr_assert_not_null(bytes->data);
    memcpy(bytes->data + bytes->length, data, length);
    bytes->length += length;
}

/* Text that compresses, but not to nothing. */
static struct bytes make_text(size_t length, uint64_t seed)
{
    struct bytes text = {malloc(length + 1), length};
    cr_assert_not_null(text.data);
    for (size_t i = 0; i < length; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        text.data[i] = i % 80 == 79 ? '\n' : (char)('a' + (seed >> 60));
    }
    return text;
}

static void add_zstd(struct bytes *bytes, const struct bytes *text, size_t begin, size_t end)
{
    const size_t bound = ZSTD_compressBound(end - begin);
    char *packed = malloc(bound);
    cr_assert_not_null(packed);
    const size_t length = ZSTD_compress(packed, bound, text->data + begin, end - begin, 1);
    cr_assert_not(ZSTD_isError(length));
    add(bytes, packed, length);
    free(packed);
}

/* A frame that does not say how much it holds, with a window of 2^window_log bytes. */
static void add_zstd_stream(struct bytes *bytes, const struct bytes *text, int window_log)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    cr_assert_not_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    const size_t bound = ZSTD_compressBound(text->length) + 64;
    char *packed = malloc(bound);
    cr_assert_not_null(packed);
    ZSTD_inBuffer input = {text->data, text->length, 0};
    ZSTD_outBuffer output = {packed, bound, 0};
    /* In two steps, or the library would know the size and shrink the window. */
    cr_assert_not(ZSTD_isError(ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue)));
    cr_assert_eq(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end), 0);
    add(bytes, packed, output.pos);
    free(packed);
    ZSTD_freeCCtx(context);
}

static void add_skippable(struct bytes *bytes, unsigned variant, uint32_t length)
{
    const unsigned char header[8] = {(unsigned char)(0x50 + variant), 0x2a, 0x4d, 0x18,
                                     (unsigned char)length, (unsigned char)(length >> 8), 0, 0};
    add(bytes, header, sizeof header);
    for (uint32_t i = 0; i < length; i++)
        add(bytes, "x", 1);
}

static void add_gzip(struct bytes *bytes, const struct bytes *text, size_t begin, size_t end)
{
    z_stream stream = {0};
    cr_assert_eq(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    const size_t bound = deflateBound(&stream, end - begin);
    char *packed = malloc(bound);
    cr_assert_not_null(packed);
    stream.next_in = (Bytef *)text->data + begin;
    stream.avail_in = (uInt)(end - begin);
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)bound;
    cr_assert_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    add(bytes, packed, stream.total_out);
    deflateEnd(&stream);
    free(packed);
}

static void write_file(const void *data, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(data, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

static void expect_padding(void)
{
    for (size_t i = 0; i < PADDING; i++)
        cr_assert_eq(source.bytes[source.length + i], 0, "at %zu", i);
}

static void expect_text(const void *text, size_t length)
{
    cr_assert_eq(source.length, length, "%zu, not %zu", (size_t)source.length, length);
    cr_assert_eq(memcmp(source.bytes, text, length), 0);
    expect_padding();
}

static int count_fds(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* The number of mapped bytes of this process. */
static size_t count_mapped_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert_not_null(file);
    size_t pages = 0;
    cr_assert_eq(fscanf(file, "%zu", &pages), 1);
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void expect_opens(const char *name, const void *text, size_t length)
{
    const int fds = count_fds();
    cr_assert_eq(evd_source_open(&source, name, &error), EVD_OK, "%s", error.message);
    expect_text(text, length);
    cr_assert_eq(evd_source_check(&source, &error), EVD_OK);
    evd_source_close(&source);
    cr_assert_eq(count_fds(), fds);
    evd_source_close(&source);
}

/* `part` is in the message. */
static void expect_refused(const char *name, enum evd_status status, const char *part)
{
    const int fds = count_fds();
    cr_assert_eq(evd_source_open(&source, name, &error), status);
    cr_assert_eq(error.status, status);
    cr_assert_not_null(strstr(error.message, part), "%s", error.message);
    cr_assert_eq(error.line, 0);
    if (status != EVD_E_NO_MEMORY)
        cr_assert_str_eq(error.path, name[0] == '\0' ? "''" : name);
    cr_assert_eq(count_fds(), fds);
    evd_source_close(&source);
    cr_assert_eq(evd_source_open(&source, name, NULL), status);
}

static void expect_unpacks(const struct bytes *packed, const struct bytes *text)
{
    write_file(packed->data, packed->length);
    expect_opens(path, text->data, text->length);
}

static void expect_damaged(const struct bytes *packed, const char *part)
{
    write_file(packed->data, packed->length);
    expect_refused(path, EVD_E_IO, part);
}

Test(source, a_regular_file_is_mapped)
{
    struct bytes text = make_text(TEXT_BYTES, 1);
    write_file(text.data, text.length);
    expect_opens(path, text.data, text.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_expect(source.is_mapped);
    cr_expect_eq(source.compression, EVD_COMPRESSION_NONE);
    cr_expect_eq(source.file_size, text.length);
    struct stat file;
    cr_assert_eq(stat(path, &file), 0);
    cr_expect_eq(source.mtime_ns, file.st_mtim.tv_sec * INT64_C(1000000000) + file.st_mtim.tv_nsec);
    evd_source_close(&source);
    free(text.data);
}

Test(source, sizes_around_pages)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct bytes text = make_text(3 * page, 2);
    const size_t sizes[] = {1,        3,        63,           64,       page - 65, page - 64,
                            page - 1, page,     page + 1,     2 * page, 2 * page + 1,
                            3 * page - 63,      3 * page - 1, 3 * page};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        write_file(text.data, sizes[i]);
        expect_opens(path, text.data, sizes[i]);
    }
    free(text.data);
}

Test(source, an_empty_file)
{
    write_file("", 0);
    expect_opens(path, "", 0);
}

Test(source, a_file_that_can_not_be_mapped_is_read)
{
    /* Such files claim a size that is not theirs. */
    const char *const sys = "/sys/kernel/mm/transparent_hugepage/enabled";
    FILE *file = fopen(sys, "r");
    if (file == NULL) {
        tear_down(); /* which a skipped test is not given */
        cr_skip("no %s here", sys);
    }
    char text[256];
    const size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    expect_opens(sys, text, length);
    cr_assert_eq(evd_source_open(&source, "/proc/self/status", &error), EVD_OK);
    cr_expect(source.length > 100 && memcmp(source.bytes, "Name:", 5) == 0);
    cr_expect_not(source.is_mapped);
    evd_source_close(&source);
}

Test(source, a_character_device)
{
    expect_opens("/dev/null", "", 0);
}

/* Writes to a FIFO, in odd pieces, from a thread of its own. */
static void *feed(void *context)
{
    const struct bytes *bytes = context;
    const int fd = open(path, O_WRONLY);
    for (size_t done = 0, piece = 1; fd >= 0 && done < bytes->length; piece = piece * 3 % 70001) {
        const size_t rest = bytes->length - done;
        const ssize_t count = write(fd, bytes->data + done, rest < piece ? rest : piece);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            break;
        done += (size_t)count;
    }
    close(fd);
    return NULL;
}

static void open_fifo(struct bytes *bytes, enum evd_status status)
{
    pthread_t writer;
    unlink(path);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(pthread_create(&writer, NULL, feed, bytes), 0);
    const int fds = count_fds();
    cr_assert_eq(evd_source_open(&source, path, &error), status, "%s", error.message);
    pthread_join(writer, NULL);
    cr_assert_leq(count_fds(), fds);
}

Test(source, a_pipe_is_read_to_its_end)
{
    struct bytes text = make_text(TEXT_BYTES, 3);
    open_fifo(&text, EVD_OK);
    expect_text(text.data, text.length);
    cr_expect_not(source.is_mapped);
    cr_expect_eq(source.file_size, text.length);
    cr_expect_eq(evd_source_check(&source, &error), EVD_OK);
    evd_source_close(&source);
    text.length = 0;
    open_fifo(&text, EVD_OK);
    expect_text("", 0);
    evd_source_close(&source);
    free(text.data);
}

Test(source, pipes_whose_length_is_a_multiple_of_the_memory)
{
    struct bytes text = make_text(3 << 20, 4);
    for (size_t megabytes = 1; megabytes <= 3; megabytes++) {
        text.length = megabytes << 20;
        open_fifo(&text, EVD_OK);
        expect_text(text.data, text.length);
        evd_source_close(&source);
    }
    free(text.data);
}

Test(source, standard_input)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(write(ends[1], "abc\n", 4), 4);
    close(ends[1]);
    cr_assert_eq(dup2(ends[0], 0), 0);
    close(ends[0]);
    expect_opens("/dev/stdin", "abc\n", 4);
}

Test(source, a_pipe_of_compressed_text)
{
    struct bytes text = make_text(TEXT_BYTES, 5), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    open_fifo(&packed, EVD_OK);
    expect_text(text.data, text.length);
    cr_expect_eq(source.compression, EVD_COMPRESSION_ZSTD);
    cr_expect_eq(source.file_size, packed.length);
    evd_source_close(&source);
    packed.length -= 10;
    open_fifo(&packed, EVD_E_IO);
    cr_expect_str_eq(error.path, path);
    cr_expect_str_eq(error.message, "the zstd stream ends early");
    packed.length = 0;
    add_gzip(&packed, &text, 0, text.length);
    open_fifo(&packed, EVD_OK);
    expect_text(text.data, text.length);
    cr_expect_eq(source.compression, EVD_COMPRESSION_GZIP);
    evd_source_close(&source);
    free(packed.data);
    free(text.data);
}

static atomic_bool is_stopped;
static pthread_t interrupted;

static void do_nothing(int number)
{
    (void)number;
}

/* Disturbs the reader while it waits for the FIFO to open and while it reads. */
static void *disturb(void *context)
{
    for (int i = 0; i < 20; i++) {
        usleep(2000);
        pthread_kill(interrupted, SIGUSR1);
    }
    const int fd = open(path, O_WRONLY);
    for (int i = 0; i < 20; i++) {
        usleep(2000);
        pthread_kill(interrupted, SIGUSR1);
    }
    (void)!write(fd, "late\n", 5);
    close(fd);
    return context;
}

Test(source, signals_do_not_disturb_reading)
{
    const struct sigaction action = {.sa_handler = do_nothing}; /* no SA_RESTART */
    sigaction(SIGUSR1, &action, NULL);
    interrupted = pthread_self();
    pthread_t writer;
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(pthread_create(&writer, NULL, disturb, NULL), 0);
    const enum evd_status status = evd_source_open(&source, path, &error);
    if (status != EVD_OK)
        close(open(path, O_RDONLY | O_NONBLOCK));
    cr_assert_eq(status, EVD_OK, "%s", error.message);
    pthread_join(writer, NULL);
    expect_text("late\n", 5);
    evd_source_close(&source);
}

Test(source, a_folder_is_refused)
{
    expect_refused(folder, EVD_E_IO, "is a directory");
}

Test(source, a_file_that_is_missing_or_unreadable_is_refused)
{
    expect_refused(path, EVD_E_IO, "No such file or directory");
    expect_refused("", EVD_E_IO, "No such file or directory");
    if (geteuid() == 0)
        return; /* root may read anything */
    write_file("abc", 3);
    cr_assert_eq(chmod(path, 0), 0);
    expect_refused(path, EVD_E_IO, "Permission denied");
}

Test(source, a_closed_source_may_be_closed)
{
    struct evd_source closed = {0};
    evd_source_close(&closed);
    cr_expect_eq(evd_source_check(&closed, &error), EVD_OK);
}

Test(source, zstd_frames)
{
    struct bytes text = make_text(TEXT_BYTES, 6), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    expect_unpacks(&packed, &text);
    packed.length = 0;
    add_zstd_stream(&packed, &text, 20);
    expect_unpacks(&packed, &text);
    packed.length = 0;
    add_zstd(&packed, &text, 0, 1000000);
    add_zstd(&packed, &text, 1000000, 1000000);
    add_zstd(&packed, &text, 1000000, 1000001);
    add_zstd(&packed, &text, 1000001, text.length);
    expect_unpacks(&packed, &text);
    free(packed.data);
    free(text.data);
}

Test(source, zstd_skippable_frames)
{
    struct bytes text = make_text(100000, 7), packed = {0};
    add_skippable(&packed, 0, 0);
    add_skippable(&packed, 15, 300);
    add_zstd(&packed, &text, 0, 50000);
    add_skippable(&packed, 7, 1);
    add_zstd(&packed, &text, 50000, text.length);
    add_skippable(&packed, 3, 500);
    expect_unpacks(&packed, &text);
    packed.length -= 100;
    expect_damaged(&packed, "the zstd stream ends early");
    packed.length = 0;
    text.length = 0;
    add_skippable(&packed, 1, 20);
    expect_unpacks(&packed, &text);
    free(packed.data);
    free(text.data);
}

Test(source, zstd_sizes_around_the_memory)
{
    struct bytes text = make_text(3 << 20, 8);
    const size_t sizes[] = {0, 1, 4095, 4096, 4097, (1 << 20) - 1, 1 << 20, (1 << 20) + 1,
                            3 << 19, (2 << 20) - 64, 2 << 20, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct bytes packed = {0};
        const struct bytes part = {text.data, sizes[i]};
        add_zstd(&packed, &part, 0, part.length);
        expect_unpacks(&packed, &part);
        packed.length = 0;
        add_zstd_stream(&packed, &part, 18);
        expect_unpacks(&packed, &part);
        packed.length = 0;
        add_gzip(&packed, &part, 0, part.length);
        expect_unpacks(&packed, &part);
        free(packed.data);
    }
    free(text.data);
}

Test(source, zstd_long_windows)
{
    struct bytes text = make_text(100000, 9), packed = {0};
    add_zstd_stream(&packed, &text, 28); /* zstd's own limit is 27 */
    expect_unpacks(&packed, &text);
    free(packed.data);
    free(text.data);
}

Test(source, zstd_that_claims_to_be_huge)
{
    struct bytes text = make_text(100000, 10), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    const unsigned char descriptor = (unsigned char)packed.data[4];
    /* No checksum or dictionary, one segment or not, a size field of 4 bytes. */
    cr_assert_eq(descriptor >> 6, 2);
    const size_t at = descriptor & 0x20 ? 5 : 6;
    const size_t mapped = count_mapped_bytes();
    packed.data[4] = (char)((descriptor & 0x1f) | 0xc0); /* 8 bytes, and a window */
    struct bytes hostile = {0};
    add(&hostile, packed.data, 5);
    add(&hostile, "\x50", 1); /* a window of 1 MiB */
    add(&hostile, "\xff\xff\xff\xff\xff\xff\xff\x0f", 8);
    add(&hostile, packed.data + at + 4, packed.length - at - 4);
    expect_damaged(&hostile, "zstd");
    if (!HAS_SHADOW_MEMORY)
        cr_expect_lt(count_mapped_bytes(), mapped + (64 << 20));
    free(hostile.data);
    free(packed.data);
    free(text.data);
}

Test(source, zstd_that_is_cut)
{
    struct bytes text = make_text(20000, 11), packed = {0};
    add_zstd(&packed, &text, 0, text.length);
    const size_t length = packed.length;
    for (packed.length = 4; packed.length < length; packed.length += 97)
        expect_damaged(&packed, "the zstd stream ends early");
    packed.length = length - 1;
    expect_damaged(&packed, "the zstd stream ends early");
    packed.length = length;
    add_zstd(&packed, &text, 0, text.length);
    packed.length = length + 3;
    expect_damaged(&packed, "zstd");
    free(packed.data);
    free(text.data);
}

Test(source, zstd_that_is_damaged)
{
    struct bytes text = make_text(200000, 12), packed = {0};
    add_zstd_stream(&packed, &text, 18); /* with a checksum */
    for (size_t i = 10; i < packed.length; i += packed.length / 50) {
        packed.data[i] ^= 0x55;
        expect_damaged(&packed, "zstd");
        packed.data[i] ^= 0x55;
    }
    packed.data[packed.length - 1] ^= 1;
    expect_damaged(&packed, "damaged zstd data: ");
    packed.data[packed.length - 1] ^= 1;
    expect_unpacks(&packed, &text);
    add(&packed, "garbage", 7);
    expect_damaged(&packed, "zstd");
    free(packed.data);
    free(text.data);
}

Test(source, gzip_members)
{
    struct bytes text = make_text(TEXT_BYTES, 13), packed = {0};
    add_gzip(&packed, &text, 0, text.length);
    expect_unpacks(&packed, &text);
    packed.length = 0;
    add_gzip(&packed, &text, 0, 1000000);
    add_gzip(&packed, &text, 1000000, 1000000);
    add_gzip(&packed, &text, 1000000, 1000001);
    add_gzip(&packed, &text, 1000001, text.length);
    expect_unpacks(&packed, &text);
    char zeros[5000] = {0};
    add(&packed, zeros, 1);
    expect_unpacks(&packed, &text);
    add(&packed, zeros, sizeof zeros);
    expect_unpacks(&packed, &text);
    const size_t padded = packed.length;
    add(&packed, "x", 1);
    expect_damaged(&packed, "damaged gzip data: ");
    packed.length = padded;
    /* gzip itself ignores a member behind padding, with a warning. */
    add_gzip(&packed, &text, 0, 100);
    expect_damaged(&packed, "damaged gzip data: ");
    free(packed.data);
    free(text.data);
}

Test(source, gzip_followed_by_something_else)
{
    struct bytes text = make_text(100000, 14), packed = {0};
    add_gzip(&packed, &text, 0, text.length);
    const size_t length = packed.length;
    add(&packed, "garbage", 7);
    expect_damaged(&packed, "damaged gzip data: ");
    packed.length = length;
    add(&packed, "\x1f", 1);
    expect_damaged(&packed, "the gzip stream ends early");
    packed.length = length;
    uLong zlib_length = compressBound((uLong)text.length);
    Bytef *zlib = malloc(zlib_length);
    cr_assert_eq(compress(zlib, &zlib_length, (Bytef *)text.data, (uLong)text.length), Z_OK);
    add(&packed, zlib, zlib_length); /* not gzip, though zlib could read it */
    expect_damaged(&packed, "damaged gzip data: ");
    free(zlib);
    free(packed.data);
    free(text.data);
}

Test(source, gzip_that_is_cut_or_damaged)
{
    struct bytes text = make_text(200000, 15), packed = {0};
    add_gzip(&packed, &text, 0, text.length);
    const size_t length = packed.length;
    for (packed.length = 2; packed.length < length; packed.length += 2003)
        expect_damaged(&packed, "the gzip stream ends early");
    packed.length = length - 1;
    expect_damaged(&packed, "the gzip stream ends early");
    packed.length = length;
    for (size_t i = 20; i < length; i += length / 50) {
        packed.data[i] ^= 0x55;
        expect_damaged(&packed, "gzip");
        packed.data[i] ^= 0x55;
    }
    packed.data[length - 8] ^= 1; /* in the checksum */
    expect_damaged(&packed, "damaged gzip data: ");
    packed.data[length - 8] ^= 1;
    expect_unpacks(&packed, &text);
    add_gzip(&packed, &text, 0, 1000);
    packed.length = length + 15;
    expect_damaged(&packed, "the gzip stream ends early");
    free(packed.data);
    free(text.data);
}

Test(source, first_bytes_that_only_resemble)
{
    const char *const texts[] = {"\x1f", "\x1f\x8c", "\x28\xb5\x2f", "\x28\xb5\x2f\xfe",
                                 "\x4f\x2a\x4d\x18", "\x60\x2a\x4d\x18"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(texts[i], strlen(texts[i]));
        expect_opens(path, texts[i], strlen(texts[i]));
    }
}

Test(source, unpacked_text_that_looks_packed_is_text)
{
    struct bytes text = make_text(1000, 16), once = {0}, twice = {0};
    add_gzip(&once, &text, 0, text.length);
    add_zstd(&twice, &once, 0, once.length);
    expect_unpacks(&twice, &once);
    free(twice.data);
    free(once.data);
    free(text.data);
}

Test(source, what_is_not_needed_is_given_back)
{
    struct bytes text = make_text(TEXT_BYTES, 17), packed = {0};
    add_zstd_stream(&packed, &text, 20);
    write_file(packed.data, packed.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_expect_lt(source.pages_size, text.length + (64 << 10));
    evd_source_close(&source);
    const size_t mapped = count_mapped_bytes();
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
        evd_source_close(&source);
    }
    if (!HAS_SHADOW_MEMORY)
        cr_expect_lt(count_mapped_bytes(), mapped + (16 << 20));
    free(packed.data);
    free(text.data);
}

/* The sanitizer's own memory is beyond any limit. */
Test(source, a_bomb_runs_out_of_memory, .disabled = HAS_SHADOW_MEMORY)
{
    /* The same frame of 64 MiB of zeros, 64 times. */
    struct bytes zeros = {calloc(64, 1 << 20), 64 << 20}, frame = {0}, bomb = {0};
    cr_assert_not_null(zeros.data);
    add_zstd(&frame, &zeros, 0, zeros.length);
    for (int i = 0; i < 64; i++)
        add(&bomb, frame.data, frame.length);
    write_file(bomb.data, bomb.length);
    bomb.length = frame.length = 0;
    add_gzip(&frame, &zeros, 0, zeros.length);
    free(zeros.data);
    struct rlimit limit = {count_mapped_bytes() + (200 << 20), RLIM_INFINITY};
    struct rlimit before;
    cr_assert_eq(getrlimit(RLIMIT_AS, &before), 0);
    limit.rlim_max = before.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    expect_refused(path, EVD_E_NO_MEMORY, "out of memory");
    for (int i = 0; i < 64; i++)
        add(&bomb, frame.data, frame.length);
    write_file(bomb.data, bomb.length);
    expect_refused(path, EVD_E_NO_MEMORY, "out of memory");
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    free(bomb.data);
    free(frame.data);
}

static void expect_shrunk(void)
{
    cr_assert_eq(evd_source_check(&source, &error), EVD_E_IO);
    cr_expect_str_eq(error.path, path);
    cr_expect_not_null(strstr(error.message, "became shorter"), "%s", error.message);
    cr_expect_eq(evd_source_check(&source, NULL), EVD_E_IO);
}

Test(shrinking, reading_beyond_the_new_end_gives_zeros)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct bytes text = make_text(100 * page, 18);
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_assert_eq(evd_source_check(&source, &error), EVD_OK);
    cr_assert_eq(truncate(path, (off_t)(10 * page + 5)), 0);
    errno = 12345;
    size_t differing = 0;
    for (size_t i = 0; i < source.length; i++)
        differing += source.bytes[i] != (i < 10 * page + 5 ? text.data[i] : 0);
    cr_expect_eq(errno, 12345);
    cr_expect_eq(differing, 0);
    expect_padding();
    expect_shrunk();
    evd_source_close(&source);
    free(text.data);
}

Test(shrinking, it_is_seen_without_a_read)
{
    struct bytes text = make_text(5000, 19);
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_assert_eq(truncate(path, 4999), 0);
    expect_shrunk();
    evd_source_close(&source);
    free(text.data);
}

Test(shrinking, it_is_remembered_when_the_file_grows_again)
{
    struct bytes text = make_text(50000, 20);
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_assert_eq(truncate(path, 0), 0);
    volatile char byte = source.bytes[40000];
    cr_expect_eq(byte, 0);
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_check(&source, &error), EVD_E_IO);
    evd_source_close(&source);
    expect_opens(path, text.data, text.length);
    free(text.data);
}

Test(shrinking, other_sources_are_not_touched)
{
    struct bytes text = make_text(50000, 21);
    struct evd_source other;
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_assert_eq(unlink(path), 0);
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_open(&other, path, &error), EVD_OK);
    cr_assert_eq(truncate(path, 0), 0);
    volatile char byte = other.bytes[40000];
    cr_expect_eq(byte, 0);
    cr_expect_eq(evd_source_check(&other, &error), EVD_E_IO);
    cr_expect_eq(evd_source_check(&source, &error), EVD_OK);
    expect_text(text.data, text.length);
    evd_source_close(&other);
    evd_source_close(&source);
    free(text.data);
}

struct reading {
    uint64_t sum;
};

static void *read_it_all(void *context)
{
    struct reading *reading = context;
    while (!atomic_load(&is_stopped))
        for (size_t i = 0; i < source.length; i += 512)
            reading->sum += (unsigned char)source.bytes[i];
    return NULL;
}

Test(shrinking, under_several_threads)
{
    enum { THREADS = 4 };
    struct bytes text = make_text(8 << 20, 22);
    write_file(text.data, text.length);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    pthread_t threads[THREADS];
    struct reading readings[THREADS] = {0};
    atomic_store(&is_stopped, false);
    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, read_it_all, &readings[i]), 0);
    for (size_t length = text.length; length > 0; length -= 1 << 20) {
        cr_assert_eq(truncate(path, (off_t)length), 0);
        usleep(3000);
    }
    atomic_store(&is_stopped, true);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_shrunk();
    evd_source_close(&source);
    free(text.data);
}

/* Opens, shrinks, reads and closes again and again, beside others that do so too. */
static void *churn(void *context)
{
    char name[sizeof path + 8];
    snprintf(name, sizeof name, "%s.%d", path, *(int *)context);
    char text[20000];
    memset(text, 'x', sizeof text);
    size_t wrong = 0;
    for (int i = 0; i < 300; i++) {
        struct evd_source mine;
        FILE *file = fopen(name, "wb");
        wrong += file == NULL || fwrite(text, 1, sizeof text, file) != sizeof text;
        wrong += file == NULL || fclose(file) != 0;
        if (evd_source_open(&mine, name, NULL) != EVD_OK) {
            wrong++;
            break;
        }
        const bool shrinks = i % 3 != 0;
        if (shrinks)
            wrong += truncate(name, 0) != 0;
        for (size_t j = 0; j < mine.length; j++)
            wrong += mine.bytes[j] != (shrinks ? 0 : 'x');
        wrong += evd_source_check(&mine, NULL) != (shrinks ? EVD_E_IO : EVD_OK);
        evd_source_close(&mine);
    }
    unlink(name);
    return (void *)(uintptr_t)wrong;
}

Test(shrinking, guards_come_and_go_on_several_threads)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        cr_assert_eq(pthread_create(&threads[i], NULL, churn, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        cr_expect_null(wrong);
    }
}

/* A fault that is not the library's. */
static void fault_elsewhere(void)
{
    char *pages = mmap(NULL, 1 << 16, PROT_READ, MAP_PRIVATE, open(path, O_RDONLY), 0);
    volatile char byte = pages[0];
    (void)byte;
}

static void install_guard(void)
{
    write_file("abc", 3);
    cr_assert_eq(evd_source_open(&source, path, &error), EVD_OK);
    cr_assert_eq(truncate(path, 0), 0);
}

static void exit_well(int number)
{
    _exit(number == SIGBUS ? 42 : 1);
}

static void exit_informed(int number, siginfo_t *info, void *context)
{
    _exit(number == SIGBUS && info->si_addr != NULL && context != NULL ? 43 : 1);
}

/* How a child that raises SIGBUS ends: by itself, `kill` to itself, with the handler it had. */
static int end_of_child(const struct sigaction *action, bool is_sent)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        sigaction(SIGBUS, action, NULL);
        install_guard();
        if (is_sent)
            kill(getpid(), SIGBUS);
        else
            fault_elsewhere();
        _exit(7); /* it went on */
    }
    int end;
    cr_assert_eq(waitpid(child, &end, 0), child);
    return end;
}

Test(shrinking, other_bus_errors_are_passed_on)
{
    const struct sigaction plain = {.sa_handler = exit_well};
    const struct sigaction informed = {.sa_sigaction = exit_informed, .sa_flags = SA_SIGINFO};
    const struct sigaction by_default = {.sa_handler = SIG_DFL};
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    int end = end_of_child(&plain, false);
    cr_expect(WIFEXITED(end) && WEXITSTATUS(end) == 42);
    end = end_of_child(&plain, true);
    cr_expect(WIFEXITED(end) && WEXITSTATUS(end) == 42);
    end = end_of_child(&informed, false);
    cr_expect(WIFEXITED(end) && WEXITSTATUS(end) == 43);
    end = end_of_child(&by_default, false);
    cr_expect(WIFSIGNALED(end) && WTERMSIG(end) == SIGBUS);
    end = end_of_child(&by_default, true);
    cr_expect(WIFSIGNALED(end) && WTERMSIG(end) == SIGBUS, "a SIGBUS that was sent is lost");
    end = end_of_child(&ignored, false);
    cr_expect(WIFSIGNALED(end) && WTERMSIG(end) == SIGBUS);
    end = end_of_child(&ignored, true);
    cr_expect(WIFEXITED(end) && WEXITSTATUS(end) == 7);
}
