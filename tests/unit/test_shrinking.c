/* Sources that become shorter while they are mapped: reads give zeros, and the check tells. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "source_files.h"

TestSuite(shrinking, .init = set_up, .fini = tear_down);

static atomic_bool is_stopped;

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
