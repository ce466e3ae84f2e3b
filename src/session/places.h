#ifndef REHEARSE_SESSION_PLACES_H
#define REHEARSE_SESSION_PLACES_H

#include "rehearse/http/exchange.h"

/*
 * Where a message carries named values: query items, form fields, JSON members,
 * inputs and meta tags of a page. One walk shows each to a visitor, which may give
 * a new value; the walk writes it back in the coding of the place. The veil, the
 * bindings and the login all stand on it; a visitor that gives nothing only reads.
 *
 * Texts are hostile and may be cut anywhere: the walks look for what they know and
 * pass over the rest, in time linear in the text.
 */
enum place_kind {
    PLACE_QUERY,  /* of a URL, also in a fragment or a ;path=parameter */
    PLACE_FORM,   /* application/x-www-form-urlencoded, or a part of multipart/form-data, or an XML element */
    PLACE_JSON,   /* a member that is a string or a number */
    PLACE_INPUT,  /* <input name value>, <textarea> is none */
    PLACE_META,   /* <meta name content>, or a data-… attribute */
    PLACE_SCRIPT, /* name: "value" or name = "value" in a script */
};

struct place {
    enum place_kind kind;
    struct span name;  /* decoded */
    struct span value; /* decoded; never none */
    struct span
        action; /* PLACE_INPUT: action of the form around it, decoded; SPAN_NONE outside of forms */
    bool hidden; /* PLACE_INPUT: type=hidden */
};

/* The new value, decoded, or SPAN_NONE to leave the place as it is. */
typedef struct span place_visit_fn(void *ctx, const struct place *place);

struct places {
    place_visit_fn *visit;
    void *ctx;
    bool skip_urls;      /* in pages: pass over the items of URLs */
    bool numbers;        /* in scripts: show numbers too */
    struct arena *arena; /* for decoded names and values, and for the changed text */
};

/* Each returns `text` itself when no visitor changed a thing, else a text in the arena. */
struct span url_places(struct span text, const struct places *walk);
struct span form_places(struct span text, const struct places *walk);
struct span multipart_places(struct span text, struct span boundary, const struct places *walk);
struct span json_places(struct span text, const struct places *walk);
struct span script_places(struct span text, const struct places *walk);
struct span html_places(struct span text, const struct places *walk);
struct span xml_places(struct span text, const struct places *walk);
/* What a body is read as: by Content-Type; without one, by the look of the front. */
enum body_form {
    BODY_OTHER, /* nothing we read */
    BODY_HTML,
    BODY_JSON,
    BODY_FORM,
    BODY_MULTIPART,
    BODY_XML,
    BODY_SCRIPT, /* also RSC payloads */
};
enum body_form body_form(struct span body, struct span content_type);
/* Of the Content-Type, else of the body's first line; SPAN_NONE when neither has one. */
struct span places_boundary(struct span body, struct span content_type);
/* Bodies of unknown form have no places. */
struct span body_places(struct span body, struct span content_type, const struct places *walk);

/* name=value before anything that no form has; `body` is trimmed. */
bool looks_like_form(struct span body);
/* The innermost name: "password" of "user[password]", "user.password" and "password". */
struct span place_leaf(struct span name);

#endif
