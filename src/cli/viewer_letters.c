/* The viewer's letters: what a line takes on the screen. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "viewer.h"

size_t cli_next_letter(const char *text, mbstate_t *state, int *width)
{
    wchar_t letter;
    size_t length = mbrtowc(&letter, text, strnlen(text, MB_LEN_MAX), state);
    *width = length == 0 || length > MB_CUR_MAX ? -1 : wcwidth(letter);
    if (*width >= 0)
        return length;
    memset(state, 0, sizeof *state);
    for (length = 1; ((unsigned char)text[length] & 0xc0) == 0x80; length++)
        ;
    return length;
}

int cli_columns(const char *text)
{
    mbstate_t state = {0};
    int columns = 0, width;
    for (; *text != '\0'; columns += width < 0 ? 1 : width)
        text += cli_next_letter(text, &state, &width);
    return columns;
}
