/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_law.h"

#include "base/alloc.h"

#include <string.h>

/* The laws of reactions as single instructions, where they have the form of one: a value
 * that nothing else reads needs no slot, and what is not written and read again takes no
 * time.  The operations and their order stay, and so does every bit of the result. */

enum { NONE = -1, FAR = 16 };

/* A law's instructions and what is known of each. */
typedef struct fusing {
    bk_program_builder *builder;
    bk_instruction *code;
    int32_t n;
    int32_t *from;  /* [n * BK_MOST_OPERANDS] which one made the operand, or NONE */
    int32_t *uses;  /* [n] readers of its scratch */
    int32_t *slots; /* [builder->used] which one made what is in it */
    bool *gone;     /* [n] */
} fusing;

static bool is_scratch(int32_t operand)
{
    return (operand & BK_AT_REGION) == BK_AT_SCRATCH;
}

static void find_readers(fusing *f)
{
    for (int32_t i = 0; i < f->n; i++) {
        const bk_instruction *const at = &f->code[i];
        for (int k = 0; k < bk_code_operands((bk_code)at->code); k++) {
            int32_t *const from = &f->from[(size_t)i * BK_MOST_OPERANDS + (size_t)k];
            *from = NONE;
            if (is_scratch(at->operands[k])) {
                *from = f->slots[at->operands[k] - BK_AT_SCRATCH];
                f->uses[*from]++;
            }
        }
        if (is_scratch(at->target)) {
            f->slots[at->target - BK_AT_SCRATCH] = i;
        }
    }
}

/* Which instruction made operand k of i, if for i alone and with one of these codes. */
static int32_t maker(const fusing *f, int32_t i, int k, bk_code one, bk_code other)
{
    const int32_t at = f->from[(size_t)i * BK_MOST_OPERANDS + (size_t)k];
    if (at == NONE || f->uses[at] != 1 || f->gone[at]) {
        return NONE;
    }
    const bk_code code = (bk_code)f->code[at].code;
    return code == one || code == other ? at : NONE;
}

/* Whether what instruction i reads is still there at `last`. */
static bool lasts(const fusing *f, int32_t i, int32_t last)
{
    const bk_instruction *const at = &f->code[i];
    for (int32_t k = i + 1; k < last; k++) {
        for (int o = 0; o < bk_code_operands((bk_code)at->code); o++) {
            if (!f->gone[k] && is_scratch(at->operands[o]) &&
                f->code[k].target == at->operands[o]) {
                return false;
            }
        }
    }
    return true;
}

/* Puts (a b c - d e) s or a b c / (d + e) s in the place of instruction `last`, whose
 * value before it is multiplied with s is that of `core`; no s: one. */
static bool fuse(fusing *f, int32_t core, int32_t last, int32_t scale)
{
    const bool flow = f->code[core].code == BK_CODE_SUBTRACT;
    const int32_t left = maker(f, core, 0, BK_CODE_MULTIPLY, BK_CODE_MULTIPLY3);
    const bk_code right_code = flow ? BK_CODE_MULTIPLY : BK_CODE_ADD;
    const int32_t right = maker(f, core, 1, right_code, right_code);
    if (left == NONE || right == NONE || last - left > FAR || last - right > FAR) {
        return false;
    }
    f->gone[left] = f->gone[right] = true;
    f->gone[core] = core != last;
    if (!lasts(f, left, last) || !lasts(f, right, last)) {
        f->gone[left] = f->gone[right] = f->gone[core] = false;
        return false;
    }
    const bk_instruction *const a = &f->code[left];
    const bk_instruction *const b = &f->code[right];
    const bool three = a->code == BK_CODE_MULTIPLY3;
    const int32_t one = bk_law_constant(f->builder, 1.0);
    const int32_t operands[BK_MOST_OPERANDS] = {
        a->operands[0], a->operands[1], three ? a->operands[2] : one,
        b->operands[0], b->operands[1], scale == NONE ? one : scale};
    bk_instruction *const made = &f->code[last];
    made->code = flow ? BK_CODE_FLOW : BK_CODE_SATURATION;
    memcpy(made->operands, operands, sizeof operands);
    return true;
}

/* The same for a b s. */
static bool fuse_product(fusing *f, int32_t first, int32_t last, int32_t scale)
{
    bk_instruction *const made = &f->code[last];
    if (last - first > FAR || !lasts(f, first, last)) {
        return false;
    }
    f->gone[first] = true;
    made->code = BK_CODE_MULTIPLY3;
    made->operands[0] = f->code[first].operands[0];
    made->operands[1] = f->code[first].operands[1];
    made->operands[2] = scale;
    return true;
}

static void look_at(fusing *f, int32_t i)
{
    const bk_instruction *const at = &f->code[i];
    if (at->code == BK_CODE_SUBTRACT || at->code == BK_CODE_DIVIDE) {
        fuse(f, i, i, NONE);
    }
    for (int k = 0; at->code == BK_CODE_MULTIPLY && k < 2; k++) {
        const int32_t core = maker(f, i, k, BK_CODE_SUBTRACT, BK_CODE_DIVIDE);
        const int32_t scale = at->operands[1 - k];
        const int32_t pair = maker(f, i, k, BK_CODE_MULTIPLY, BK_CODE_MULTIPLY);
        if ((core != NONE && fuse(f, core, i, scale)) ||
            (pair != NONE && fuse_product(f, pair, i, scale))) {
            return;
        }
    }
}

void bk_law_fuse(bk_program_builder *builder, size_t start)
{
    fusing f = {.builder = builder,
                .code = builder->code + start,
                .n = (int32_t)(builder->n_code - start)};
    const size_t n = (size_t)f.n;
    if (n < 2 || builder->failed) {
        return;
    }
    f.from = bk_alloc(n * BK_MOST_OPERANDS * sizeof *f.from);
    f.uses = bk_alloc_zero(n, sizeof *f.uses);
    f.slots = bk_alloc_zero((size_t)builder->used + 1, sizeof *f.slots);
    f.gone = bk_alloc_zero(n, sizeof *f.gone);
    if (f.from == NULL || f.uses == NULL || f.slots == NULL || f.gone == NULL) {
        builder->failed = true;
    } else {
        find_readers(&f);
        for (int32_t i = f.n - 1; i >= 0; i--) {
            if (!f.gone[i]) {
                look_at(&f, i);
            }
        }
        builder->n_code = start;
        for (int32_t i = 0; i < f.n; i++) {
            if (!f.gone[i]) {
                builder->code[builder->n_code++] = f.code[i];
            }
        }
    }
    bk_free(f.from);
    bk_free(f.uses);
    bk_free(f.slots);
    bk_free(f.gone);
}
