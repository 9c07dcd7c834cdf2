#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "plain.h"
#include "show.h"

/* Takes the event at `position` and its neighbours, one by one, up to the thread's ends. */
static enum evd_status take_events(const struct evd_log *log, const struct cli_show_request *request, uint64_t position,
                                   bool is_printed, struct evd_error *error)
{
    const uint64_t before = position < request->context ? position : request->context;
    struct evd_events *events;
    struct evd_thread_event event;
    enum evd_status status = evd_events_open(log, request->tid, position - before, &events, error);
    bool has_event = status == EVD_OK;
    for (uint64_t left = before + request->context + 1; has_event && left > 0; left--) {
        status = evd_events_next(events, &event, &has_event, error);
        if (!has_event || !is_printed)
            continue;
        if (request->context > 0)
            fputs(event.position == position ? "> " : "  ", stdout);
        cli_print_json_line(stdout, event.text, event.length);
        putchar('\n');
    }
    evd_events_close(events);
    return status;
}

/* Prints nothing unless all of it can be read: what a damaged index ends is begun anew without it. */
enum evd_status cli_show_events(const struct evd_log *log, const struct cli_show_request *request,
                                struct evd_error *error)
{
    uint64_t position;
    enum evd_status status = evd_log_find(log, request->tid, request->idx, &position, error);
    if (status == EVD_OK)
        status = take_events(log, request, position, false, error);
    return status == EVD_OK ? take_events(log, request, position, true, error) : status;
}

/* A kind, or how kinds begin and *, as "kernel.*". */
static bool fits(const char *pattern, struct evd_text kind)
{
    const size_t length = strlen(pattern);
    if (length > 0 && pattern[length - 1] == '*')
        return kind.length + 1 >= length && memcmp(kind.bytes, pattern, length - 1) == 0;
    return kind.length == length && memcmp(kind.bytes, pattern, length) == 0;
}

/* The next byte of a text as a report shows it, more or less: each run of backslashes is one, and one before a quotation mark
 * is none. JSON escapes them, and so does what many engines log; how often, nobody who searches should have to know. -1: its
 * end. */
static int next_folded(const char *text, size_t length, size_t *at)
{
    while (*at < length) {
        const char c = text[(*at)++];
        while (c == '\\' && *at < length && text[*at] == '\\')
            ++*at;
        if (c != '\\' || *at == length || text[*at] != '"')
            return (unsigned char)c;
    }
    return -1;
}

static bool begins_folded(const char *line, size_t line_length, const char *text, size_t length)
{
    size_t in_line = 0, in_text = 0;
    for (;;) {
        const int wanted = next_folded(text, length, &in_text);
        if (wanted < 0)
            return true;
        if (next_folded(line, line_length, &in_line) != wanted)
            return false;
    }
}

static bool is_within_run(const char *line, size_t at)
{
    return at > 0 && line[at] == '\\' && line[at - 1] == '\\';
}

/* Has the line the text as it stands, or as a report shows it? */
static bool has_text(const struct evd_thread_event *event, const char *text)
{
    const size_t length = strlen(text);
    if (memmem(event->text, event->length, text, length) != NULL)
        return true;
    if (strpbrk(text, "\\\"") == NULL)
        return false;
    /* Wherever in a run of backslashes it begins, it is folded alike. */
    for (size_t from = 0; from < event->length; from++)
        if (!is_within_run(event->text, from) && begins_folded(event->text + from, event->length - from, text, length))
            return true;
    return false;
}

static bool is_found(const struct cli_show_request *request, const struct evd_thread_event *event)
{
    return (request->kind == NULL || fits(request->kind, event->kind)) &&
           (request->grep == NULL || has_text(event, request->grep));
}

/* Prints what is found in one thread; *left: how many more may be. */
static enum evd_status search_thread(const struct evd_log *log, int64_t tid, const struct cli_show_request *request,
                                     uint64_t *left, struct evd_error *error)
{
    struct evd_events *events;
    struct evd_thread_event event;
    enum evd_status status = evd_events_open(log, tid, 0, &events, error);
    bool has_event = status == EVD_OK;
    while (has_event && *left > 0) {
        status = evd_events_next(events, &event, &has_event, error);
        if (!has_event || !is_found(request, &event))
            continue;
        cli_print_json_line(stdout, event.text, event.length);
        putchar('\n');
        --*left;
    }
    evd_events_close(events);
    return status;
}

enum evd_status cli_show_search(const struct evd_log *log, const struct cli_show_request *request,
                                struct evd_error *error)
{
    const uint64_t most = request->limit > 0 ? request->limit : UINT64_MAX;
    uint64_t left = most;
    enum evd_status status = EVD_OK;
    if (request->has_tid)
        status = search_thread(log, request->tid, request, &left, error);
    for (size_t i = 0; !request->has_tid && status == EVD_OK && i < evd_log_thread_count(log); i++)
        status = search_thread(log, evd_log_thread_tid(log, i), request, &left, error);
    if (status == EVD_OK && left == most) {
        snprintf(error->message, sizeof error->message, "no event is found");
        error->status = EVD_E_ARGUMENT;
        status = EVD_E_ARGUMENT;
    }
    return status;
}
