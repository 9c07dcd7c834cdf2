#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "plain.h"

/* One line in one piece: other programs may write to the same terminal. */
static void put_line(FILE *out, const char *prefix, const char *bytes, size_t length)
{
    char *line = NULL;
    char *plain = cli_plain(bytes, length);
    if (plain != NULL && asprintf(&line, "%s%s\n", prefix, plain) >= 0)
        fputs(line, out);
    else
        fprintf(out, "%s%s\n", prefix, strerror(ENOMEM));
    free(line);
    free(plain);
}

static void print_line(FILE *out, const char *prefix, const char *format, va_list args)
{
    char *text;
    const int length = vasprintf(&text, format, args);
    if (length < 0) {
        put_line(out, prefix, strerror(ENOMEM), strlen(strerror(ENOMEM)));
        return;
    }
    put_line(out, prefix, text, (size_t)length);
    free(text);
}

static const char VOICE[] = "evdiff: ";

void cli_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(stderr, VOICE, format, args);
    va_end(args);
}

void cli_say_about(const char *before, struct evd_text text, const char *after)
{
    /* A plain text has no zero byte, and stays what it is when it is made plain again. */
    char *plain = cli_plain(text.bytes, text.length);
    cli_say("%s%s%s", before, plain != NULL ? plain : strerror(ENOMEM), after);
    free(plain);
}

void cli_print_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(stdout, "", format, args);
    va_end(args);
}

void cli_print_wrapped(const char *format, ...)
{
    enum { WIDTH = 80, INDENT = 6 };
    char *text;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return;
    char *rest = text;
    int indent = 0;
    while (strlen(rest) + (size_t)indent > WIDTH) {
        char *end = rest + WIDTH - indent;
        while (end > rest + strspn(rest, " ") && *end != ' ')
            end--;
        /* A word that is wider stays whole. */
        if (*end != ' ' || end == rest + strspn(rest, " "))
            end = strchr(rest + strspn(rest, " "), ' ');
        if (end == NULL)
            break;
        *end = '\0';
        cli_print_line("%*s%s", indent, "", rest);
        rest = end + 1;
        indent = INDENT;
    }
    cli_print_line("%*s%s", indent, "", rest);
    free(text);
}

/* A line that is wrapped leaves its beginning behind when the next one takes its place. A character takes a column or two,
 * and at least a byte. */
static void cut_to_screen(char *text)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2 || strlen(text) < size.ws_col)
        return;
    size_t length = size.ws_col - 1u;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    text[length] = '\0';
}

void cli_show_line(const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *plain = cli_plain(text, strlen(text));
    if (plain != NULL)
        cut_to_screen(plain);
    fprintf(stderr, "\r%s\x1b[K", plain != NULL ? plain : "");
    fflush(stderr);
    free(plain);
}

void cli_hide_line(void)
{
    fputs("\r\x1b[K", stderr);
}

/* ── Options that are not from the command line ── */

static struct noted {
    const char *option, *value, *where;
} * noted;
static size_t noted_count;

bool cli_note_origin(const char *option, const char *value, const char *where)
{
    struct noted *longer = realloc(noted, (noted_count + 1) * sizeof *longer);
    if (longer == NULL)
        return false;
    noted = longer;
    noted[noted_count++] = (struct noted){option, value, where};
    return true;
}

/* The one whose value is a path. */
static const struct noted *find_noted_file(const char *path)
{
    for (size_t i = 0; i < noted_count; i++)
        if (noted[i].value != NULL && strcmp(noted[i].value, path) == 0)
            return &noted[i];
    return NULL;
}

/* The one that a message begins with, "--from: …"; of several of one name that whose value is in the message. */
static const struct noted *find_noted_option(const char *message)
{
    const struct noted *found = NULL;
    const size_t length = strncmp(message, "--", 2) == 0 ? strcspn(message + 2, ":, ") : 0;
    for (size_t i = 0; length > 0 && i < noted_count; i++) {
        if (strlen(noted[i].option) != length || strncmp(noted[i].option, message + 2, length) != 0)
            continue;
        if (found == NULL || (noted[i].value != NULL && strstr(message, noted[i].value) != NULL))
            found = &noted[i];
    }
    return found;
}

int cli_report_error(const struct evd_error *error)
{
    char place[64] = "";
    const struct noted *by = error->line == 0 && error->path[0] != '\0' ? find_noted_file(error->path) : NULL;
    if (by != NULL) {
        cli_say("%s: --%s: %s: %s", by->where, by->option, error->path, error->message);
        return EXIT_TROUBLE;
    }
    if (error->line > 0)
        snprintf(place, sizeof place, ":%llu:%llu", (unsigned long long)error->line, (unsigned long long)error->column);
    cli_say("%s%s%s%s", error->path, place, error->path[0] != '\0' ? ": " : "", error->message);
    return EXIT_TROUBLE;
}

int cli_report_no_memory(void)
{
    cli_say("%s", strerror(ENOMEM));
    return EXIT_TROUBLE;
}

void cli_say_help(const char *command)
{
    fprintf(stderr, "Try 'evdiff %s%s--help' for more information.\n", command != NULL ? command : "",
            command != NULL ? " " : "");
}

/* Where the option comes from that is being read; NULL: from the command line. */
static const char *origin;

void cli_set_origin(const char *where)
{
    origin = where;
}

const char *cli_origin(void)
{
    return origin;
}

int cli_usage_error(const char *command, const char *format, ...)
{
    char *message;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&message, format, args);
    va_end(args);
    if (length < 0)
        return cli_report_no_memory();
    const struct noted *by = origin == NULL ? find_noted_option(message) : NULL;
    const char *where = by != NULL ? by->where : origin;
    cli_say("%s: %s", where != NULL ? where : command, message);
    free(message);
    if (where == NULL)
        cli_say_help(command);
    return EXIT_TROUBLE;
}
