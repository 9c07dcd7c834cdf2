/* simdjson behind the C contract of json.h: its stage 1 finds where everything begins, a walk makes tokens of it.
 *
 * Stage 1 has checked UTF-8, quotes and control characters in strings, by the processor's widest instructions. The order of
 * brackets, commas and colons, escapes, numbers and literals are checked here. */
#include "json/validate.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <string_view>

extern "C" {
#include "base/digits.h"
#include "base/free_memory.h"
}

using namespace simdjson;

struct evd_json_parser {
    std::unique_ptr<internal::dom_parser_implementation> structure;
    uint32_t capacity = 0; /* longest text that there is room for, in bytes */
    struct evd_json_token *tokens = nullptr;
    uint32_t token_capacity = 0;
    const char *text = nullptr; /* the one whose structure is known */
    uint32_t next = 0;          /* in the structure: what is in hand */
    bool has_escapes = false;   /* somewhere in the text */
    struct evd_json_tape tape = {};
    bool is_too_large = false; /* why the last parse ran out of memory: more is needed than is free */
};

namespace
{

constexpr uint32_t LENGTH_MIN = 4096; /* that room is made for */

enum class outcome { ok, refused, out_of_memory };

/* From so many bytes on it is asked first whether they are free: a line that is packed small may be huge. */
constexpr uint64_t LARGE = UINT64_C(64) << 20;
/* What stage 1 finds takes 4 bytes for each byte of the text. */
constexpr uint64_t STRUCTURE_BYTES_EACH = 4;

/* Several workers may ask at a time, so half is left. */
bool is_free(uint64_t bytes)
{
    return bytes < LARGE || bytes <= evd_free_memory("") / 2;
}

/* Makes room for the structure of a text of that length. */
bool grow_structure(evd_json_parser &parser, uint32_t length)
{
    const uint32_t capacity = length < LENGTH_MIN ? LENGTH_MIN : length;
    const error_code error =
        parser.structure == nullptr
            ? get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser.structure)
            : parser.structure->allocate(capacity, 1);
    parser.capacity = error ? 0 : capacity;
    return !error;
}

bool grow_tokens(evd_json_parser &parser, uint32_t count)
{
    const uint64_t capacity = count < UINT32_MAX - count / 2 ? count + count / 2 : count;
    parser.is_too_large = !is_free(capacity * sizeof *parser.tokens);
    void *tokens = parser.is_too_large ? nullptr : realloc(parser.tokens, capacity * sizeof *parser.tokens);
    if (tokens == nullptr)
        return false;
    parser.tokens = static_cast<struct evd_json_token *>(tokens);
    parser.token_capacity = static_cast<uint32_t>(capacity);
    return true;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool escapes_are_valid(const char *p, const char *end)
{
    while ((p = static_cast<const char *>(memchr(p, '\\', static_cast<size_t>(end - p)))) != nullptr) {
        if (end - p < 2)
            return false;
        if (p[1] == 'u') {
            if (end - p < 6 || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) || !is_hex(p[5]))
                return false;
            p += 6;
        } else if (memchr("\"\\/bfnrt", p[1], 8) != nullptr) {
            p += 2;
        } else {
            return false;
        }
    }
    return true;
}

/* Readable bytes follow the text. */
bool number_is_valid(const char *p, const char *end, bool *is_real)
{
    p += *p == '-';
    const char *digits = p;
    p = evd_digits_skip(p, end);
    *is_real = p != end;
    if (p == digits || (*digits == '0' && p - digits > 1))
        return false;
    if (p == end)
        return true;
    if (*p == '.') {
        digits = ++p;
        p = evd_digits_skip(p, end);
        if (p == digits)
            return false;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        digits = p;
        p = evd_digits_skip(p, end);
        if (p == digits)
            return false;
    }
    return p == end;
}

/* Finds where everything in a text begins, and makes room for its tokens. Each key has a colon behind it, and each value a
 * comma or a bracket before or behind it, so at most every second byte that was found begins a token, but for brackets that
 * do not close, which may be so deep, and for one that is refused. */
outcome find_structure(evd_json_parser &parser, const char *text, uint32_t length)
{
    parser.is_too_large = false;
    if (length == 0)
        return outcome::refused;
    if (length > parser.capacity) {
        parser.is_too_large = !is_free(STRUCTURE_BYTES_EACH * length);
        if (parser.is_too_large || !grow_structure(parser, length))
            return outcome::out_of_memory;
    }
    if (parser.structure->stage1(reinterpret_cast<const uint8_t *>(text), length, stage1_mode::regular) != SUCCESS)
        return outcome::refused;
    const uint32_t most = parser.structure->n_structural_indexes / 2 + EVD_JSON_DEPTH_MAX / 2 + 2;
    if (most > parser.token_capacity && !grow_tokens(parser, most))
        return outcome::out_of_memory;
    parser.text = text;
    parser.next = 0;
    parser.has_escapes = memchr(text, '\\', length) != nullptr;
    return outcome::ok;
}

/* One walk over one object, from one byte that stage 1 has found to the next. These are the brackets, colons and commas
 * outside strings, and the first byte of each other value; so a string ends at the last byte before the next of them that
 * is no white space, and that byte is its quote. */
class walk
{
  public:
    explicit walk(evd_json_parser &parser)
        : parser_(parser), text_(parser.text), at_(parser.structure->structural_indexes.get() + parser.next),
          last_(parser.structure->structural_indexes.get() + parser.structure->n_structural_indexes),
          tokens_(parser.tokens), has_escapes_(parser.has_escapes)
    {
    }

    bool object()
    {
        const bool is_valid = has(1) && byte() == '{' && values();
        parser_.next = static_cast<uint32_t>(at_ - parser_.structure->structural_indexes.get());
        parser_.tape = {text_, tokens_, count_};
        return is_valid;
    }

  private:
    /* Whether so many bytes that stage 1 has found are left. */
    bool has(ptrdiff_t count) const
    {
        return last_ - at_ >= count;
    }

    /* The byte in hand, of which there must be one. */
    char byte() const
    {
        return text_[*at_];
    }

    /* Where the value in hand, no bracket, ends. The end of the text stands behind what stage 1 has found. */
    const char *end_of_value() const
    {
        const char *end = text_ + at_[1];
        while (is_space(end[-1]))
            end--;
        return end;
    }

    struct evd_json_token &add(uint32_t start, size_t length, uint32_t next, enum evd_json_type type)
    {
        struct evd_json_token &token = tokens_[count_++];
        token = {start, static_cast<uint32_t>(length), next, static_cast<uint8_t>(type), false};
        return token;
    }

    /* The string whose first quote is in hand. */
    bool string()
    {
        const char *start = text_ + *at_ + 1;
        const char *quote = end_of_value() - 1;
        const size_t length = static_cast<size_t>(quote - start);
        struct evd_json_token &token = add(*at_ + 1, length, count_ + 1, EVD_JSON_STRING);
        at_++;
        if (!has_escapes_)
            return true;
        token.escaped = memchr(start, '\\', length) != nullptr;
        return !token.escaped || escapes_are_valid(start, quote);
    }

    /* A number, true, false or null. */
    bool plain()
    {
        const char *start = text_ + *at_;
        const std::string_view token(start, static_cast<size_t>(end_of_value() - start));
        enum evd_json_type type = EVD_JSON_INTEGER;
        bool is_valid = true, is_real = false;
        switch (*start) {
        case 't': type = EVD_JSON_TRUE; break;
        case 'f': type = EVD_JSON_FALSE; break;
        case 'n': type = EVD_JSON_NULL; break;
        default: is_valid = number_is_valid(start, start + token.size(), &is_real);
        }
        if (is_real)
            type = EVD_JSON_REAL;
        add(*at_, token.size(), count_ + 1, type);
        at_++;
        return type == EVD_JSON_TRUE    ? token == "true"
               : type == EVD_JSON_FALSE ? token == "false"
               : type == EVD_JSON_NULL  ? token == "null"
                                        : is_valid;
    }

    /* A key and its colon, where a value and what ends that may follow. */
    bool key()
    {
        return has(4) && byte() == '"' && string() && text_[*at_++] == ':';
    }

    /* The value whose opening bracket is in hand, and all that is in it. Containers that are open are linked by their
     * `next`, which is not known yet: the caller's stack may be small. A value is only looked at where a byte behind it is
     * known to be there. */
    bool values()
    {
        uint32_t outer = NONE, depth = 0;
        bool is_object = false;
        for (;;) {
            const char first = byte();
            if (first == '"') {
                if (!string())
                    return false;
            } else if (first == '{' || first == '[') {
                if (depth++ == EVD_JSON_DEPTH_MAX || !has(2))
                    return false;
                is_object = first == '{';
                add(*at_++, 0, outer, is_object ? EVD_JSON_OBJECT : EVD_JSON_ARRAY);
                outer = count_ - 1;
                if (byte() != (is_object ? '}' : ']')) {
                    if (is_object ? !key() : !has(2))
                        return false;
                    continue;
                }
            } else if (!plain()) {
                return false;
            }
            for (;;) {
                const char behind = text_[*at_++];
                if (behind == ',') {
                    if (is_object ? !key() : !has(2))
                        return false;
                    break;
                }
                if (behind != (is_object ? '}' : ']'))
                    return false;
                struct evd_json_token &container = tokens_[outer];
                outer = container.next;
                container.next = count_;
                depth--;
                if (outer == NONE)
                    return true;
                is_object = tokens_[outer].type == EVD_JSON_OBJECT;
                if (!has(1))
                    return false;
            }
        }
    }

    static constexpr uint32_t NONE = UINT32_MAX;

    evd_json_parser &parser_;
    const char *text_;
    const uint32_t *at_;   /* in what stage 1 has found: the byte in hand */
    const uint32_t *last_; /* behind all of it */
    struct evd_json_token *tokens_;
    uint32_t count_ = 0;
    bool has_escapes_;
};

} // namespace

struct evd_json_parser *evd_json_parser_create(void)
{
    return new (std::nothrow) evd_json_parser;
}

void evd_json_parser_destroy(struct evd_json_parser *parser)
{
    if (parser == nullptr)
        return;
    free(parser->tokens);
    delete parser;
}

const struct evd_json_tape *evd_json_parse(struct evd_json_parser *parser, const char *text, size_t length,
                                           struct evd_json_fault *fault)
{
    if (length > EVD_JSON_LENGTH_MAX) {
        *fault = {0, "longer than 4 GiB", false};
        return nullptr;
    }
    const outcome found = find_structure(*parser, text, static_cast<uint32_t>(length));
    if (found == outcome::out_of_memory) {
        *fault = {0, parser->is_too_large ? "takes more memory to read than is free" : nullptr, true};
        return nullptr;
    }
    /* Only one object may be here. */
    if (found == outcome::ok && walk(*parser).object() && parser->next == parser->structure->n_structural_indexes)
        return &parser->tape;
    if (evd_json_validate(text, length, fault))
        *fault = {0, "refused by the JSON parser", false};
    return nullptr;
}

bool evd_json_open(struct evd_json_parser *parser, const char *text, size_t length)
{
    return length <= EVD_JSON_LENGTH_MAX && find_structure(*parser, text, static_cast<uint32_t>(length)) == outcome::ok;
}

const char *evd_json_at(const struct evd_json_parser *parser)
{
    return parser->next < parser->structure->n_structural_indexes
               ? parser->text + parser->structure->structural_indexes[parser->next]
               : nullptr;
}

void evd_json_step(struct evd_json_parser *parser)
{
    parser->next++;
}

const struct evd_json_tape *evd_json_object(struct evd_json_parser *parser)
{
    return walk(*parser).object() ? &parser->tape : nullptr;
}

const char *evd_json_behind(const struct evd_json_parser *parser)
{
    return parser->text + parser->structure->structural_indexes[parser->next - 1] + 1;
}

double evd_json_number_to_double(const char *digits, size_t length)
{
    const char *end = digits + length;
    double value = 0;
    if (std::from_chars(digits, end, value).ec == std::errc())
        return value;
    /* Out of range: the decimal exponent of the first digit that is not zero tells which way. */
    const bool negative = *digits == '-';
    bool is_seen = false, is_fraction = false;
    int64_t scale = 0;
    const char *p = digits + negative;
    for (; p < end && *p != 'e' && *p != 'E'; p++) {
        if (*p == '.')
            is_fraction = true;
        else if (is_seen)
            scale += !is_fraction;
        else if (*p != '0')
            is_seen = true, scale += !is_fraction;
        else
            scale -= is_fraction;
    }
    int64_t exponent = 0;
    if (p < end) {
        const bool is_small = p[1] == '-';
        for (p += 1 + (p[1] == '-' || p[1] == '+'); p < end; p++)
            if (exponent < INT64_MAX / 20)
                exponent = exponent * 10 + (*p - '0');
        if (is_small)
            exponent = -exponent;
    }
    value = scale + exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return negative ? -value : value;
}

int evd_json_double_to_digits(double value, char *digits, int *exponent)
{
    char text[32];
    const std::to_chars_result result =
        std::to_chars(text, text + sizeof text, std::fabs(value), std::chars_format::scientific);
    int count = 0;
    const char *p = text;
    for (; *p != 'e'; p++)
        if (*p != '.')
            digits[count++] = *p;
    p += p[1] == '+' ? 2 : 1;
    int decimal = 0;
    std::from_chars(p, result.ptr, decimal);
    *exponent = decimal + 1;
    return count;
}
