/* Where a text stops being one JSON object, and what the user is told. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "json/validate.h"

struct refusal {
    const char *text;
    size_t offset; /* of the first byte that is wrong */
    const char *reason;
};

static const struct refusal REFUSALS[] = {
    {"", 0, "the text ends where a value is expected"},
    {"  ", 2, "the text ends where a value is expected"},
    {"[]", 0, "expected a JSON object"},
    {" 1 ", 1, "expected a JSON object"},
    {"null", 0, "expected a JSON object"},
    {"nul", 0, "expected a value"},
    {"\xef\xbb\xbf{}", 0, "expected a value"},
    {"{", 1, "the text ends inside an object"},
    {"{\"a\"", 4, "the text ends inside an object"},
    {"{\"a\":", 5, "the text ends where a value is expected"},
    {"{\"a\":1", 6, "the text ends inside an object"},
    {"{\"a\":[1", 7, "the text ends inside an array"},
    {"{\"a\":[", 6, "the text ends where a value is expected"},
    {"{\"a\":\"b", 7, "the text ends inside a string"},
    {"{\"a\":\"\\", 7, "the text ends inside a string"},
    {"{\"a\":\"\\u12", 10, "the text ends inside a string"},
    {"{a:1}", 1, "expected a key in quotes"},
    {"{\"a\":1,}", 7, "expected a key in quotes"},
    {"{\"a\" 1}", 5, "expected ':' after a key"},
    {"{\"a\":1 \"b\":2}", 7, "expected ',' or '}' after a value"},
    {"{\"a\":[1}", 7, "expected ',' or ']' after a value"},
    {"{\"a\":[1,]}", 8, "expected a value"},
    {"{\"a\":truE}", 5, "expected a value"},
    {"{\"a\":truex}", 9, "expected ',' or '}' after a value"},
    {"{} x", 3, "text after the end of the value"},
    {"{}{}", 2, "text after the end of the value"},
    {"{\"a\":01}", 6, "number with a leading zero"},
    {"{\"a\":-01}", 7, "number with a leading zero"},
    {"{\"a\":-}", 6, "expected a digit in a number"},
    {"{\"a\":1.}", 7, "expected a digit in a number"},
    {"{\"a\":1e+}", 8, "expected a digit in a number"},
    {"{\"a\":+1}", 5, "expected a value"},
    {"{\"a\":.5}", 5, "expected a value"},
    {"{\"a\":NaN}", 5, "NaN is not JSON"},
    {"{\"a\":Infinity}", 5, "Infinity is not JSON"},
    {"{\"a\":-Infinity}", 6, "Infinity is not JSON"},
    {"{\"a\":\"\t\"}", 6, "control character in a string"},
    {"{\"a\":\"\\x\"}", 6, "invalid escape in a string"},
    {"{\"a\":\"\\u12g4\"}", 6, "invalid escape in a string"},
    {"{\"a\":\"\xc0\x80\"}", 6, "invalid UTF-8"},
    {"{\"a\":\"\xe0\x9f\xbf\"}", 6, "invalid UTF-8"},
    {"{\"a\":\"\xed\xa0\x80\"}", 6, "invalid UTF-8"},
    {"{\"a\":\"\xf0\x8f\xbf\xbf\"}", 6, "invalid UTF-8"},
    {"{\"a\":\"\xf4\x90\x80\x80\"}", 6, "invalid UTF-8"},
    {"{\"a\":\"\xe2\x82", 6, "invalid UTF-8"},
    {"{\"a\":\x80}", 5, "invalid UTF-8"},
    {"{\"a\":\xc3\xa9}", 5, "expected a value"},
    {"{\"a\":[\xf0\x9f\x98\x80]}", 6, "expected a value"},
};

static const char *const VALID[] = {
    "{}",
    " \t\r\n{ } \n",
    "{\"a\":[[],{},[ ],{ }]}",
    "{\"a\":-0,\"b\":0.0e-0,\"c\":1E+400,\"a\":[true,false,null]}",
    "{\"\\ud800\":\"\\udc00\\ud800x\"}",
    "{\"a\":\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\x7f\"}",
};

/* The copy has no byte to spare, so that a sanitizer sees a read beyond it. */
static bool validate(const char *text, size_t length, struct evd_json_fault *fault)
{
    char *exact = malloc(length + (length == 0));
    cr_assert_not_null(exact);
    memcpy(exact, text, length);
    const bool is_valid = evd_json_validate(exact, length, fault);
    free(exact);
    return is_valid;
}

Test(validate, says_where_and_why)
{
    for (size_t i = 0; i < sizeof REFUSALS / sizeof REFUSALS[0]; i++) {
        const struct refusal *expected = &REFUSALS[i];
        struct evd_json_fault fault = {0};
        cr_assert_not(validate(expected->text, strlen(expected->text), &fault), "%s", expected->text);
        cr_expect_eq(fault.offset, expected->offset, "%s: at %zu instead of %zu", expected->text, fault.offset,
                     expected->offset);
        cr_expect_str_eq(fault.reason, expected->reason, "%s: %s", expected->text, fault.reason);
    }
}

Test(validate, refuses_a_null_byte)
{
    struct evd_json_fault fault;
    cr_expect_not(validate("{\"a\":\"\0\"}", 9, &fault));
    cr_expect_eq(fault.offset, 6);
    cr_expect_not(validate("{\"a\":\"\\\0\"}", 10, &fault));
    cr_expect_str_eq(fault.reason, "invalid escape in a string");
}

Test(validate, accepts_all_of_json)
{
    for (size_t i = 0; i < sizeof VALID / sizeof VALID[0]; i++) {
        struct evd_json_fault fault = {0};
        cr_expect(validate(VALID[i], strlen(VALID[i]), &fault), "%s: %s", VALID[i], fault.reason ? fault.reason : "");
    }
}

Test(validate, refuses_every_beginning_of_a_text_at_its_end)
{
    const char *text = "{\"a\":[-1.5e+3,\"\\ud83d\",{\"b\":true},null],\"c\":{}}";
    for (size_t length = 0; length < strlen(text); length++) {
        struct evd_json_fault fault = {0};
        cr_assert_not(validate(text, length, &fault), "%zu", length);
        cr_expect_leq(fault.offset, length);
        cr_expect_not_null(fault.reason);
    }
}
