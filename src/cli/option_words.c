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

bool cli_option_words_make(struct cli_option_words *words, const char *command)
{
    const char *options = getenv("EVDIFF_OPTS");
    const size_t length = options != NULL ? strlen(options) : 0;
    static char name[] = "evdiff";
    *words =
        (struct cli_option_words){.argv = calloc(length / 2 + 3, sizeof *words->argv), .text = malloc(2 * length + 2)};
    if (words->argv == NULL || words->text == NULL)
        return cli_report_no_memory() == EXIT_DONE;
    char *to = words->text;
    words->argv[words->argc++] = name;
    for (const char *p = options; length > 0 && *(p += strspn(p, BLANKS)) != '\0';) {
        words->argv[words->argc++] = to;
        if (!take_word(&p, &to)) {
            cli_usage_error(command, "EVDIFF_OPTS: a quote is not closed: %s", options);
            return false;
        }
    }
    return true;
}

void cli_option_words_release(struct cli_option_words *words)
{
    free(words->argv);
    free(words->text);
    *words = (struct cli_option_words){0};
}
