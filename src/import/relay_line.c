#include "import/relay_line.h"

#include <string.h>

enum {
    SECOND_DIGITS_MAX = 9,
    HEX_DIGITS_MAX = 16,
    NS_PER_MS = 1000000,
    ORDINALS = 4096,
};

/* ── Reading a line ── */

const unsigned char evd_relay_digits[256] = {
    ['0'] = 1, ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9, ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool evd_relay_hex(struct evd_relay_text text, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text.length; i++) {
        const unsigned digit = evd_relay_digits[(unsigned char)text.bytes[i]];
        if (digit == 0)
            return false;
        *value = *value << 4 | (digit - 1);
    }
    return text.length > 0 && text.length <= HEX_DIGITS_MAX;
}

/* Reads `6044.068:`; milliseconds count, as Wine writes them. False when it is none. */
static bool read_time(const char **p, const char *end, struct evd_relay_line *line)
{
    const char *at = *p;
    int64_t seconds = 0, milliseconds = 0;
    unsigned digits = 0;
    for (; at < end && is_digit(*at); at++, digits++)
        seconds = digits < SECOND_DIGITS_MAX ? seconds * 10 + (*at - '0') : seconds;
    if (digits == 0 || digits > SECOND_DIGITS_MAX || at == end || *at++ != '.')
        return false;
    for (digits = 0; at < end && is_digit(*at); at++, digits++)
        milliseconds = digits < 3 ? milliseconds * 10 + (*at - '0') : milliseconds;
    if (digits == 0 || at == end || *at++ != ':')
        return false;
    for (; digits < 3; digits++)
        milliseconds *= 10;
    line->has_time = true;
    line->ns = (seconds * 1000 + milliseconds) * NS_PER_MS;
    *p = at;
    return true;
}

/* Reads the four digits of a number of a process or thread, and the colon. */
static bool read_id(const char **p, const char *end, uint64_t *id)
{
    if (end - *p < 5 || (*p)[4] != ':' || !evd_relay_hex((struct evd_relay_text){*p, 4}, id))
        return false;
    *p += 5;
    return true;
}

/* Reads the time, if there is one, the process, if there is one, the thread, and which way it goes. */
static bool read_beginning(const char **p, const char *end, struct evd_relay_line *line)
{
    read_time(p, end, line);
    if (!read_id(p, end, &line->tid))
        return false;
    uint64_t id;
    if (read_id(p, end, &id)) {
        line->has_pid = true;
        line->pid = line->tid;
        line->tid = id;
    }
    if (end - *p < 5 || (memcmp(*p, "Call ", 5) != 0 && memcmp(*p, "Ret  ", 5) != 0))
        return false;
    line->is_call = **p == 'C';
    *p += 5;
    return true;
}

/* Reads `module.function(` up to the bracket; what it is made of is evd_relay_function_of's affair. */
static bool read_function(const char **p, const char *end, struct evd_relay_line *line)
{
    const char *at = memchr(*p, '(', (size_t)(end - *p));
    if (at == NULL)
        return false;
    line->function = (struct evd_relay_text){*p, (size_t)(at - *p)};
    *p = at + 1;
    return true;
}

/* What Python takes for white space in Latin-1. */
static bool is_space(unsigned char c)
{
    return c == ' ' || (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0;
}

/* Takes `word` and hexadecimal digits behind it off the end of begin … *end; false when they are not there. */
static bool cut_number(const char *begin, const char **end, const char *word, struct evd_relay_text *digits)
{
    const char *at = *end;
    const size_t length = strlen(word);
    while (at > begin && evd_relay_is_hex(at[-1]))
        at--;
    *digits = (struct evd_relay_text){at, (size_t)(*end - at)};
    if (digits->length == 0 || (size_t)(at - begin) < length || memcmp(at - length, word, length) != 0)
        return false;
    *end = at - length;
    return true;
}

/* Reads `arguments) retval=0 ret=7b05ac70` from its end, as the arguments may hold anything. */
static bool read_end(const char *p, const char *end, struct evd_relay_line *line)
{
    struct evd_relay_text result;
    while (end > p && is_space((unsigned char)end[-1]))
        end--;
    if (!cut_number(p, &end, " ret=", &line->caller))
        return false;
    line->has_result = cut_number(p, &end, " retval=", &result);
    if (end == p || end[-1] != ')')
        return false;
    line->arguments = (struct evd_relay_text){p, (size_t)(end - 1 - p)};
    return !line->has_result || evd_relay_hex(result, &line->result);
}

bool evd_relay_read(const char *p, size_t length, struct evd_relay_line *line)
{
    const char *end = p + length;
    *line = (struct evd_relay_line){0};
    return read_beginning(&p, end, line) && read_function(&p, end, line) && read_end(p, end, line);
}

/* ── Functions ── */

enum { IN_MODULE = 1, IN_NAME = 2 };

static unsigned class_of(unsigned char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit((char)c) || c == '_')
        return IN_MODULE | IN_NAME;
    return c == '.' || c == '-' ? IN_MODULE : c == '?' || c == '@' || c == '$' ? IN_NAME : 0;
}

static bool is_made_of(struct evd_relay_text text, unsigned class)
{
    for (size_t i = 0; i < text.length; i++)
        class &= class_of((unsigned char)text.bytes[i]);
    return text.length > 0 && class != 0;
}

static bool is_one_of(struct evd_relay_text name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strlen(*names) == name.length && memcmp(*names, name.bytes, name.length) == 0)
            return true;
    return false;
}

bool evd_relay_function_of(struct evd_relay_text text, struct evd_relay_function *function)
{
    static const char *const WAITS[] = {"NtWaitForSingleObject", "WaitForSingleObject", "WaitForSingleObjectEx", NULL};
    static const char *const CREATORS[] = {"NtCreateThreadEx", "RtlCreateUserThread", "CreateThread", NULL};
    /* The last dot parts them. */
    const char *dot = memrchr(text.bytes, '.', text.length);
    if (dot == NULL)
        return false;
    const size_t module_length = (size_t)(dot - text.bytes);
    function->module = (struct evd_relay_text){text.bytes, module_length};
    function->name = (struct evd_relay_text){dot + 1, text.length - module_length - 1};
    function->ordinal = evd_relay_fnv(EVD_RELAY_FNV_BASIS, text.bytes, text.length) % ORDINALS;
    function->is_wait = is_one_of(function->name, WAITS);
    function->is_creator = is_one_of(function->name, CREATORS);
    return is_made_of(function->module, IN_MODULE) && is_made_of(function->name, IN_NAME);
}

/* Where a function may be known: any place would do. */
static size_t place_of(struct evd_relay_text text)
{
    uint64_t end;
    memcpy(&end, text.bytes + text.length - sizeof end, sizeof end);
    return (end * 0x9e3779b97f4a7c15u ^ text.length * 0xbf58476d1ce4e5b9u) >> 32 & (EVD_RELAY_KNOWN - 1);
}

bool evd_relay_find(struct evd_relay_known *known, struct evd_relay_text text, struct evd_relay_function *function)
{
    if (text.length < sizeof(uint64_t) || text.length > EVD_RELAY_KNOWN_BYTES)
        return evd_relay_function_of(text, function);
    known += place_of(text);
    if (known->length == text.length && memcmp(known->text, text.bytes, text.length) == 0) {
        *function = known->function;
        function->module = (struct evd_relay_text){text.bytes, known->module_length};
        function->name =
            (struct evd_relay_text){text.bytes + known->module_length + 1, text.length - known->module_length - 1};
        return true;
    }
    if (!evd_relay_function_of(text, function))
        return false;
    known->length = text.length;
    known->module_length = function->module.length;
    known->function = *function;
    memcpy(known->text, text.bytes, text.length);
    return true;
}
