/* The words for where things stand, for programs and for people. */
#include "evdiff/judge.h"

struct word {
    const char *name, *summary;
    bool fails;
};

static const struct word STANDINGS[EVD_STANDINGS] = {
    [EVD_STANDING_NEW] = {"new", "new", true},
    [EVD_STANDING_UNCONFIRMED] = {"unconfirmed", "unconfirmed", false},
    [EVD_STANDING_MOVED] = {"moved", "moved", true},
    [EVD_STANDING_REGRESSED] = {"regressed", "regressed", true},
    [EVD_STANDING_EXPIRED] = {"expired", "expired", true},
    [EVD_STANDING_GROWN] = {"grown", "grown", false},
    [EVD_STANDING_KNOWN] = {"known", "known", false},
    [EVD_STANDING_FLAKY] = {"flaky", "flaky", false},
    [EVD_STANDING_NOISE] = {"noise", "noise", false},
    [EVD_STANDING_FOLLOWER] = {"follower", "follower", false},
    [EVD_STANDING_FIXED_MAYBE] = {"fixed_maybe", "fixed?", false},
    [EVD_STANDING_MASKED] = {"masked", "masked", false},
    [EVD_STANDING_NOT_REACHED] = {"not_reached", "not reached", false},
    [EVD_STANDING_STALE] = {"stale", "stale", false},
    [EVD_STANDING_ABSENT] = {"absent", "absent", false},
};

static const struct word NEWS[EVD_FAMILY_NEWS_KINDS] = {
    [EVD_FAMILY_NEWS_NONE] = {"none", "", false},
    [EVD_FAMILY_NEWS_FAILURE] = {"failure", "a call fails on one side only, which is not listed", true},
    [EVD_FAMILY_NEWS_VALUES] = {"values", "no earlier night had these values", false},
    [EVD_FAMILY_NEWS_THREAD] = {"thread", "no earlier night had it in this thread", false},
    [EVD_FAMILY_NEWS_PLACE] = {"place", "no earlier night had it at this place", false},
    [EVD_FAMILY_NEWS_COUNT] = {"count", "it occurs more than ten times as often as in any earlier night", false},
    [EVD_FAMILY_NEWS_FOLLOWER] = {"follower", "a family follows from it that no earlier night had", false},
};

const char *evd_standing_name(enum evd_standing standing)
{
    return (unsigned)standing < EVD_STANDINGS ? STANDINGS[standing].name : NULL;
}

const char *evd_standing_summary(enum evd_standing standing)
{
    return (unsigned)standing < EVD_STANDINGS ? STANDINGS[standing].summary : NULL;
}

bool evd_standing_fails(enum evd_standing standing)
{
    return (unsigned)standing < EVD_STANDINGS && STANDINGS[standing].fails;
}

const char *evd_family_news_name(enum evd_family_news news)
{
    return (unsigned)news < EVD_FAMILY_NEWS_KINDS ? NEWS[news].name : NULL;
}

const char *evd_family_news_summary(enum evd_family_news news)
{
    return (unsigned)news < EVD_FAMILY_NEWS_KINDS ? NEWS[news].summary : NULL;
}
