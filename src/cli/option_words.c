#include "option_words.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define BLANKS " \t\n"

/* Takes one word off `*from`, and puts it to `*to`, terminated; false when a quote is not closed. */
static bool take_word(const char **from, char **to)
{
    char quote = '\0';
    const char *p = *from;
    for (; *p != '\0' && (quote != '\0' || strchr(BLANKS, *p) == NULL); p++) {
        if (quote == '\0' && (*p == '\'' || *p == '"'))
            quote = *p;
        else if (quote != '\0' && *p == quote)
            quote = '\0';
        else if (*p == '\\' && quote != '\'' && p[1] != '\0')
            *(*to)++ = *++p;
        else
            *(*to)++ = *p;
    }
    *(*to)++ = '\0';
    *from = p;
    return quote == '\0';
}

bool cli_command_line_make(struct cli_command_line *line, int argc, char **argv)
{
    const char *options = getenv("EVDIFF_OPTS");
    const size_t length = options != NULL ? strlen(options) : 0;
    *line = (struct cli_command_line){
        .argv = calloc((size_t)argc + length / 2 + 2, sizeof *line->argv), .text = malloc(length + 1)};
    if (line->argv == NULL || line->text == NULL)
        return cli_report_no_memory() == EXIT_DONE;
    char *to = line->text;
    line->argv[line->argc++] = argv[0];
    for (const char *p = options; length > 0 && *(p += strspn(p, BLANKS)) != '\0';) {
        line->argv[line->argc++] = to;
        if (!take_word(&p, &to)) {
            cli_usage_error(argv[0], "EVDIFF_OPTS: a quote is not closed: %s", options);
            return false;
        }
    }
    memcpy(line->argv + line->argc, argv + 1, ((size_t)argc - 1) * sizeof *argv);
    line->argc += argc - 1;
    return true;
}

void cli_command_line_release(struct cli_command_line *line)
{
    free(line->argv);
    free(line->text);
    *line = (struct cli_command_line){0};
}
