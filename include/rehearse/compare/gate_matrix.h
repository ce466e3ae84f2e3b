#ifndef REHEARSE_COMPARE_GATE_MATRIX_H
#define REHEARSE_COMPARE_GATE_MATRIX_H

#include "rehearse/compare/finding.h"
#include "rehearse/compare/gate.h"

/*
 * Routes by personas: what each of them got of production, and what of staging. A value
 * with everything in its arena; filled in by whoever asked, judged here.
 */
enum gate_column_kind {
    COLUMN_PEOPLE, /* anonymous, members, roles, sessions that are over */
    COLUMN_BOT,
    COLUMN_LOCALE,
    COLUMN_FLAG,
};

struct gate_column {
    struct span name; /* of the persona */
    enum gate_column_kind kind;
    bool as_anonymous; /* has no right that a visitor without a login lacks */
    bool of_another;   /* asks for pages that belong to another member */
    struct span flag;  /* COLUMN_FLAG: its name; on and off stand side by side */
    bool flag_on;
    struct span why_not; /* nobody asked as this persona, and why; empty */
    uint64_t asked;      /* requests */
};

/* Where production's outcome is known from. */
enum gate_known {
    KNOWN_NOT = 0,
    KNOWN_RECORDED, /* what visitors of the capture got */
    KNOWN_LIVE,     /* production was asked */
    KNOWN_EXPECTED, /* the scenario says so */
    KNOWN_ALIKE,    /* this persona has no more rights than anonymous, whose outcome is known */
};

enum { CELL_LANGUAGES = 4 };

struct gate_cell {
    enum gate_known known;
    uint16_t production; /* 1 << enum gate_answer, each that was seen */
    bool blind;          /* bodies are missing in what is known: soft gates do not show there */
    struct span languages[CELL_LANGUAGES]; /* production's answers; empty behind the last */

    bool asked;               /* there is an outcome of staging */
    enum gate_answer staging; /* soft gates seen */
    enum gate_answer hard;    /* by status and Location alone */
    struct span language;
    uint16_t in_sessions; /* what staging gave this persona in sessions of the replay; bits */
    struct span why_not;  /* not asked; empty */

    /* judged */
    const char *kind; /* of the finding; NULL: none */
    bool differs;     /* in any way; true with each kind */
    bool in_session;  /* asked alone it is another outcome; in its session it is production's */
};

/* A route, and the recorded exchange that was asked again for it. */
struct gate_place {
    struct span route;
    struct span segment, owner; /* from the scenario; empty */
    struct span method, url;    /* "GET", "https://shop.example/account" */
    uint64_t session;
    uint32_t seq;
};

struct gate_row {
    struct gate_place place;
    struct gate_cell *cells; /* one a column */
    uint64_t members;        /* exchanges of members in the capture */
    uint64_t exchanges;      /* of anybody */
    bool owned;              /* holds an id that one member's session was given */
};

/* A recorded post that carried a token against forged requests, sent once without. */
struct csrf_row {
    struct gate_place place;
    int with_token; /* production's status with its token */
    bool asked;
    int status;                 /* staging's, without */
    bool accepted;              /* as if the token were there */
    bool refused_in_production; /* the capture holds such a request that was refused */
    bool taken_in_production;   /* or one that was accepted */
    struct span why_not;
};

struct gate_matrix {
    struct arena arena;
    struct gate_column *columns;
    size_t column_count;
    struct gate_row *rows; /* by route */
    size_t row_count;
    struct csrf_row *csrf;
    size_t csrf_count;
    uint64_t routes_left_out; /* beyond the limit */
    uint64_t requests;        /* sent for it */
    int64_t elapsed_us;
    /* judged */
    uint64_t cells_asked, cells_known, cells_differing;
};

void gate_matrix_release(struct gate_matrix *matrix);

static inline struct gate_cell *gate_cell_at(const struct gate_matrix *m, size_t row, size_t column)
{
    return &m->rows[row].cells[column];
}

/* Add a language to production's; the text must last. */
void gate_cell_add_language(struct gate_cell *cell, struct span language);
/* Fills in what is judged. */
void gate_matrix_judge(struct gate_matrix *matrix);
/*
 * A finding for each route and cause that has none yet in `findings`: gate.opened,
 * gate.closed, gate.changed, bot, locale, csrf.unenforced. Sorts them again. `exchanges`
 * is of what all findings' shares are.
 */
void gate_matrix_add_findings(const struct gate_matrix *matrix, struct findings *findings,
                              uint64_t exchanges);
/* "open", "to login or forbidden": the outcomes of a set of bits; "unknown" for none. */
void gate_outcomes_add(struct strbuf *out, uint16_t bits);
/* What the cell says of a side, with its language where that is what differs. */
void gate_cell_add_side(struct strbuf *out, const struct gate_cell *cell, bool staging);
const char *gate_known_name(enum gate_known known);

#endif
