/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/phrase.h"

#include "base/text.h"

#include <blockade/predict.h>

#include <string.h>

/* How like each other two questions are: the share of what they name that both name, of
 * treatment terms and of the things said of the cell (Jaccard 1912). */

static bool same_term(const bk_term *a, const bk_term *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0;
}

static double likeness(size_t both, size_t a, size_t b)
{
    return a + b == 0 ? 1.0 : (double)both / (double)(a + b - both);
}

static double treatments_alike(const bk_treatment *a, const bk_treatment *b)
{
    size_t both = 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t k = 0;
        while (k < b->n && !same_term(&a->terms[i], &b->terms[k])) {
            k++;
        }
        both += k < b->n;
    }
    return likeness(both, a->n, b->n);
}

/* Items that change nothing (wild type, normal) say nothing. */
static size_t said(const bk_cell *cell)
{
    size_t n = 0;
    for (size_t i = 0; i < cell->n; i++) {
        n += cell->items[i].text[0] != '\0';
    }
    return n;
}

static double cells_alike(const bk_cell *a, const bk_cell *b)
{
    size_t both = 0;
    for (size_t i = 0; i < a->n; i++) {
        bool found = false;
        for (size_t k = 0; k < b->n && a->items[i].text[0] != '\0'; k++) {
            found = found || strcmp(a->items[i].text, b->items[k].text) == 0;
        }
        both += found;
    }
    return likeness(both, said(a), said(b));
}

typedef struct question {
    bk_cell cell;
    bk_treatment treatment;
    const char *readout;
} question;

/* Without `assay:` and the p of a phosphorylated protein. */
static const char *plain_readout(const char *text)
{
    text = bk_phrase_unassayed(text);
    return text[0] == 'p' && text[1] >= 'A' && text[1] <= 'Z' ? text + 1 : text;
}

static bk_status read_question(bk_phrasing *p, const char *background,
                               const char *treatment, const char *readout, question *q)
{
    *q = (question){.readout = plain_readout(readout)};
    bk_status status = bk_phrase_cell(p, background, &q->cell);
    return status == BK_OK ? bk_phrase_treatment(p, treatment, &q->treatment) : status;
}

bk_status bk_observations_likeness(const bk_model *logic, const bk_library *library,
                                   const bk_table *observations, const char *background,
                                   const char *treatment, const char *readout,
                                   bk_diag *diag, double *likeness_of)
{
    const int at[] = {bk_table_find_column(observations, "background"),
                      bk_table_find_column(observations, "treatment"),
                      bk_table_find_column(observations, "readout")};
    if (at[0] < 0 || at[1] < 0 || at[2] < 0) {
        return BK_MISUSE;
    }
    bk_phrasing p = {
        .logic = logic, .library = library, .arena = bk_arena_new(), .diag = diag};
    bk_diag *const quiet = bk_diag_new(); /* rows that this network cannot read */
    question asked, row;
    bk_status status = p.arena == NULL || quiet == NULL
                           ? BK_NO_MEMORY
                           : read_question(&p, background, treatment, readout, &asked);
    p.diag = quiet;
    for (size_t i = 0; i < bk_table_rows(observations) && status == BK_OK; i++) {
        const char *const words = bk_table_text(observations, i, at[2]);
        likeness_of[i] = 0.0;
        if (!bk_text_equal_nocase(plain_readout(words), asked.readout)) {
            continue;
        }
        const bk_status read =
            read_question(&p, bk_table_text(observations, i, at[0]),
                          bk_table_text(observations, i, at[1]), words, &row);
        if (read == BK_NO_MEMORY) {
            status = read;
        } else if (read == BK_OK) {
            likeness_of[i] = treatments_alike(&asked.treatment, &row.treatment) *
                             (0.5 + 0.5 * cells_alike(&asked.cell, &row.cell));
        }
    }
    bk_diag_free(quiet);
    bk_arena_free(p.arena);
    return status;
}
