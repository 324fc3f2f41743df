/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/phrase.h"

#include "base/alloc.h"
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

/* Without `assay:` and the p of a phosphorylated protein. */
static const char *plain_readout(const char *text)
{
    text = bk_phrase_unassayed(text);
    return text[0] == 'p' && text[1] >= 'A' && text[1] <= 'Z' ? text + 1 : text;
}

static bool is_asked(const char *words, const char *const *readouts, size_t n)
{
    size_t i = 0;
    while (i < n &&
           !bk_text_equal_nocase(plain_readout(words), plain_readout(readouts[i]))) {
        i++;
    }
    return i < n;
}

typedef struct asking {
    bk_cell cell;
    bk_treatment *treatments;
    size_t n;
} asking;

static bk_status read_asked(bk_phrasing *p, const char *background,
                            const char *const *treatments, size_t n, asking *asked)
{
    bk_status status = bk_phrase_cell(p, background, &asked->cell);
    for (size_t i = 0; i < n && status == BK_OK; i++) {
        const bk_status read =
            bk_phrase_treatment(p, treatments[i], &asked->treatments[asked->n]);
        asked->n += read == BK_OK;
        status = read == BK_NO_MEMORY ? read : BK_OK;
    }
    return status;
}

static bk_status rate(bk_phrasing *p, const asking *asked, const char *background,
                      const char *treatment, double *nearest)
{
    bk_cell cell;
    bk_treatment given;
    bk_status status = bk_phrase_cell(p, background, &cell);
    if (status == BK_OK) {
        status = bk_phrase_treatment(p, treatment, &given);
    }
    for (size_t i = 0; i < asked->n && status == BK_OK; i++) {
        const double alike = treatments_alike(&asked->treatments[i], &given) *
                             (0.5 + 0.5 * cells_alike(&asked->cell, &cell));
        *nearest = alike > *nearest ? alike : *nearest;
    }
    return status;
}

bk_status bk_observations_likeness(const bk_model *logic, const bk_library *library,
                                   const bk_table *observations, const char *background,
                                   const char *const *treatments, size_t n_treatments,
                                   const char *const *readouts, size_t n_readouts,
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
    asking asked = {.treatments =
                        bk_alloc_zero(n_treatments + 1, sizeof *asked.treatments)};
    bk_status status =
        p.arena == NULL || quiet == NULL || asked.treatments == NULL
            ? BK_NO_MEMORY
            : read_asked(&p, background, treatments, n_treatments, &asked);
    p.diag = quiet;
    for (size_t i = 0; i < bk_table_rows(observations) && status == BK_OK; i++) {
        likeness_of[i] = 0.0;
        if (is_asked(bk_table_text(observations, i, at[2]), readouts, n_readouts)) {
            const bk_status read =
                rate(&p, &asked, bk_table_text(observations, i, at[0]),
                     bk_table_text(observations, i, at[1]), &likeness_of[i]);
            status = read == BK_NO_MEMORY ? read : BK_OK;
        }
    }
    bk_diag_free(quiet);
    bk_arena_free(p.arena);
    bk_free(asked.treatments);
    return status;
}
