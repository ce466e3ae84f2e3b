#ifndef REHEARSE_CAPTURE_HAR_ENTRY_H
#define REHEARSE_CAPTURE_HAR_ENTRY_H

#include "json_tree.h"
#include "rehearse/capture/source.h"

/* Who wrote the file: the dialects differ in what they leave out. */
enum har_creator {
    HAR_OTHER = 0,
    HAR_CHROME,
    HAR_FIREFOX,
    HAR_SAFARI,
    HAR_MITMPROXY,
};

enum har_creator har_creator_of(struct span name);

/* What one entry's reading needs to know of the whole. */
struct har_entry_context {
    enum har_creator creator;
    bool holds_nul; /* the entry's text has an escaped NUL, where cJSON ends a string */
};

/*
 * One element of log.entries into an exchange, a reason to skip it, or what is
 * wrong with it. Fields, target and bodies are copied into the arena.
 */
int har_entry_read(struct source_item *item, const cJSON *entry,
                   const struct har_entry_context *context, struct arena *arena);

/* The request's body out of postData (har_post_data.c). */
void har_post_data_read(struct exchange *x, const cJSON *request,
                        const struct har_entry_context *context, struct arena *arena);

#endif
