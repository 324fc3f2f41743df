/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_LESIONS_H
#define BLOCKADE_LESIONS_H

/* A background from what was found in a tumour or a cell line.
 *
 * Three kinds of table, told apart by their columns (case ignored):
 *
 *   mutations     Hugo_Symbol (or gene), HGVSp_Short or Protein_Change or HGVSp,
 *                 Variant_Classification, Tumor_Sample_Barcode: the columns of the
 *                 Mutation Annotation Format of the Genomic Data Commons
 *   copy numbers  gene, then gistic (-2 .. 2) or copy_number (absolute), sample
 *   plain         gene, alteration, sample; an alteration is a protein change, a state of
 *                 the variants table (loss, amp, pos ...) or truncating
 *
 * What each line becomes:
 *
 *   a protein change or state that the library names    that variant
 *   another missense or in-frame change                  kept out, told as a warning
 *   nonsense, frame shift, splice site, lost start       loss of function: the gene's
 *                 variant loss, absent ..., else the node held at 0 when the gene is the
 *                 node; a gene that is one of several in a node is kept out with a warning
 *   amplified: gistic 2, or copy_number >= `amplified`   the gene's variant amp, over ...
 *   deleted: gistic -2, or copy_number < 0.5             loss of function
 *   other copy numbers, silent and non-coding changes    counted
 *   a gene that the network does not have                counted and listed
 *
 * A gain outdoes a loss of the same gene in the same sample, with a warning, since a
 * table of mutations does not say which copy is hit. */

#include <blockade/scenario.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bk_lesion_settings {
    const char *sample; /* NULL: the tables must hold one only */
    double amplified;   /* copies from which on a gene is amplified; 0: 6, the average
                           HER2 copy number that is positive by itself in the guideline of
                           ASCO and CAP (Wolff et al. 2018,
                           doi:10.1200/JCO.2018.77.8738); for other genes chosen alike */
} bk_lesion_settings;

/* The scenario of n tables as text for bk_scenario_parse: one line an edit with its
 * origin as comment, then what was kept out as comments.  The text is checked against
 * library and model.  BK_BAD_INPUT after telling every wrong cell at its place. */
bk_status bk_lesions_print(const char *const *paths, size_t n,
                           const bk_lesion_settings *settings,
                           const bk_library *library, const bk_model *model,
                           bk_diag *diag, char **text);

#ifdef __cplusplus
}
#endif
#endif
