/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_SCENARIO_LIBRARY_IMPL_H
#define BK_SCENARIO_LIBRARY_IMPL_H

/* The inside of a library.  A drug is the rows of its name; every table keeps its edits
 * in one scenario, and a row says which of them are its own. */

#include "scenario/scenario_impl.h"

typedef struct bk_drug {
    const char *name, *aliases, *family; /* aliases: `;` between; family: its class */
    double dose;                         /* the default in nM; NaN: none */
} bk_drug;

typedef struct bk_drug_row {
    size_t drug;
    size_t first_edit, edits;        /* in drug_edits */
    double potency, slope, residual; /* nM */
} bk_drug_row;

typedef struct bk_entry_edits {
    const char *name;
    size_t first_edit, edits;
    const char *source, *status, *note; /* for readers; "" where the table is silent */
} bk_entry_edits;

/* A protein change that is taken as a variant; `G12*` stands for all changes of that
 * residue. */
typedef struct bk_allele {
    const char *gene, *change;
    size_t variant; /* in variant_names */
    const char *source, *status, *note;
} bk_allele;

struct bk_library {
    bk_arena *arena;
    bk_drug *drugs;
    bk_drug_row *rows;
    bk_entry_edits *variants; /* one a row; further rows of a variant follow */
    bk_entry_edits *backgrounds;
    const char **variant_names; /* without doubles */
    bk_allele *alleles;
    bk_scenario *drug_edits, *variant_edits, *background_edits;
    size_t n_drugs, n_rows, n_variants, n_backgrounds, n_variant_names, n_alleles;
    size_t drug_capacity, row_capacity, variant_capacity, background_capacity,
        name_capacity, allele_capacity;
};

enum { BK_NO_ENTRY = -1 };

/* By name, else by alias, ASCII case ignored. */
int32_t bk_library_find_drug(const bk_library *library, const char *name);
/* The first drug of a class at or after `from`. */
int32_t bk_library_find_class(const bk_library *library, const char *name, size_t from);
/* The number of the allele that speaks of a protein change of a gene. */
int32_t bk_library_find_allele(const bk_library *library, const char *gene,
                               const char *change);
/* In variant_names; an allele `GENE:CHANGE` is the variant it is taken as. */
int32_t bk_library_find_variant(const bk_library *library, const char *name);
int32_t bk_library_find_background(const bk_library *library, const char *name);
/* Tells an unknown name with the nearest ones; BK_NOT_FOUND or BK_NO_MEMORY. */
bk_status bk_library_unknown_drug(const bk_library *library, const char *name,
                                  bk_where where, bk_diag *diag);
bk_status bk_library_unknown_background(const bk_library *library, const char *name,
                                        bool variants_only, bk_where where,
                                        bk_diag *diag);
/* Appends the edits that a text of `;`-separated names and edits stands for: variants
 * stay words.  backgrounds: names of backgrounds are known too.  All that is wrong is
 * told. */
bk_status bk_library_items(const bk_library *library, const char *text,
                           bool backgrounds, bk_where where, bk_diag *diag,
                           bk_scenario *scenario);

#endif
