/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenario/scenario_impl.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

const char *bk_edit_word(bk_edit_kind kind)
{
    static const char *const words[] = {"start", "fix",  "bound",   "scale",
                                        "cut",   "drug", "variant", "access"};
    return words[kind];
}

bool bk_ends_name(const char *at)
{
    return (unsigned char)*at <= ' ' || *at == 127 || strchr(";#[],=\"", *at) != NULL ||
           (at[0] == '-' && at[1] == '>');
}

static bool is_plain(const char *name, bool drug)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (bk_ends_name(c) || (drug && *c == '@')) {
            return false;
        }
    }
    return name[0] != '\0';
}

void bk_name_print(bk_text *text, const char *name, bool drug)
{
    if (is_plain(name, drug)) {
        bk_text_add(text, name);
        return;
    }
    bk_text_add_char(text, '"');
    for (const char *c = name; *c != '\0'; c++) {
        bk_text_add_n(text, "\"\"", *c == '"' ? 1 : 0);
        bk_text_add_char(text, *c);
    }
    bk_text_add_char(text, '"');
}

/* A number as the parser reads it back, `inf` for infinity. */
static void print_number(bk_text *text, double value)
{
    if (isinf(value)) {
        bk_text_add(text, value < 0 ? "-inf" : "inf");
    } else {
        bk_text_double(text, value);
    }
}

static void print_equals(bk_text *text, const bk_edit *edit)
{
    if (edit->concentration) {
        bk_text_add_char(text, '[');
    }
    bk_name_print(text, edit->name, edit->kind == BK_EDIT_ACCESS);
    bk_text_add(text, edit->concentration ? "] = " : " = ");
    print_number(text, edit->value);
}

void bk_edit_print(bk_text *text, const bk_edit *edit)
{
    bk_text_add(text, bk_edit_word(edit->kind));
    bk_text_add_char(text, ' ');
    switch (edit->kind) {
    case BK_EDIT_START:
    case BK_EDIT_FIX:
    case BK_EDIT_ACCESS:
        print_equals(text, edit);
        return;
    case BK_EDIT_VARIANT:
        bk_name_print(text, edit->name, true);
        return;
    case BK_EDIT_BOUND:
        bk_name_print(text, edit->name, false);
        bk_text_add(text, " in [");
        print_number(text, edit->value);
        bk_text_add(text, ", ");
        print_number(text, edit->high);
        bk_text_add_char(text, ']');
        return;
    case BK_EDIT_SCALE:
        bk_name_print(text, edit->name, false);
        if (!isnan(edit->value)) {
            bk_text_add(text, " by ");
            print_number(text, edit->value);
        }
        return;
    case BK_EDIT_CUT:
        bk_name_print(text, edit->name, false);
        bk_text_add(text, " -> ");
        bk_name_print(text, edit->target, false);
        bk_text_add(text, " at ");
        print_number(text, edit->value);
        return;
    case BK_EDIT_DRUG:
        bk_name_print(text, edit->name, true);
        if (!isnan(edit->value)) {
            bk_text_add(text, " @ ");
            print_number(text, edit->value);
            bk_text_add(text, " nM");
        }
        return;
    }
}

bk_status bk_scenario_print(const bk_scenario *scenario, char **text)
{
    bk_text out = {0};
    bk_text_add(&out, "");
    for (size_t i = 0; i < scenario->n; i++) {
        const bk_edit *const edit = &scenario->edits[i];
        if (i == 0 || edit->layer != scenario->edits[i - 1].layer) {
            bk_text_add(&out,
                        edit->layer == BK_BACKGROUND ? "background\n" : "treatment\n");
        }
        bk_edit_print(&out, edit);
        bk_text_add_char(&out, '\n');
    }
    if (out.failed) {
        bk_text_free(&out);
        return BK_NO_MEMORY;
    }
    *text = out.data;
    return BK_OK;
}
