/* evdiff-generate: options, one writing thread a log, and the summary. See generate.h for the
 * parts. */
#include "generate.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20 };

/* One log: what its thread takes in and gives back. */
struct log {
    const struct options *options;
    const char *path; /* NULL: only count the bytes */
    int side;
    int file;
    uint64_t events, bytes; /* written, header apart and included */
    struct stream *streams; /* as they ended */
    char *buffer, *at;
};

void fail(const char *message, ...)
{
    va_list arguments;
    va_start(arguments, message);
    fputs("evdiff-generate: ", stderr);
    vfprintf(stderr, message, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(2);
}

static void flush(struct log *log)
{
    log->bytes += (uint64_t)(log->at - log->buffer);
    for (const char *from = log->buffer; log->path != NULL && from < log->at;) {
        const ssize_t written = write(log->file, from, (size_t)(log->at - from));
        if (written < 0 && errno != EINTR)
            fail("%s: %s", log->path, strerror(errno));
        from += written > 0 ? written : 0;
    }
    log->at = log->buffer;
}

static void write_event(struct log *log, const struct speller *speller, struct stream *stream,
                        const struct event *event, uint64_t cycle, uint64_t choice)
{
    log->at = speller_line(speller, log->at, event, stream->tid, stream->index++, cycle, choice);
    log->events++;
    if (log->at >= log->buffer + BUFFER_BYTES)
        flush(log);
}

static void write_header(struct log *log)
{
    log->at += sprintf(log->at,
                       log->options->mixed && log->side == OURS
                           ? "{\"engine\": \"%s\", \"kind\": \"schema_version\", \"schema_version\": 1}\n"
                           : "{\"kind\":\"schema_version\",\"schema_version\":1,\"engine\":\"%s\"}\n",
                       log->side == OURS ? "ours" : "canary");
}

/* Gives every stream its turns until all have ended. Streams are drawn evenly and run in bursts as
 * long as their share, so that all last about as long as the log. */
static void write_streams(struct log *log, const struct speller *speller)
{
    const struct options *options = log->options;
    const bool is_other = options->jitter && log->side == OURS;
    uint64_t local = options->seed ^ (log->side == OURS ? 0x0123456789ABCDEF : 0xFEDCBA9876543210);
    uint64_t turns = options->seed ^ (is_other ? 0x5A5A5A5A : 0xA5A5A5A5);
    uint64_t cycle = is_other ? 151200300000 : 149133500000;
    uint64_t living_count = options->threads;
    struct stream **living = malloc(living_count * sizeof *living);
    if (living == NULL)
        fail("no memory for %" PRIu64 " threads", living_count);
    for (uint64_t i = 0; i < living_count; i++)
        living[i] = &log->streams[i];
    struct event event, extras[EXTRAS_MAX];
    while (living_count > 0) {
        const uint64_t turn = next_random(&turns);
        const uint64_t chosen = (turn >> 32) * living_count >> 32;
        struct stream *stream = living[chosen];
        const uint64_t left = stream->length - stream->position;
        uint64_t burst = 1 + (turn & 0xffff) % (2 * stream->burst);
        burst = burst < left ? burst : left;
        for (; burst > 0; burst--) {
            stream_next(stream, options, log->side, &local, &event);
            const uint64_t choice = next_random(&local);
            const size_t extra = stream_extras(stream, log->side, &event, &local, extras);
            for (size_t i = 0; i < extra; i++)
                write_event(log, speller, stream, &extras[i], cycle, choice >> 8);
            write_event(log, speller, stream, &event, cycle, choice);
            /* Engines read a coarse clock: most neighbours share a time. */
            cycle += (choice >> 16 & 63) == 0 ? 100000 : 0;
        }
        if (stream->position == stream->length)
            living[chosen] = living[--living_count];
    }
    free(living);
}

static void *write_log(void *argument)
{
    struct log *log = argument;
    log->streams = streams_new(log->options, log->side);
    struct speller *speller = speller_new(log->options, log->side);
    log->buffer = malloc(BUFFER_BYTES + LINE_BYTES_MAX + log->options->line_bytes);
    if (log->buffer == NULL)
        fail("no memory for the lines");
    log->at = log->buffer;
    if (log->path != NULL) {
        log->file = open(log->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (log->file < 0)
            fail("%s: %s", log->path, strerror(errno));
    }
    write_header(log);
    write_streams(log, speller);
    flush(log);
    if (log->path != NULL && close(log->file) != 0)
        fail("%s: %s", log->path, strerror(errno));
    free(log->buffer);
    free(speller);
    return NULL;
}

static void write_logs(const struct options *options, struct log logs[SIDES])
{
    pthread_t threads[SIDES];
    for (int side = 0; side < SIDES; side++) {
        logs[side] = (struct log){.options = options, .path = options->out[side], .side = side};
        if (pthread_create(&threads[side], NULL, write_log, &logs[side]) != 0)
            fail("cannot start a thread");
    }
    for (int side = 0; side < SIDES; side++)
        pthread_join(threads[side], NULL);
}

/* How many events make `options->bytes`: writes a sample into nothing and scales it. */
static uint64_t events_for_bytes(const struct options *options)
{
    enum { SAMPLE_BYTES = 64 << 20 };
    struct options sample = *options;
    const uint64_t line_bytes = options->line_bytes > 250 ? options->line_bytes : 250;
    sample.events = SAMPLE_BYTES / line_bytes;
    const uint64_t least = 16 * options->threads;
    sample.events = sample.events > least ? sample.events : least;
    sample.out[CANARY] = sample.out[OURS] = NULL;
    struct log logs[SIDES];
    write_logs(&sample, logs);
    const uint64_t bytes = logs[CANARY].bytes + logs[OURS].bytes;
    for (int side = 0; side < SIDES; side++)
        free(logs[side].streams);
    return (uint64_t)((double)options->bytes / (double)bytes * (double)sample.events);
}

static void print_summary(const struct options *options, const struct log logs[SIDES])
{
    printf("{\"seed\": %" PRIu64 ", \"events\": [%" PRIu64 ", %" PRIu64 "], \"bytes\": [%" PRIu64 ", %" PRIu64
           "], \"threads\": %" PRIu64 ", \"planted\": [",
           options->seed, logs[CANARY].events, logs[OURS].events, logs[CANARY].bytes, logs[OURS].bytes,
           options->threads);
    const char *comma = "";
    for (uint64_t i = 0; i < options->threads; i++) {
        const struct stream *ours = &logs[OURS].streams[i];
        if (ours->diverged_at == UINT64_MAX)
            continue;
        printf("%s{\"canary_tid\": %" PRIu64 ", \"ours_tid\": %" PRIu64 ", \"position\": %" PRIu64 "}", comma,
               logs[CANARY].streams[i].tid, ours->tid, ours->diverged_at);
        comma = ", ";
    }
    printf("]}\n");
}

static const char USAGE[] =
    "usage: evdiff-generate --out-canary PATH --out-ours PATH [options]\n"
    "Writes a pair of event logs and prints what is in them as one line of JSON.\n"
    "  --seed N              same seed, same bytes (default 1)\n"
    "  --events N            events both logs share, per log (default 100000)\n"
    "  --bytes N[K|M|G]      instead: about this size for both logs together\n"
    "  --threads N           guest threads (default 40)\n"
    "  --jitter              threads interleave otherwise in ours, tids and times differ, and\n"
    "                        engine-local events, floating waits and nested critical sections "
    "differ\n"
    "  --spelling HOW        same (default); mixed: ours sorts its keys, spaces them, and on one line in\n"
    "                        four each writes escapes and 1.0 for 1; escaped: both escape in every line\n"
    "  --sids                one event of ten has a SID or an array of them\n"
    "  --diverge-at F        0 to 1: how far into a stream a value differs (default: nowhere)\n"
    "  --diverge-threads N   how many streams diverge (default 1)\n"
    "  --scatter N           one in N events of ours has a value that differs\n"
    "  --line-bytes N[K]     pad every payload to lines of about this size\n"
    "  --shape long|short    short: lines of about 45 bytes (default long)\n"
    "  --clock boot|epoch    host_ns since the engine's start or, in 19 digits, since 1970\n"
    "                        (default boot)\n"
    "  --no-equal            no event equals its counterpart\n"
    "  --help                this text\n";

static uint64_t number(const char *option, const char *value)
{
    char *end;
    errno = 0;
    const uint64_t parsed = strtoull(value, &end, 10);
    const int shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (errno != 0 || end == value || value[0] == '-' || end[shift != 0] != '\0' || parsed > UINT64_MAX >> (shift + 1))
        fail("--%s: '%s' is not a number", option, value);
    return parsed << shift;
}

static double fraction(const char *option, const char *value)
{
    char *end;
    const double parsed = strtod(value, &end);
    if (end == value || *end != '\0' || !(parsed >= 0 && parsed <= 1))
        fail("--%s: '%s' is not a number from 0 to 1", option, value);
    return parsed;
}

static bool one_of(const char *option, const char *value, const char *no, const char *yes)
{
    if (strcmp(value, no) != 0 && strcmp(value, yes) != 0)
        fail("--%s: '%s' is neither %s nor %s", option, value, no, yes);
    return strcmp(value, yes) == 0;
}

static struct options parse(int argc, char **argv)
{
    static const struct option LONG[] = {
        {"out-canary", required_argument, NULL, 'c'},
        {"out-ours", required_argument, NULL, 'o'},
        {"seed", required_argument, NULL, 's'},
        {"events", required_argument, NULL, 'e'},
        {"bytes", required_argument, NULL, 'b'},
        {"threads", required_argument, NULL, 't'},
        {"jitter", no_argument, NULL, 'j'},
        {"spelling", required_argument, NULL, 'p'},
        {"diverge-at", required_argument, NULL, 'd'},
        {"diverge-threads", required_argument, NULL, 'n'},
        {"scatter", required_argument, NULL, 'r'},
        {"line-bytes", required_argument, NULL, 'l'},
        {"shape", required_argument, NULL, 'a'},
        {"clock", required_argument, NULL, 'k'},
        {"no-equal", no_argument, NULL, 'q'},
        {"sids", no_argument, NULL, 'i'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct options options = {.seed = 1, .events = 100000, .threads = 40, .diverge_at = -1, .diverge_threads = 1};
    int chosen, at = 0;
    while ((chosen = getopt_long(argc, argv, "", LONG, &at)) != -1) {
        const char *name = LONG[at].name;
        switch (chosen) {
        case 'c': options.out[CANARY] = optarg; break;
        case 'o': options.out[OURS] = optarg; break;
        case 's': options.seed = number(name, optarg); break;
        case 'e': options.events = number(name, optarg); break;
        case 'b': options.bytes = number(name, optarg); break;
        case 't': options.threads = number(name, optarg); break;
        case 'j': options.jitter = true; break;
        case 'p':
            options.escaped = strcmp(optarg, "escaped") == 0;
            options.mixed = !options.escaped && one_of(name, optarg, "same", "mixed");
            break;
        case 'i': options.sids = true; break;
        case 'd': options.diverge_at = fraction(name, optarg); break;
        case 'n': options.diverge_threads = number(name, optarg); break;
        case 'r': options.scatter = number(name, optarg); break;
        case 'l': options.line_bytes = number(name, optarg); break;
        case 'a': options.short_lines = one_of(name, optarg, "long", "short"); break;
        case 'k': options.epoch_clock = one_of(name, optarg, "boot", "epoch"); break;
        case 'q': options.no_equal = true; break;
        case 'h': fputs(USAGE, stdout); exit(0);
        default: fputs(USAGE, stderr); exit(2);
        }
    }
    if (options.out[CANARY] == NULL || options.out[OURS] == NULL || optind != argc) {
        fputs(USAGE, stderr);
        exit(2);
    }
    if (options.threads == 0 || options.threads > 1 << 24)
        fail("--threads: expected 1 to 16777216");
    if (options.line_bytes > 1 << 30)
        fail("--line-bytes: expected at most 1G");
    return options;
}

int main(int argc, char **argv)
{
    struct options options = parse(argc, argv);
    functions_init(options.sids);
    if (options.bytes > 0)
        options.events = events_for_bytes(&options);
    if (options.events / 8 < options.threads)
        fail("%" PRIu64 " events are too few for %" PRIu64 " threads: give at least 8 for each", options.events,
             options.threads);
    struct log logs[SIDES];
    write_logs(&options, logs);
    print_summary(&options, logs);
    for (int side = 0; side < SIDES; side++)
        free(logs[side].streams);
    return fflush(stdout) != 0 || ferror(stdout) ? 2 : 0;
}
