/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_code.h"

#include "base/alloc.h"

#include <string.h>

int bk_code_operands(bk_code code)
{
    static const unsigned char counts[] = {
#define CODE(name, operands, sign) operands,
        BK_CODES(CODE)
#undef CODE
    };
    return counts[code];
}

const char *bk_code_sign(bk_code code)
{
    static const char *const signs[] = {
#define CODE(name, operands, sign) sign,
        BK_CODES(CODE)
#undef CODE
    };
    return signs[code];
}

void bk_program_free(bk_program *program)
{
    if (program == NULL) {
        return;
    }
    bk_free(program->code);
    bk_free(program->redirected);
    if (program->origin == NULL) {
        bk_free(program->starts);
        bk_free(program->constants);
        bk_free(program->relations);
    }
    bk_free(program);
}

bk_status bk_program_copy(const bk_program *program, bk_program **copy)
{
    const size_t bytes = (size_t)program->n_code * sizeof *program->code;
    bk_program *const made = bk_alloc(sizeof *made);
    bk_instruction *const code = bk_alloc(bytes);
    bool *const redirected =
        bk_alloc_zero((size_t)program->n_laws + 1, sizeof *redirected);
    if (made == NULL || code == NULL || redirected == NULL) {
        bk_free(made);
        bk_free(code);
        bk_free(redirected);
        return BK_NO_MEMORY;
    }
    *made = *program;
    made->origin = program->origin != NULL ? program->origin : program;
    made->code = code;
    made->redirected = redirected;
    if (program->redirected != NULL) {
        memcpy(redirected, program->redirected,
               (size_t)program->n_laws * sizeof *redirected);
    }
    if (bytes > 0) {
        memcpy(code, program->code, bytes);
    }
    *copy = made;
    return BK_OK;
}

int bk_program_redirect(bk_program *copy, int32_t law, int32_t from, int32_t to)
{
    const int32_t patchable = copy->symbols + copy->extra;
    if (copy->origin == NULL || law < 0 || law >= copy->n_laws || from < 0 ||
        from >= patchable || to < 0 || to >= patchable) {
        return 0;
    }
    int changed = 0;
    for (int32_t i = copy->starts[law]; i < copy->starts[law + 1]; i++) {
        bk_instruction *const instruction = &copy->code[i];
        int32_t *const operands = instruction->operands;
        const int n = bk_code_operands((bk_code)instruction->code);
        for (int k = 0; k < n; k++) {
            if (operands[k] == from) {
                operands[k] = to;
                changed++;
            }
        }
    }
    copy->redirected[law] = copy->redirected[law] || changed > 0;
    return changed;
}

void bk_program_restore(bk_program *copy)
{
    for (int32_t law = 0; copy->origin != NULL && law < copy->n_laws; law++) {
        if (copy->redirected[law]) {
            const int32_t first = copy->starts[law];
            const size_t count = (size_t)(copy->starts[law + 1] - first);
            memcpy(copy->code + first, copy->origin->code + first,
                   count * sizeof *copy->code);
            copy->redirected[law] = false;
        }
    }
}

int32_t bk_program_slots(const bk_program *program)
{
    return bk_program_time_slot(program) + 1 + program->scratch;
}

int32_t bk_program_time(const bk_program *program)
{
    return bk_program_time_slot(program);
}

int32_t bk_program_laws(const bk_program *program)
{
    return program->n_laws;
}

int32_t bk_program_relations(const bk_program *program)
{
    return program->n_relations;
}

bk_op bk_program_relation_op(const bk_program *program, int32_t relation)
{
    return program->relations[relation];
}

void bk_program_prepare(const bk_program *program, double *slots)
{
    if (program->n_constants > 0) {
        memcpy(slots + program->symbols + program->extra, program->constants,
               (size_t)program->n_constants * sizeof *slots);
    }
}

double bk_program_work(const bk_program *program, int32_t first, int32_t last)
{
    double work = 0.0;
    for (int32_t i = program->starts[first]; i < program->starts[last]; i++) {
        switch (program->code[i].code) {
        case BK_CODE_POWER:
        case BK_CODE_EXP:
        case BK_CODE_LN:
        case BK_CODE_APPLY1:
        case BK_CODE_APPLY2:
            work += 15.0;
            break;
        case BK_CODE_SATURATE:
            work += 5.0;
            break;
        case BK_CODE_MULTIPLY_DIVIDE:
        case BK_CODE_SUBTRACT_DIVIDE:
            work += 4.0;
            break;
        case BK_CODE_MULTIPLY_ADD:
        case BK_CODE_MULTIPLY_SUBTRACT:
        case BK_CODE_MULTIPLY_FROM:
        case BK_CODE_ADD_MULTIPLY:
        case BK_CODE_SUBTRACT_MULTIPLY:
        case BK_CODE_CLAMP:
            work += 2.0;
            break;
        case BK_CODE_FLOW:
        case BK_CODE_SATURATION:
        case BK_CODE_DIVIDE:
        case BK_CODE_SQUARE_ROOT:
        case BK_CODE_WHOLE_POWER:
            work += 3.0;
            break;
        default:
            work += 1.0;
        }
    }
    return work;
}
