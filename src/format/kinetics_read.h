/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_KINETICS_READ_H
#define BK_FORMAT_KINETICS_READ_H

/* A network folder with reactions.tsv: see bk_folder_read. */

#include "format/cells.h"

bk_status bk_kinetics_folder(const char *folder, bool *is); /* BK_NO_MEMORY */
bk_status bk_kinetics_read(const char *folder, bk_diag *diag, bk_model **model);

/* What model.tsv says of the whole model (table may be NULL); *amounts: whether species
 * are amounts in laws, which is left alone where the table does not say. */
void bk_kinetics_about(bk_cells *cells, const bk_table *table, bool *amounts);

#endif
