/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_LOGIC_CLAIM_QUESTION_H
#define BK_LOGIC_CLAIM_QUESTION_H

#include "logic/claim_impl.h"

/* Binds the work of a question, which has claim and settings, and finds what matters:
 * the starts, the box that no way from them leaves, and the levels within it that
 * what is asked depends on.  What others do can be left out: they change no level that is
 * asked, and ways that are not fair could only go on among them for ever where they act
 * on one another in a circle; then all are kept. */
bk_status bk_question_make(bk_question *question, const bk_overlay *overlay);
void bk_question_end(bk_question *question);

#endif
