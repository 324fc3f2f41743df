/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Expressions as MathML.  Level 3 Version 1 lacks min, max and implies, which are
 * written there as what they mean; what it cannot say at all the caller has refused before.
 *
 * Recursion ends where the document would be too deep to be read again: the writer
 * notes it, and the caller refuses. */

#include "sbml/sbml_impl.h"

#include "base/alloc.h"
#include "base/c_locale.h"

#include <math.h>
#include <string.h>

static const char symbols_url[] = "http://www.sbml.org/sbml/symbols/";

static void empty(bk_xml_writer *writer, const char *name)
{
    bk_xml_open(writer, name);
    bk_xml_close(writer, name);
}

static void content(bk_xml_writer *writer, const char *name, const char *text)
{
    bk_xml_open(writer, name);
    bk_xml_content(writer, " ");
    bk_xml_content(writer, text);
    bk_xml_content(writer, " ");
    bk_xml_close(writer, name);
}

static void write_csymbol(bk_xml_writer *writer, const char *package, const char *name)
{
    char url[64];
    bk_c_snprintf(url, sizeof url, "%s%s%s", symbols_url, package, name);
    bk_xml_open(writer, "csymbol");
    bk_xml_put(writer, "encoding", "text");
    bk_xml_put(writer, "definitionURL", url);
    bk_xml_content(writer, " ");
    bk_xml_content(writer, name);
    bk_xml_content(writer, " ");
    bk_xml_close(writer, "csymbol");
}

/* --- numbers --- */

static void write_finite(bk_xml_writer *writer, double value, const char *unit)
{
    char digits[32];
    bk_double_print(value, digits);
    char *const exponent = strpbrk(digits, "eE");
    const bool whole =
        exponent == NULL && strchr(digits, '.') == NULL && fabs(value) < 2147483648.0;
    bk_xml_open(writer, "cn");
    bk_xml_put_some(writer, "sbml:units", unit);
    if (exponent != NULL) {
        *exponent = '\0';
        bk_xml_put(writer, "type", "e-notation");
    } else if (whole) {
        bk_xml_put(writer, "type", "integer");
    }
    bk_xml_content(writer, " ");
    bk_xml_content(writer, digits);
    bk_xml_content(writer, " ");
    if (exponent != NULL) {
        empty(writer, "sep");
        bk_xml_content(writer, " ");
        bk_xml_content(writer, exponent[1] == '+' ? exponent + 2 : exponent + 1);
        bk_xml_content(writer, " ");
    }
    bk_xml_close(writer, "cn");
}

static void write_number(bk_xml_writer *writer, const bk_math_writing *writing,
                         bk_expr e)
{
    const double value = bk_expr_value(writing->model->exprs, e);
    if (isnan(value)) {
        empty(writer, "notanumber");
    } else if (!isinf(value)) {
        write_finite(
            writer, value,
            bk_write_unit(writing->model, bk_expr_unit(writing->model->exprs, e)));
    } else if (value > 0) {
        empty(writer, "infinity");
    } else {
        bk_xml_open(writer, "apply");
        empty(writer, "minus");
        empty(writer, "infinity");
        bk_xml_close(writer, "apply");
    }
}

/* --- names --- */

const char *bk_write_own_name(const bk_model *model, int32_t symbol)
{
    const bk_symbol *const s = &model->symbols[symbol];
    const size_t n = s->kind == BK_LOCAL_PARAMETER && s->owner >= 0
                         ? strlen(model->symbols[s->owner].id)
                         : 0;
    return n > 0 && strlen(s->id) > n && s->id[n] == '.' ? s->id + n + 1 : s->id;
}

/* --- operators --- */

static void write_arguments(bk_xml_writer *writer, const bk_math_writing *writing,
                            bk_expr e, int first)
{
    const int n = bk_expr_count(writing->model->exprs, e);
    for (int i = first; i < n; i++) {
        bk_mathml_write_tree(writer, writing, bk_expr_arg(writing->model->exprs, e, i));
    }
}

static bool is_number(const bk_exprs *pool, bk_expr e, double value)
{
    return bk_expr_op(pool, e) == BK_OP_NUMBER && bk_expr_value(pool, e) == value &&
           bk_expr_unit(pool, e) == NULL;
}

static void write_qualified(bk_xml_writer *writer, const bk_math_writing *writing,
                            bk_expr e)
{
    const bk_exprs *const pool = writing->model->exprs;
    const bool root = bk_expr_op(pool, e) == BK_OP_ROOT;
    const bk_expr first = bk_expr_arg(pool, e, 0);
    bk_xml_open(writer, "apply");
    empty(writer, root ? "root" : "log");
    if (!is_number(pool, first, root ? 2.0 : 10.0)) {
        const char *const name = root ? "degree" : "logbase";
        bk_xml_open(writer, name);
        bk_mathml_write_tree(writer, writing, first);
        bk_xml_close(writer, name);
    }
    bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, 1));
    bk_xml_close(writer, "apply");
}

static void write_piecewise(bk_xml_writer *writer, const bk_math_writing *writing,
                            bk_expr e)
{
    const bk_exprs *const pool = writing->model->exprs;
    const int n = bk_expr_count(pool, e);
    bk_xml_open(writer, "piecewise");
    for (int i = 0; i < n; i += 2) {
        const char *const name = i + 1 < n ? "piece" : "otherwise";
        bk_xml_open(writer, name);
        bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, i));
        if (i + 1 < n) {
            bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, i + 1));
        }
        bk_xml_close(writer, name);
    }
    bk_xml_close(writer, "piecewise");
}

/* min(a, b, c): a where a <= b and a <= c, else b where b <= c, else c. */
static void write_extreme(bk_xml_writer *writer, const bk_math_writing *writing,
                          bk_expr e)
{
    const bk_exprs *const pool = writing->model->exprs;
    const char *const relation = bk_expr_op(pool, e) == BK_OP_MIN ? "leq" : "geq";
    const int n = bk_expr_count(pool, e);
    bk_xml_open(writer, "piecewise");
    for (int i = 0; i + 1 < n; i++) {
        bk_xml_open(writer, "piece");
        bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, i));
        bk_xml_open(writer, "apply");
        empty(writer, "and");
        for (int k = i + 1; k < n; k++) {
            bk_xml_open(writer, "apply");
            empty(writer, relation);
            bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, i));
            bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, k));
            bk_xml_close(writer, "apply");
        }
        bk_xml_close(writer, "apply");
        bk_xml_close(writer, "piece");
    }
    bk_xml_open(writer, "otherwise");
    bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, n - 1));
    bk_xml_close(writer, "otherwise");
    bk_xml_close(writer, "piecewise");
}

static void write_implies(bk_xml_writer *writer, const bk_math_writing *writing,
                          bk_expr e)
{
    const bk_exprs *const pool = writing->model->exprs;
    bk_xml_open(writer, "apply");
    empty(writer, "or");
    bk_xml_open(writer, "apply");
    empty(writer, "not");
    bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, 0));
    bk_xml_close(writer, "apply");
    bk_mathml_write_tree(writer, writing, bk_expr_arg(pool, e, 1));
    bk_xml_close(writer, "apply");
}

/* Long chains a + b + c + ... are deep to the left, deeper than documents may be; the
 * sum of many means the same to the last bit. */
static void write_chain(bk_xml_writer *writer, const bk_math_writing *writing,
                        bk_expr e, const char *name)
{
    enum { MOST = 100000 };
    const bk_exprs *const pool = writing->model->exprs;
    const bk_op op = bk_expr_op(pool, e);
    bk_expr below = e;
    int links = 0;
    while (links < MOST && bk_expr_op(pool, below) == op &&
           bk_expr_count(pool, below) >= 1) {
        below = bk_expr_arg(pool, below, 0);
        links++;
    }
    bk_xml_open(writer, "apply");
    empty(writer, name);
    bk_mathml_write_tree(writer, writing, below);
    bk_expr *const chain = bk_alloc((size_t)links * sizeof *chain);
    if (chain == NULL) {
        writer->text->failed = true;
        links = 0;
    }
    for (int i = 0; i < links; i++) {
        chain[i] = e;
        e = bk_expr_arg(pool, e, 0);
    }
    while (links-- > 0) {
        write_arguments(writer, writing, chain[links], 1);
    }
    bk_free(chain);
    bk_xml_close(writer, "apply");
}

static void write_call(bk_xml_writer *writer, const bk_math_writing *writing, bk_expr e)
{
    const bk_model *const model = writing->model;
    bk_xml_open(writer, "apply");
    content(writer, "ci", model->functions[bk_expr_payload_of(model->exprs, e)].id);
    write_arguments(writer, writing, e, 0);
    bk_xml_close(writer, "apply");
}

static bool is_chain(const bk_exprs *pool, bk_expr e)
{
    enum { DEEP = 60 };
    const bk_op op = bk_expr_op(pool, e);
    return (op == BK_OP_PLUS || op == BK_OP_TIMES || op == BK_OP_AND ||
            op == BK_OP_OR) &&
           bk_expr_depth(pool, e) > DEEP && bk_expr_count(pool, e) > 0 &&
           bk_expr_op(pool, bk_expr_arg(pool, e, 0)) == op;
}

static void write_operator(bk_xml_writer *writer, const bk_math_writing *writing,
                           bk_expr e)
{
    const bk_exprs *const pool = writing->model->exprs;
    const bk_op op = bk_expr_op(pool, e);
    const bool old = writing->level < 3 || writing->version < 2;
    if (old && (op == BK_OP_MIN || op == BK_OP_MAX)) {
        write_extreme(writer, writing, e);
    } else if (old && op == BK_OP_IMPLIES) {
        write_implies(writer, writing, e);
    } else if (is_chain(pool, e)) {
        write_chain(writer, writing, e, bk_op_about(op)->mathml);
    } else {
        bk_xml_open(writer, "apply");
        if (op == BK_OP_DELAY || op == BK_OP_RATE_OF) {
            write_csymbol(writer, "", op == BK_OP_DELAY ? "delay" : "rateOf");
        } else if (bk_op_is_draw(op)) {
            write_csymbol(writer, "distrib/", bk_op_about(op)->infix);
        } else {
            empty(writer, bk_op_about(op)->mathml);
        }
        write_arguments(writer, writing, e, 0);
        bk_xml_close(writer, "apply");
    }
}

void bk_mathml_write_tree(bk_xml_writer *writer, const bk_math_writing *writing,
                          bk_expr e)
{
    const bk_model *const model = writing->model;
    if (e < 0 || writer->too_deep) {
        return;
    }
    const bk_op op = bk_expr_op(model->exprs, e);
    switch (op) {
    case BK_OP_NUMBER:
        write_number(writer, writing, e);
        break;
    case BK_OP_SYMBOL:
        content(writer, "ci",
                bk_write_own_name(model, bk_expr_payload_of(model->exprs, e)));
        break;
    case BK_OP_ARGUMENT:
        content(writer, "ci", writing->arguments[bk_expr_payload_of(model->exprs, e)]);
        break;
    case BK_OP_TIME:
    case BK_OP_AVOGADRO:
        write_csymbol(writer, "", op == BK_OP_TIME ? "time" : "avogadro");
        break;
    case BK_OP_PI:
    case BK_OP_E:
    case BK_OP_TRUE:
    case BK_OP_FALSE:
    case BK_OP_INFINITY:
    case BK_OP_NOTANUMBER:
        empty(writer, bk_op_about(op)->mathml);
        break;
    case BK_OP_CALL:
        write_call(writer, writing, e);
        break;
    case BK_OP_ROOT:
    case BK_OP_LOG:
        write_qualified(writer, writing, e);
        break;
    case BK_OP_PIECEWISE:
        write_piecewise(writer, writing, e);
        break;
    default:
        write_operator(writer, writing, e);
    }
}

void bk_mathml_open(bk_xml_writer *writer)
{
    bk_xml_open(writer, "math");
    bk_xml_put(writer, "xmlns", bk_sbml_words[BK_S_MATHML]);
}

void bk_mathml_write(bk_xml_writer *writer, const bk_math_writing *writing, bk_expr e)
{
    if (e < 0) {
        return;
    }
    bk_mathml_open(writer);
    bk_mathml_write_tree(writer, writing, e);
    bk_xml_close(writer, "math");
}
