/*
 * The class of device behind a User-Agent, as CDNs tell it: by words in it. The
 * products do not publish their lists, but agree on what is common.
 */
#include "parts.h"

enum { USER_AGENT_MAX = 1024 }; /* longer ones say nothing new behind it */

static bool has_any(struct span text, const struct span *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_find(text, words[i]) >= 0)
            return true;
    return false;
}

#define WORD(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define HAS_ANY(text, words) has_any(text, words, sizeof(words) / sizeof *(words))

static const struct span bot_words[] = {
    WORD("bot"),
    WORD("crawl"),
    WORD("spider"),
    WORD("slurp"),
    WORD("facebookexternalhit"),
    WORD("curl/"),
    WORD("wget/"),
    WORD("python-requests"),
    WORD("headlesschrome"),
};
static const struct span tablet_words[] = {
    WORD("ipad"),
    WORD("playbook"),
    WORD("tablet"),
    WORD("kindle"),
};
/* Tablets, unless "mobile" stands beside: Android says so on phones only. */
static const struct span tablet_systems[] = { WORD("android"), WORD("silk"), WORD("meego") };
static const struct span mobile_words[] = {
    WORD("mobile"),     WORD("iphone"),     WORD("ipod"),     WORD("phone"),
    WORD("blackberry"), WORD("opera mini"), WORD("iemobile"), WORD("avantgo"),
    WORD("palm"),       WORD("windows ce"), WORD("docomo"),   WORD("kaios"),
};

struct span device_of(struct span user_agent, bool bots)
{
    char lower[USER_AGENT_MAX];
    size_t len = user_agent.len < sizeof lower ? user_agent.len : sizeof lower;
    for (size_t i = 0; i < len; i++)
        lower[i] = char_lower(user_agent.ptr[i]);
    struct span text = span_make(lower, len);

    if (bots && HAS_ANY(text, bot_words))
        return SPAN("bot");
    if (HAS_ANY(text, tablet_words) ||
        (HAS_ANY(text, tablet_systems) && span_find(text, SPAN("mobile")) < 0))
        return SPAN("tablet");
    return HAS_ANY(text, mobile_words) ? SPAN("mobile") : SPAN("desktop");
}
