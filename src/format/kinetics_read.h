/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_KINETICS_READ_H
#define BK_FORMAT_KINETICS_READ_H

/* A network folder with reactions.tsv: see bk_folder_read. */

#include <blockade/model.h>

bool bk_kinetics_folder(const char *folder);
bk_status bk_kinetics_read(const char *folder, bk_diag *diag, bk_model **model);

#endif
