/* Sources: files, pipes and devices are one text with zeros behind it, or are refused in words. */
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include "packed_bytes.h"

TestSuite(source, .init = set_up, .fini = tear_down);

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
    const size_t sizes[] = {1,    3,        63,       64,           page - 65,     page - 64,    page - 1,
                            page, page + 1, 2 * page, 2 * page + 1, 3 * page - 63, 3 * page - 1, 3 * page};
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
