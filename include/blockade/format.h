/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_FORMAT_H
#define BLOCKADE_FORMAT_H

/* Models in other formats, chosen by suffix or content. */

#include <blockade/sbml.h>

#ifdef __cplusplus
extern "C" {
#endif

/* .bnet: Boolean rules, one `target, factors` a line. */
bk_status bk_bnet_read(const char *path, bk_diag *diag, bk_model **model);
bk_status bk_bnet_parse(const char *text, size_t length, const char *name, bk_diag *diag,
                        bk_model **model);
/* BK_UNSUPPORTED when a level is not Boolean or there is no logical part. */
bk_status bk_bnet_print(const bk_model *model, bk_diag *diag, char **text);
bk_status bk_bnet_write(const bk_model *model, const char *path, bk_diag *diag);

/* A network folder: nodes.tsv, arcs.tsv, rules.tsv (docs/networks.md). */
bk_status bk_folder_read(const char *folder, bk_diag *diag, bk_model **model);

/* Any of them: a folder, .bnet, .xml or .sbml; other suffixes by their first bytes. */
bk_status bk_model_read(const char *path, const bk_read_settings *settings,
                        bk_diag *diag, bk_model **model);
/* .bnet, .xml, .sbml; others are an error that lists what can be written. */
bk_status bk_model_write(const bk_model *model, const char *path, bk_diag *diag);

/* Do two logical models have the same levels and functions?  Compares by symbol id;
 * *rules is how many were compared, *differing a report of those that differ (freed with
 * bk_string_free; NULL when none). */
bk_status bk_logic_compare(const bk_model *a, const bk_model *b, int32_t *rules,
                           char **differing);

#ifdef __cplusplus
}
#endif
#endif
