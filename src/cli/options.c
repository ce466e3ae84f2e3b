#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/base/mem.h"
#include "rehearse/base/text.h"
#include "rehearse/cache/profile.h"
#include "rehearse/cli/cli.h"
#include "rehearse/http/date.h"
#include "rehearse/rehearsal/units.h"

int usage_error(const struct command *command, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "rehearse %s: ", command->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nSee: rehearse %s --help\n", command->name);
    return EXIT_USAGE;
}

int failed(const struct command *command, const struct err *err)
{
    AUTO(strbuf_release) struct strbuf shown = STRBUF_INIT;
    text_add_printable(&shown, span_of(err->text), sizeof err->text);
    fprintf(stderr, "rehearse %s: %s\n", command->name, shown.buf);
    switch (err->code) {
    case E_USAGE:
        return EXIT_USAGE;
    case E_STOPPED:
    case E_REFUSED: /* the airbag: before or on the way, it is the same to who waits for the code */
        return EXIT_STOPPED;
    default:
        return EXIT_FAILED;
    }
}

static void help_option(const struct option *o)
{
    char left[80];
    char letter[8] = "    ";
    if (o->letter)
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
             o->value ? o->value : "");
    printf("  %-30s %s\n", left, o->help);
}

static const struct option common_options[] = {
    { 'q', "quiet", NULL, "no progress, no summary", OPTION_FLAG, NULL },
    { 0, "json", NULL, "machine-readable result on stdout", OPTION_FLAG, NULL },
    { 'h', "help", NULL, "this text", OPTION_FLAG, NULL },
    { 0, NULL, NULL, NULL, OPTION_FLAG, NULL },
};

static void command_help(const struct command *command, const struct option *options)
{
    printf("Usage: rehearse %s %s\n\n%s.\n", command->name, command->arguments, command->summary);
    if (command->text)
        printf("\n%s\n", command->text);
    printf("\nOptions:\n");
    for (const struct option *o = options; o->name; o++)
        help_option(o);
    for (const struct option *o = common_options; o->name; o++)
        help_option(o);
    if (command->more_help)
        command->more_help();
    printf("\nExample:\n%s\n", command->example);
}

typedef bool option_reader(struct span value, void *into);

static bool take_text(struct span value, void *into)
{
    *(const char **)into = value.ptr;
    return true;
}

static bool take_texts(struct span value, void *into)
{
    struct option_texts *texts = into;
    if (texts->len == OPTION_TEXTS_MAX)
        return false;
    texts->at[texts->len++] = value.ptr;
    texts->at[texts->len] = NULL;
    return true;
}

static bool take_count(struct span value, void *into)
{
    uint64_t n;
    if (!span_to_u64(value, &n) || n > 10000000)
        return false;
    *(unsigned *)into = (unsigned)n;
    return true;
}

static bool take_big(struct span value, void *into)
{
    return span_to_u64(value, into);
}

static bool take_number(struct span value, void *into)
{
    return span_to_double(value, into) && *(double *)into >= 0;
}

static bool take_speed(struct span value, void *into)
{
    if (span_eq(value, SPAN("max"))) {
        *(double *)into = 0;
        return true;
    }
    return take_number(value, into) && *(double *)into > 0;
}

static bool take_share(struct span value, void *into)
{
    return share_parse(value, into);
}

static bool take_duration(struct span value, void *into)
{
    return duration_parse(value, into);
}

static bool take_bytes(struct span value, void *into)
{
    return bytes_parse(value, into);
}

static bool take_time(struct span value, void *into)
{
    return iso_time_parse(value, into);
}

static const struct {
    option_reader *take;
    const char *expected;
} kinds[] = {
    [OPTION_TEXT] = { take_text, "a text" },
    [OPTION_TEXTS] = { take_texts, "a text, at most 64 times" },
    [OPTION_COUNT] = { take_count, "a whole number" },
    [OPTION_BIG] = { take_big, "a whole number" },
    [OPTION_NUMBER] = { take_number, "a number" },
    [OPTION_SPEED] = { take_speed, "a factor above 0, or max" },
    [OPTION_SHARE] = { take_share, "a share such as 10% or 0.1" },
    [OPTION_DURATION] = { take_duration, "a time such as 500ms, 60s, 30m or 2h" },
    [OPTION_BYTES] = { take_bytes, "a size such as 64MB or 2GB" },
    [OPTION_TIME] = { take_time, "a time such as 2026-03-07T10:15:00Z" },
};

static const struct option *find_long(const struct option *options, struct span name)
{
    for (const struct option *o = options; o->name; o++)
        if (span_eq(name, span_of(o->name)))
            return o;
    return NULL;
}

static const struct option *find_letter(const struct option *options, char letter)
{
    for (const struct option *o = options; o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

struct parsing {
    const struct command *command;
    const struct option *options;
    int argc, at;
    char **argv;
    struct common *common;
    bool help;
};

static int set_flag(struct parsing *p, const struct option *o)
{
    if (o->into)
        *(bool *)o->into = true;
    else if (strcmp(o->name, "help") == 0)
        p->help = true;
    else if (strcmp(o->name, "quiet") == 0)
        p->common->quiet = true;
    else
        p->common->json = true;
    return -1;
}

/* `value` is what stood behind '=' or the letter, none when the next argument is meant. */
static int set_option(struct parsing *p, const struct option *o, struct span value)
{
    if (o->kind == OPTION_FLAG)
        return span_is_none(value) ? set_flag(p, o)
                                   : usage_error(p->command, "--%s takes no value", o->name);
    if (span_is_none(value)) {
        if (p->at + 1 >= p->argc)
            return usage_error(p->command, "--%s needs %s", o->name, kinds[o->kind].expected);
        value = span_of(p->argv[++p->at]);
    }
    if (!kinds[o->kind].take(value, o->into))
        return usage_error(p->command, "--%s: found \"%s\", expected %s", o->name, value.ptr,
                           kinds[o->kind].expected);
    return -1;
}

static int parse_long(struct parsing *p, const char *text)
{
    struct span value = span_of(text + 2);
    struct span name = span_cut(&value, '=');
    const struct option *o = find_long(p->options, name);
    if (!o)
        o = find_long(common_options, name);
    if (!o)
        return usage_error(p->command, "unknown option --%.*s", SPAN_ARG(name));
    return set_option(p, o, value);
}

static int parse_letters(struct parsing *p, const char *text)
{
    for (const char *c = text + 1; *c; c++) {
        const struct option *o = find_letter(p->options, *c);
        if (!o)
            o = find_letter(common_options, *c);
        if (!o)
            return usage_error(p->command, "unknown option -%c", *c);
        if (o->kind != OPTION_FLAG)
            return set_option(p, o, c[1] ? span_of(c + 1) : SPAN_NONE);
        set_flag(p, o);
    }
    return -1;
}

int options_parse(const struct command *command, const struct option *options, int argc,
                  char **argv, struct common *ret_common, struct arguments *ret_arguments)
{
    struct parsing p = { command, options, argc, 1, argv, ret_common, false };
    bool ended = false;
    ret_arguments->at = xcalloc((size_t)argc + 1, sizeof *ret_arguments->at);
    ret_arguments->len = 0;
    for (; p.at < argc; p.at++) {
        const char *text = argv[p.at];
        int code = -1;
        if (ended || text[0] != '-' || text[1] == '\0')
            ret_arguments->at[ret_arguments->len++] = text;
        else if (strcmp(text, "--") == 0)
            ended = true;
        else
            code = text[1] == '-' ? parse_long(&p, text) : parse_letters(&p, text);
        if (code >= 0)
            return code;
    }
    if (!p.help)
        return -1;
    command_help(command, options);
    return EXIT_GO;
}

int unknown_profile(const struct command *command, const char *name)
{
    AUTO(strbuf_release) struct strbuf names = STRBUF_INIT;
    size_t count;
    const struct cache_profile *const *all = cache_profiles(&count);
    for (size_t i = 0; i < count; i++)
        strbuf_addf(&names, "%s%.*s", i ? ", " : "", SPAN_ARG(all[i]->name));
    return usage_error(command, "no cache profile \"%s\", expected one of: %s", name, names.buf);
}
