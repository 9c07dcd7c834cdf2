/* The version in the headers, in the library and in the build is one. */
#include <criterion/criterion.h>
#include <evdiff/evdiff.h>
#include <stdio.h>
#include <stdlib.h>

Test(version, is_the_same_in_headers_library_and_build)
{
    const char *project = getenv("EVD_TEST_VERSION");
    char headers[32];
    snprintf(headers, sizeof headers, "%d.%d.%d", EVD_VERSION_MAJOR, EVD_VERSION_MINOR, EVD_VERSION_PATCH);
    cr_assert_not_null(project, "EVD_TEST_VERSION is not set");
    cr_assert_str_eq(headers, project);
    cr_assert_str_eq(evd_version(), project);
}

/* For the preprocessor too. */
#if EVD_VERSION != EVD_VERSION_NUMBER(EVD_VERSION_MAJOR, EVD_VERSION_MINOR, EVD_VERSION_PATCH)
#error "EVD_VERSION is not the number of its parts"
#endif
#if EVD_VERSION_NUMBER(1, 0, 0) <= EVD_VERSION_NUMBER(0, 999, 999)
#error "a greater MAJOR is a later version"
#endif

Test(version, as_a_number_orders_like_its_parts)
{
    cr_assert_lt(EVD_VERSION_NUMBER(0, 1, 9), EVD_VERSION_NUMBER(0, 1, 10));
    cr_assert_lt(EVD_VERSION_NUMBER(0, 1, 999), EVD_VERSION_NUMBER(0, 2, 0));
    cr_assert_lt(EVD_VERSION_NUMBER(0, 999, 999), EVD_VERSION_NUMBER(1, 0, 0));
    cr_assert_lt(EVD_VERSION_MINOR, 1000);
    cr_assert_lt(EVD_VERSION_PATCH, 1000);
}
