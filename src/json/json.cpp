/* simdjson's on-demand parser behind the C contract of json.h.
 *
 * On-demand checks lazily, so a text counts as valid only because this walk visits every value: stage 1
 * has checked UTF-8, quotes and control characters; the object and array iterators check commas, colons
 * and brackets; escapes, numbers and literals are checked here. */
#include "json/validate.h"

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <type_traits>

extern "C" {
#include "base/free_memory.h"
}

using namespace simdjson;

namespace
{

/* A container that is not closed yet. */
struct level {
    ondemand::object_iterator member; /* of an object */
    ondemand::array_iterator item;    /* of an array */
    uint32_t token;
    bool is_object;
};

static_assert(std::is_trivially_copyable<level>::value, "levels are moved by realloc");

} // namespace

struct evd_json_parser {
    ondemand::parser parser;
    struct evd_json_token *tokens = nullptr;
    uint32_t capacity = 0;
    struct level *levels = nullptr;
    uint32_t level_capacity = 0;
    struct evd_json_tape tape = {};
    bool is_too_large = false; /* why the last parse ran out of memory: more is needed than is free */
};

namespace
{

/* `opened`: a container, whose content is what comes next. */
enum class outcome { ok, opened, refused, out_of_memory };

/* From so many bytes on it is asked first whether they are free: a line that is packed small may be huge. */
constexpr uint64_t LARGE = UINT64_C(64) << 20;
/* simdjson takes 4 bytes for each byte of the text, and 5 for 3 of them. */
constexpr uint64_t PARSER_BYTES_EACH = 6;

/* Several workers may ask at a time, so half is left. */
bool is_free(uint64_t bytes)
{
    return bytes < LARGE || bytes <= evd_free_memory("") / 2;
}

/* Makes room for more tokens. No member of the walk, whose counters then stay in registers. */
bool grow(evd_json_parser &parser)
{
    if (parser.capacity > UINT32_MAX / 2)
        return false;
    const uint32_t capacity = parser.capacity == 0 ? 256 : parser.capacity * 2;
    parser.is_too_large = !is_free(capacity * sizeof *parser.tokens);
    void *tokens = parser.is_too_large ? nullptr : realloc(parser.tokens, capacity * sizeof *parser.tokens);
    if (tokens == nullptr)
        return false;
    parser.tokens = static_cast<struct evd_json_token *>(tokens);
    parser.capacity = capacity;
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

bool number_is_valid(const char *p, const char *end, bool *is_real)
{
    *is_real = false;
    if (p < end && *p == '-')
        p++;
    if (p == end || !is_digit(*p))
        return false;
    if (*p == '0')
        p++;
    else
        while (p < end && is_digit(*p))
            p++;
    if (p < end && *p == '.') {
        *is_real = true;
        p++;
        if (p == end || !is_digit(*p))
            return false;
        while (p < end && is_digit(*p))
            p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        *is_real = true;
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        if (p == end || !is_digit(*p))
            return false;
        while (p < end && is_digit(*p))
            p++;
    }
    return p == end;
}

/* One walk over one text. */
class walk
{
  public:
    walk(evd_json_parser &parser, const char *text, size_t length) : parser_(parser), text_(text), end_(text + length)
    {
    }

    outcome root()
    {
        const size_t length = static_cast<size_t>(end_ - text_);
        parser_.is_too_large = length > parser_.parser.capacity() && !is_free(PARSER_BYTES_EACH * length);
        if (parser_.is_too_large)
            return outcome::out_of_memory;
        ondemand::document document;
        const error_code error = parser_.parser.iterate(text_, length, length + SIMDJSON_PADDING).get(document);
        if (error)
            return error == MEMALLOC ? outcome::out_of_memory : outcome::refused;
        ondemand::object members;
        if (document.get_object().get(members))
            return outcome::refused;
        outcome result = open_object(text_, members);
        while (depth_ > 0 && (result == outcome::ok || result == outcome::opened)) {
            const struct level &top = parser_.levels[depth_ - 1];
            result = top.is_object ? read_members(top.member) : read_items(top.item);
            if (result == outcome::ok)
                close();
        }
        if (result != outcome::ok)
            return result;
        const char *rest;
        if (document.current_location().get(rest) != OUT_OF_BOUNDS)
            return outcome::refused;
        parser_.tape = {text_, parser_.tokens, count_};
        return outcome::ok;
    }

  private:
    bool add(const char *start, size_t length, enum evd_json_type type, uint32_t *index, bool escaped = false)
    {
        if (count_ == parser_.capacity && !grow(parser_))
            return false;
        struct evd_json_token &token = parser_.tokens[count_];
        token.start = static_cast<uint32_t>(start - text_);
        token.length = static_cast<uint32_t>(length);
        token.next = count_ + 1;
        token.type = static_cast<uint8_t>(type);
        token.escaped = escaped;
        *index = count_++;
        return true;
    }

    /* `open` is a string's first quote; stage 1 has seen to it that there is a closing one. */
    outcome string(const char *open)
    {
        const char *start = open + 1;
        const char *quote = start;
        for (;;) {
            quote = static_cast<const char *>(memchr(quote, '"', static_cast<size_t>(end_ - quote)));
            if (quote == nullptr)
                return outcome::refused;
            const char *before = quote;
            while (before > start && before[-1] == '\\')
                before--;
            if ((quote - before) % 2 == 0)
                break;
            quote++;
        }
        const size_t length = static_cast<size_t>(quote - start);
        const bool escaped = memchr(start, '\\', length) != nullptr;
        if (escaped && !escapes_are_valid(start, quote))
            return outcome::refused;
        uint32_t index;
        return add(start, length, EVD_JSON_STRING, &index, escaped) ? outcome::ok : outcome::out_of_memory;
    }

    outcome literal(std::string_view token, const char *word, enum evd_json_type type)
    {
        if (token != word)
            return outcome::refused;
        uint32_t index;
        return add(token.data(), token.size(), type, &index) ? outcome::ok : outcome::out_of_memory;
    }

    outcome scalar(std::string_view token)
    {
        while (!token.empty() && is_space(token.back()))
            token.remove_suffix(1);
        if (token.empty())
            return outcome::refused;
        switch (token.front()) {
        case '"': return string(token.data());
        case 't': return literal(token, "true", EVD_JSON_TRUE);
        case 'f': return literal(token, "false", EVD_JSON_FALSE);
        case 'n': return literal(token, "null", EVD_JSON_NULL);
        default: break;
        }
        bool is_real;
        if (!number_is_valid(token.data(), token.data() + token.size(), &is_real))
            return outcome::refused;
        uint32_t index;
        return add(token.data(), token.size(), is_real ? EVD_JSON_REAL : EVD_JSON_INTEGER, &index)
                   ? outcome::ok
                   : outcome::out_of_memory;
    }

    /* Adds a value; of a container only the opening, which is then the innermost level. */
    outcome value(ondemand::value &value)
    {
        ondemand::json_type type;
        if (value.type().get(type))
            return outcome::refused;
        if (type == ondemand::json_type::object || type == ondemand::json_type::array)
            return container(value, type == ondemand::json_type::object);
        const outcome result = scalar(value.raw_json_token());
        /* What is left unconsumed on-demand skips, and there it takes a string before a colon for a
         * key, also where no key may be. */
        if (result == outcome::ok && type == ondemand::json_type::string && value.get_raw_json_string().error())
            return outcome::refused;
        return result;
    }

    outcome container(ondemand::value &value, bool is_object)
    {
        const char *start = value.raw_json_token().data();
        if (depth_ == EVD_JSON_DEPTH_MAX)
            return outcome::refused;
        if (is_object) {
            ondemand::object members;
            return value.get_object().get(members) ? outcome::refused : open_object(start, members);
        }
        ondemand::array items;
        return value.get_array().get(items) ? outcome::refused : open_array(start, items);
    }

    outcome open_object(const char *start, ondemand::object &members)
    {
        struct level *top = open(start, EVD_JSON_OBJECT);
        if (top == nullptr)
            return outcome::out_of_memory;
        return members.begin().get(top->member) ? outcome::refused : outcome::opened;
    }

    outcome open_array(const char *start, ondemand::array &items)
    {
        struct level *top = open(start, EVD_JSON_ARRAY);
        if (top == nullptr)
            return outcome::out_of_memory;
        return items.begin().get(top->item) ? outcome::refused : outcome::opened;
    }

    struct level *open(const char *start, enum evd_json_type type)
    {
        if (depth_ == parser_.level_capacity && !grow_levels())
            return nullptr;
        struct level *top = &parser_.levels[depth_];
        top->is_object = type == EVD_JSON_OBJECT;
        if (!add(start, 0, type, &top->token))
            return nullptr;
        depth_++;
        return top;
    }

    bool grow_levels()
    {
        const uint32_t capacity = parser_.level_capacity == 0 ? 16 : parser_.level_capacity * 2;
        void *levels = realloc(static_cast<void *>(parser_.levels), capacity * sizeof *parser_.levels);
        if (levels == nullptr)
            return false;
        parser_.levels = static_cast<struct level *>(levels);
        parser_.level_capacity = capacity;
        return true;
    }

    /* The members that are left of the innermost level, up to the next container, which is then opened, or the end. */
    outcome read_members(ondemand::object_iterator member)
    {
        for (; member != ondemand::object_iterator(); ++member) {
            ondemand::field field;
            if ((*member).get(field))
                return outcome::refused;
            outcome result = string(field.key().raw() - 1);
            if (result != outcome::ok)
                return result;
            result = value(field.value());
            if (result != outcome::ok)
                return result;
        }
        return outcome::ok;
    }

    outcome read_items(ondemand::array_iterator item)
    {
        for (; item != ondemand::array_iterator(); ++item) {
            ondemand::value element;
            if ((*item).get(element))
                return outcome::refused;
            const outcome result = value(element);
            if (result != outcome::ok)
                return result;
        }
        return outcome::ok;
    }

    /* Closes the innermost level, and goes on behind it in the one around it. */
    void close()
    {
        parser_.tokens[parser_.levels[--depth_].token].next = count_;
        if (depth_ == 0)
            return;
        struct level &outer = parser_.levels[depth_ - 1];
        if (outer.is_object)
            ++outer.member;
        else
            ++outer.item;
    }

    evd_json_parser &parser_;
    const char *text_;
    const char *end_;
    uint32_t count_ = 0;
    uint32_t depth_ = 0; /* levels that are open; they are kept on the heap, since the caller's stack may be small */
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
    free(static_cast<void *>(parser->levels));
    delete parser;
}

const struct evd_json_tape *evd_json_parse(struct evd_json_parser *parser, const char *text, size_t length,
                                           struct evd_json_fault *fault)
{
    if (length > EVD_JSON_LENGTH_MAX) {
        *fault = {0, "longer than 4 GiB"};
        return nullptr;
    }
    switch (walk(*parser, text, length).root()) {
    case outcome::ok: return &parser->tape;
    case outcome::out_of_memory:
        *fault = {0, parser->is_too_large ? "takes more memory to read than is free" : nullptr};
        return nullptr;
    case outcome::opened:
    case outcome::refused: break;
    }
    if (evd_json_validate(text, length, fault))
        *fault = {0, "refused by the JSON parser"};
    return nullptr;
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
