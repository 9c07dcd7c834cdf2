/* A host program's locale: the library reads and writes numbers with a point, whatever the decimal point is there. The locale
 * is one that the test makes, since few machines have one with a comma. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diff_case.h"
#include "rules_text.h"

enum { FIELDS = 6, NUMERIC_MAGIC = 0x20031115 ^ LC_NUMERIC };

/* What glibc reads: a magic number, how many fields there are and where, and these: two texts, a list of bytes, two
 * characters of four bytes, a text. */
static void write_numeric(const char *path)
{
    static const char BYTES[] =
        ","
        "\0"
        "."
        "\0"
        "\x03\x03\0"
        "\0"
        ",\0\0\0"
        ".\0\0\0"
        "UTF-8";
    static const uint32_t PLACES[FIELDS] = {0, 2, 4, 8, 12, 16};
    uint32_t head[2 + FIELDS] = {NUMERIC_MAGIC, FIELDS};
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    for (size_t i = 0; i < FIELDS; i++)
        head[2 + i] = (uint32_t)sizeof head + PLACES[i];
    cr_assert_eq(fwrite(head, sizeof head, 1, file), 1);
    cr_assert_eq(fwrite(BYTES, sizeof BYTES, 1, file), 1);
    cr_assert_eq(fclose(file), 0);
}

/* The locale is in force from here on. */
static void use_comma(void)
{
    char folder[] = "/tmp/evdiff-locale-XXXXXX", inner[64], path[96], number[16];
    cr_assert_not_null(mkdtemp(folder));
    snprintf(inner, sizeof inner, "%s/comma", folder);
    snprintf(path, sizeof path, "%s/LC_NUMERIC", inner);
    cr_assert_eq(mkdir(inner, 0700), 0);
    write_numeric(path);
    setenv("LOCPATH", folder, 1);
    cr_assert_not_null(setlocale(LC_NUMERIC, "comma"));
    cr_assert_eq(unlink(path) | rmdir(inner) | rmdir(folder), 0);
    snprintf(number, sizeof number, "%.1f", 1.5);
    cr_assert_str_eq(number, "1,5");
}

/* How many events differ of those of one payload a side, and all reports of them; `reports` may be NULL. */
static size_t divergences_of(const char *as, const char *canary, const char *ours, struct evd_buffer *reports)
{
    char text[512];
    struct evd_error error;
    struct case_ c = {0};
    snprintf(text, sizeof text, SECOND("\"compare\":[{\"name\":\"c\",\"fields\":\"v\",\"as\":%s,\"why\":\"w\"}]"), as);
    c.rules = load_text(text, NULL);
    const char *const payloads[] = {canary, ours};
    for (int side = 0; side < EVD_SIDES; side++) {
        evd_buffer_string(&c.text[side], LOG_HEADER);
        append_event(&c.text[side], "p", 1, 0, "{\"f\":1}");
        append_event(&c.text[side], "k", 1, 1, payloads[side]);
    }
    c.tid = 1;
    const size_t count = diff(&c)->divergence_count;
    for (size_t i = 0; reports != NULL && evd_report_format_name(i) != NULL; i++)
        cr_assert_eq(evd_report_write(c.outcome, evd_report_format_name(i), NULL, append_bytes, reports, &error),
                     EVD_OK, "%s", error.message);
    end(&c);
    return count;
}

Test(locale, a_text_with_a_fraction_is_its_number)
{
    use_comma();
    cr_assert_eq(divergences_of("\"number\"", "{\"v\":2.5}", "{\"v\":\"2.50\"}", NULL), 0);
    cr_assert_eq(divergences_of("\"number\"", "{\"v\":\"2.25\"}", "{\"v\":\"2.50\"}", NULL), 1);
    cr_assert_eq(divergences_of("[\"number\",{\"within\":0.5}]", "{\"v\":\"2.25\"}", "{\"v\":\"2.75\"}", NULL), 0);
    cr_assert_eq(divergences_of("[\"number\",{\"within\":0.5}]", "{\"v\":\"2.25\"}", "{\"v\":\"2.80\"}", NULL), 1);
    cr_assert_eq(
        divergences_of("{\"within\":{\"absolute\":1,\"relative\":0.001}}", "{\"v\":1.25}", "{\"v\":2.5}", NULL), 1);
}

Test(locale, reports_are_the_same)
{
    struct evd_buffer reports[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            use_comma();
        cr_assert_eq(
            divergences_of("{\"within\":0.25}", "{\"v\":1.25,\"w\":0.1}", "{\"v\":2.5,\"w\":\"0.10\"}", &reports[i]),
            1);
    }
    cr_assert_eq(reports[0].length, reports[1].length);
    cr_assert_arr_eq(reports[0].data, reports[1].data, reports[0].length);
    for (int i = 0; i < 2; i++)
        evd_buffer_release(&reports[i]);
}
