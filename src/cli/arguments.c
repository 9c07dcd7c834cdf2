#include "arguments.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "options.h"

/* The word between two bytes without the white space around it. */
struct word {
    const char *start;
    size_t length;
};

/* A file of pairs may hold any byte, also 0, which is no space. */
static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct word trim(const char *start, const char *end)
{
    while (start < end && is_space(*start))
        start++;
    while (end > start && is_space(end[-1]))
        end--;
    return (struct word){start, (size_t)(end - start)};
}

/* The word before the next comma; *rest moves past it, to NULL at the end. */
static struct word next_word(const char **rest)
{
    const char *start = *rest;
    const char *comma = strchr(start, ',');
    *rest = comma ? comma + 1 : NULL;
    return trim(start, comma ? comma : start + strlen(start));
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 10;
    return 99;
}

/* int(text, 0) of ASCII text: a sign, 0x, 0o or 0b, single underscores between digits, and no leading
 * zero in a decimal number other than zero. */
static bool read_tid(struct word word, int64_t *tid)
{
    const char *p = word.start, *end = word.start + word.length;
    const bool is_negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    int base = 10;
    if (end - p > 2 && *p == '0') {
        const char letter = (char)(p[1] | 0x20);
        base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
    }
    if (base != 10)
        p += p[2] == '_' ? 3 : 2;
    const bool has_leading_zero = base == 10 && p < end && *p == '0';
    uint64_t magnitude = 0;
    bool is_after_digit = false;
    for (; p < end; p++) {
        if (*p == '_' && is_after_digit) {
            is_after_digit = false;
            continue;
        }
        const int digit = digit_value(*p);
        if (digit >= base || __builtin_mul_overflow(magnitude, (uint64_t)base, &magnitude) ||
            __builtin_add_overflow(magnitude, (uint64_t)digit, &magnitude))
            return false;
        is_after_digit = true;
    }
    if (!is_after_digit || (has_leading_zero && magnitude != 0) || magnitude > (uint64_t)INT64_MAX + is_negative)
        return false;
    *tid = (int64_t)(is_negative ? 0 - magnitude : magnitude);
    return true;
}

/* A text that grows; `bytes` is NULL once memory ran out. */
struct repr {
    char *bytes;
    size_t length;
};

static void append(struct repr *repr, const char *bytes, size_t length)
{
    char *longer = repr->bytes != NULL ? realloc(repr->bytes, repr->length + length + 1) : NULL;
    if (longer == NULL)
        free(repr->bytes);
    repr->bytes = longer;
    if (longer == NULL)
        return;
    memcpy(longer + repr->length, bytes, length);
    repr->length += length;
    longer[repr->length] = '\0';
}

/* Python's repr() of a word from the command line, but for what messages make plain. */
static void append_repr(struct repr *repr, struct word word)
{
    const bool has_single = memchr(word.start, '\'', word.length) != NULL;
    const bool has_double = memchr(word.start, '"', word.length) != NULL;
    const char quote = has_single && !has_double ? '"' : '\'';
    append(repr, &quote, 1);
    for (size_t i = 0; i < word.length; i++) {
        const char c = word.start[i];
        if (c == quote || c == '\\')
            append(repr, (const char[]){'\\', c}, 2);
        else if (c == '\n' || c == '\r' || c == '\t')
            append(repr, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", 2);
        else
            append(repr, &c, 1);
    }
    append(repr, &quote, 1);
}

static void refuse_token(const char *command, struct word word)
{
    struct repr repr = {.bytes = strdup("")};
    append_repr(&repr, word);
    if (repr.bytes == NULL)
        cli_report_no_memory();
    else
        cli_usage_error(command, "--tid-map: bad token %s (expected canary=ours)", repr.bytes);
    free(repr.bytes);
}

bool cli_read_pair(const char *text, size_t length, struct evd_tid_pair *pair)
{
    const char *end = text + length;
    const char *equals = memchr(text, '=', length);
    return equals != NULL && read_tid(trim(text, equals), &pair->canary) &&
           read_tid(trim(equals + 1, end), &pair->ours);
}

/* The reference takes a tid twice, and so does evdiff, but not silently: of a canary tid the last pair counts, a tid of
 * ours is compared more than once. The first of either sort is told. */
static void tell_twice(const struct evd_tid_pair *replaced, const struct evd_tid_pair *pairs, size_t count)
{
    if (replaced != NULL)
        cli_say("--tid-map: tid %lld of canary is given more than once; the last pair counts: %lld=%lld",
                (long long)replaced->canary, (long long)replaced->canary, (long long)replaced->ours);
    for (size_t i = 1; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (pairs[i].ours == pairs[j].ours) {
                cli_say("--tid-map: tid %lld of ours has two counterparts, %lld and %lld of canary",
                        (long long)pairs[i].ours, (long long)pairs[j].canary, (long long)pairs[i].canary);
                return;
            }
}

struct evd_tid_pair *cli_read_tid_map(const char *command, const char *text, size_t *count)
{
    size_t capacity = 1;
    for (const char *p = text; *p != '\0'; p++)
        capacity += *p == ',';
    struct evd_tid_pair *pairs = calloc(capacity, sizeof *pairs);
    if (pairs == NULL) {
        cli_report_no_memory();
        return NULL;
    }
    const struct evd_tid_pair *replaced = NULL;
    *count = 0;
    for (const char *rest = text; rest != NULL;) {
        const struct word word = next_word(&rest);
        if (word.length == 0)
            continue;
        struct evd_tid_pair pair;
        if (!cli_read_pair(word.start, word.length, &pair)) {
            refuse_token(command, word);
            free(pairs);
            return NULL;
        }
        size_t place = 0;
        while (place < *count && pairs[place].canary != pair.canary)
            place++;
        if (place < *count && replaced == NULL)
            replaced = &pairs[place];
        pairs[place] = pair;
        *count += place == *count;
    }
    tell_twice(replaced, pairs, *count);
    return pairs;
}

enum { SHARE_DIGITS_MAX = 15 }; /* so that all of them are exact in a double */

bool cli_read_amount(const char *text, struct evd_amount *amount)
{
    *amount = (struct evd_amount){.is_set = true};
    if (strchr(text, '%') == NULL)
        return cli_read_number(text, 0, UINT64_MAX, &amount->count);
    amount->is_share = true;
    uint64_t digits = 0, unit = 100; /* the share is digits / unit */
    size_t count = 0;
    bool is_behind_point = false;
    const char *p = text;
    for (; *p != '%'; p++) {
        if (*p == '.' && !is_behind_point && count > 0 && p[1] != '%') {
            is_behind_point = true;
            continue;
        }
        if (*p < '0' || *p > '9' || ++count > SHARE_DIGITS_MAX)
            return false;
        digits = digits * 10 + (uint64_t)(*p - '0');
        unit *= is_behind_point ? 10 : 1;
    }
    /* One division of two exact numbers: the double nearest to the share. */
    amount->share = (double)digits / (double)unit;
    return count > 0 && p[1] == '\0' && digits <= unit;
}

/* The power of two that a unit of bytes stands for, as K, kB or KiB; false when it is none. */
static bool read_unit(const char *text, unsigned *shift)
{
    static const char UNITS[] = "kmgt";
    const char *unit = text[0] == '\0' ? NULL : strchr(UNITS, tolower((unsigned char)text[0]));
    *shift = unit == NULL ? 0 : 10 * (unsigned)(unit - UNITS + 1);
    const char *rest = unit == NULL ? text : text + 1;
    return *rest == '\0' || strcasecmp(rest, "b") == 0 || (unit != NULL && strcasecmp(rest, "ib") == 0);
}

bool cli_read_size(const char *text, uint64_t *size)
{
    char digits[24];
    unsigned shift;
    const size_t length = strspn(text, "0123456789");
    if (length >= sizeof digits || !read_unit(text + length, &shift))
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    if (!cli_read_number(digits, 1, UINT64_MAX >> shift, size))
        return false;
    *size <<= shift;
    return true;
}

char **cli_split_names(const char *text, size_t *count)
{
    size_t capacity = 2;
    for (const char *p = text; *p != '\0'; p++)
        capacity += *p == ',';
    char **names = calloc(capacity, sizeof *names);
    *count = 0;
    for (const char *rest = text; names != NULL && rest != NULL;) {
        const struct word word = next_word(&rest);
        if (word.length == 0)
            continue;
        names[*count] = strndup(word.start, word.length);
        if (names[(*count)++] == NULL) {
            cli_free_names(names);
            names = NULL;
        }
    }
    if (names == NULL)
        cli_report_no_memory();
    return names;
}

void cli_free_names(char **names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++)
        free(names[i]);
    free(names);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Appends "['a', 'b']", sorted and each name once. */
static void append_list(struct repr *repr, const char **names, size_t count)
{
    qsort(names, count, sizeof *names, by_bytes);
    append(repr, "[", 1);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            append(repr, ", ", i ? 2 : 0);
            append_repr(repr, (struct word){names[i], strlen(names[i])});
        }
    append(repr, "]", 1);
}

static void refuse_absorbers(const char *command, const char **unknown, size_t unknown_count, const char **known,
                             size_t known_count)
{
    struct repr wrong = {.bytes = strdup("")}, valid = {.bytes = strdup("")};
    const char *meant =
        unknown_count == 1 ? evd_suggest_name(unknown[0], strlen(unknown[0]), known, known_count) : NULL;
    append_list(&wrong, unknown, unknown_count);
    append_list(&valid, known, known_count);
    if (wrong.bytes == NULL || valid.bytes == NULL)
        cli_report_no_memory();
    else
        cli_usage_error(command, "--disable-absorber: unknown name(s) %s. Valid: %s%s%s%s", wrong.bytes, valid.bytes,
                        meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
    free(wrong.bytes);
    free(valid.bytes);
}

bool cli_check_absorbers(const char *command, const struct evd_rules *rules, char **names, size_t count)
{
    const size_t known_count = evd_rules_absorber_count(rules);
    const char **lists = calloc(known_count + count + 1, sizeof *lists);
    if (lists == NULL) {
        cli_report_no_memory();
        return false;
    }
    const char **known = lists, **unknown = lists + known_count;
    size_t unknown_count = 0;
    for (size_t i = 0; i < known_count; i++)
        known[i] = evd_rules_absorber_name(rules, i);
    for (size_t i = 0; i < count; i++) {
        bool is_known = false;
        for (size_t j = 0; j < known_count; j++)
            is_known |= strcmp(names[i], known[j]) == 0;
        if (!is_known)
            unknown[unknown_count++] = names[i];
    }
    if (unknown_count > 0)
        refuse_absorbers(command, unknown, unknown_count, known, known_count);
    free(lists);
    return unknown_count == 0;
}
