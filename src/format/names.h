/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_FORMAT_NAMES_H
#define BK_FORMAT_NAMES_H

/* Ids made of names that other formats allow, and what a model is known by. */

#include "model/builder.h"

/* A unique valid SId for each of names[n] (distinct texts): a valid name is its own id;
 * in others each run of characters an SId cannot hold becomes one `_`, a leading digit
 * gets `_` before it, and a taken one `_2`, `_3` ... behind it.  Array and texts are in
 * the arena; NULL when memory is short. */
const char *const *bk_sids_make(bk_arena *arena, const char *const *names, size_t n);
/* Whether bk_sids_make may have made this id of this name. */
bool bk_sid_derives(const char *id, const char *name);
/* The model gets that id, its source (path, "" for NULL) and the hash of its bytes, which
 * may be NULL when there are none.  False: memory. */
bool bk_file_identity(bk_builder *builder, bk_arena *arena, const char *path,
                      const char *bytes, size_t length);

#endif
