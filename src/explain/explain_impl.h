/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPLAIN_EXPLAIN_IMPL_H
#define BK_EXPLAIN_EXPLAIN_IMPL_H

/* An explanation while it is made.  Nodes go by their symbols in the logical model. */

#include "base/arena.h"
#include "scenario/overlay.h"

#include <blockade/explain.h>

/* What holds a node up, or down: shares that add up to at most 1. */
typedef struct bk_link {
    int32_t arc; /* an influence of the logical model */
    bool source_up;
    double share;
} bk_link;
typedef struct bk_account {
    bk_link *links;
    size_t n;
    double own;      /* the share that the node needs no arc for */
    const char *why; /* what this is: "input", "held by the cell" ...; NULL: nothing */
} bk_account;

typedef struct bk_field {
    const bk_explain *question;
    bk_arena *arena;
    bk_diag *diag;
    bk_scenario *scenario; /* cell and treatment */
    bk_overlay *overlay;   /* the same, bound */
    int32_t n;             /* symbols of the logical model */
    int32_t *form, *drive; /* [n] symbols of the continuous form, -1: no level */
    double *level, *seen;  /* [n] before and after the treatment */
    double *columns;       /* values of the read-outs' columns under the treatment */
    double *state;         /* [symbols of the form] */
    double untreated, treated; /* the read-out */
    char *note;                /* or NULL */
    bk_account *up, *down;     /* [n] */
    bk_workspace *workspace;
} bk_field;

/* Runs the condition untreated and treated, and keeps its state. */
bk_status bk_field_open(const bk_explain *question, bk_diag *diag, bk_field *field);
void bk_field_close(bk_field *field);
/* Drives of all nodes in that state, some arcs cut at some values. */
typedef struct bk_cut {
    int32_t source, target;
    double value;
} bk_cut;
bk_status bk_field_drives(bk_field *field, const bk_cut *cuts, size_t n,
                          double *drives);
double bk_field_max(const bk_field *field, int32_t node);

/* Fills up and down of every node. */
bk_status bk_accounts_make(bk_field *field);

/* A path, arcs from its root to the read-out. */
typedef struct bk_path {
    int32_t *arcs;
    size_t n;
    int32_t root, end;
    bool root_up, end_up;
    double strength;
} bk_path;
/* The strongest, in the field's arena. */
bk_status bk_paths_find(bk_field *field, size_t most, bk_path **paths, size_t *n);

/* A cut that was run. */
typedef struct bk_flip {
    const char *what;
    double value;
} bk_flip;
bk_status bk_flips_find(bk_field *field, bk_flip **flips, size_t *n, size_t *tried);
/* The line between kept and lost. */
double bk_field_line(const bk_field *field);

/* Levels are thirds and halves, so that a half is often met to within the solver's and the
 * Hill functions' leftovers: what is nearer than this to a line is on it. */
static const double bk_rounding = 0.01;
static const double bk_active = 0.05; /* least level of a node that is on */

#endif
