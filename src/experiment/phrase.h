/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_PHRASE_H
#define BK_EXPERIMENT_PHRASE_H

/* The words of a question; the grammar is in <blockade/predict.h>. */

#include "base/arena.h"

#include <blockade/scenario.h>

typedef struct bk_phrasing {
    const bk_model *logic;
    const bk_library *library;
    bk_arena *arena; /* owns every text below */
    bk_where where;  /* of the phrase at hand */
    bk_diag *diag;
    const char *note; /* what had to be assumed, or NULL */
} bk_phrasing;

typedef struct bk_cell_item {
    const char *node; /* id where the model knows it, else the words */
    const char
        *text;  /* as bk_library_background_scenario reads it; "" changes nothing */
    bool plain; /* the ordinary state: wt, normal */
} bk_cell_item;

typedef struct bk_cell {
    bk_cell_item *items; /* in the arena of its phrasing */
    size_t n, capacity;
    bool whole;      /* names a cell: inherits nothing */
    bool population; /* more than one kind of cell: not for a single-cell network */
} bk_cell;

typedef enum bk_term_kind {
    BK_TERM_DRUG,
    BK_TERM_LIGAND,
    BK_TERM_KNOCKDOWN
} bk_term_kind;
typedef struct bk_term {
    bk_term_kind kind;
    const char *name; /* of the drug; id of the node */
    double dose;      /* drug: nM, NaN the default; knock-down: the share removed */
    bool stated;      /* the dose of a drug was given, and is not the default */
    double most;      /* highest level of a ligand */
} bk_term;

enum { BK_MOST_TERMS = 8 };
typedef struct bk_treatment {
    bk_term terms[BK_MOST_TERMS];
    size_t n;
} bk_treatment;

typedef enum bk_against {
    BK_AGAINST_CONDITION, /* cell and treatment below */
    BK_AGAINST_EACH,      /* every term alone */
    BK_AGAINST_EARLY      /* itself, early */
} bk_against;
typedef struct bk_comparator {
    bk_against kind;
    bool other_cell; /* it names a background */
    bool starved;    /* the ligands of the row are taken out of the medium */
    bk_cell cell;
    bk_treatment treatment;
} bk_comparator;

bk_status bk_phrase_cell(bk_phrasing *p, const char *text, bk_cell *cell);
/* `with` over `base`, node by node.  Errors: BK_NO_MEMORY. */
bk_status bk_cell_override(bk_phrasing *p, const bk_cell *base, const bk_cell *with,
                           bk_cell *result);
/* Whether `with` says of some node what `base` does not: a plain state of a node that
 * `base` leaves out says nothing new. */
bool bk_cell_differs(const bk_cell *base, const bk_cell *with);
bk_status bk_phrase_treatment(bk_phrasing *p, const char *text,
                              bk_treatment *treatment);
bk_status bk_phrase_comparator(bk_phrasing *p, const char *text, const bk_cell *cell,
                               const bk_treatment *treatment,
                               bk_comparator *comparator);
bk_status bk_phrase_time(bk_phrasing *p, const char *text, bool *early);

/* As texts for a bk_condition; `edits` are of the treatment layer.  NULL: no memory. */
const char *bk_cell_text(bk_phrasing *p, const bk_cell *cell);
const char *bk_treatment_drugs(bk_phrasing *p, const bk_treatment *treatment);
const char *bk_treatment_edits(bk_phrasing *p, const bk_treatment *treatment,
                               const bk_treatment *starved);

/* Shared by the files of this grammar: a trimmed copy, with parentheses taken out. */
char *bk_phrase_plain(bk_phrasing *p, const char *text, size_t length);
bool bk_phrase_ends(const char *text, const char *ending); /* ASCII case ignored */
const char *bk_phrase_unassayed(const char *readout);   /* without `assay:` before it */
void bk_phrase_note(bk_phrasing *p, const char *words); /* the same words once */

#endif
