/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/program_code.h"

/* s: symbol, x: extra slot, t: scratch; constants as their numbers. */
static void print_slot(const bk_program *program, int32_t slot, bk_text *text)
{
    const int32_t time = bk_program_time_slot(program);
    const int32_t constants = program->symbols + program->extra;
    if (slot < program->symbols) {
        bk_text_printf(text, "s%d", (int)slot);
    } else if (slot < constants) {
        bk_text_printf(text, "x%d", (int)(slot - program->symbols));
    } else if (slot < time) {
        bk_text_double(text, program->constants[slot - constants]);
    } else if (slot == time) {
        bk_text_add(text, "time");
    } else {
        bk_text_printf(text, "t%d", (int)(slot - time - 1));
    }
}

static void print_instruction(const bk_program *program, const bk_instruction *i,
                              bk_text *text)
{
    const bk_code code = (bk_code)i->code;
    const int n = bk_code_operands(code);
    const bool applies = code == BK_CODE_APPLY1 || code == BK_CODE_APPLY2;
    const char *const sign =
        applies ? bk_op_about((bk_op)i->detail)->infix : bk_code_sign(code);
    const bool prefix = n == 1 || (sign[0] >= 'a' && sign[0] <= 'z');
    bk_text_add(text, "    ");
    print_slot(program, i->target, text);
    bk_text_add(text, " = ");
    if (prefix && sign[0] != '\0') {
        bk_text_printf(text, "%s ", sign);
    }
    for (int k = 0; k < n; k++) {
        if (k > 0) {
            const char *const between = prefix                   ? ","
                                        : code != BK_CODE_SELECT ? sign
                                        : k == 1                 ? "if"
                                                                 : "else";
            bk_text_printf(text, prefix ? "%s " : " %s ", between);
        }
        print_slot(program, i->operands[k], text);
    }
    if (code == BK_CODE_WHOLE_POWER) {
        bk_text_printf(text, ", %d", (int)i->detail);
    } else if (code >= BK_CODE_EQ && code <= BK_CODE_GEQ) {
        bk_text_printf(text, "  # relation %d", (int)i->detail);
    }
    bk_text_add_char(text, '\n');
}

void bk_program_print(const bk_program *program, bk_text *text)
{
    for (int32_t law = 0; law < program->n_laws; law++) {
        bk_text_printf(text, "law %d\n", (int)law);
        for (int32_t i = program->starts[law]; i < program->starts[law + 1]; i++) {
            print_instruction(program, &program->code[i], text);
        }
    }
}
