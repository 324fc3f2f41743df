/* SPDX-License-Identifier: GPL-3.0-or-later */

/* MathML 2 as SBML uses it (Level 3 Version 2 core, section 3.4), with the csymbols of
 * all levels.  The tree of a document is at most 250 elements deep, so recursion is
 * safe here. */

#include "sbml/mathml_impl.h"

#include "base/alloc.h"
#include "base/draw.h"

#include <string.h>

static bk_expr read_node(bk_reader *reader, bk_xml_node node,
                         const bk_math_scope *scope);

/* The operator or constant of a MathML element, or BK_OP_COUNT. */
static bk_op op_of(int word)
{
    static const unsigned char ops[BK_WORDS] = {
#define SPACE(name, uri)
#define WORD(name)
#define MATH(name, op) [BK_W_##name] = BK_OP_##op + 1,
#define NAMED(name, text, op) [BK_W_##name] = BK_OP_##op + 1,
#include "sbml/words.def"
    };
    return word >= 0 && ops[word] > 0 ? (bk_op)(ops[word] - 1) : BK_OP_COUNT;
}

/* --- applications --- */

typedef struct arguments {
    bk_expr few[8];
    bk_expr *all;
    int n;
    bool wrong;
    bk_xml_node qualifier; /* <degree> or <logbase> */
} arguments;

static void arguments_free(arguments *a)
{
    if (a->all != a->few) {
        bk_free(a->all);
    }
}

static bool is_qualifier(bk_xml_node node)
{
    const int word = bk_xml_word(node);
    return word == BK_W_degree || word == BK_W_logbase || word == BK_W_bvar;
}

/* Reads what stands behind the head of an <apply>. */
static void read_arguments(bk_reader *reader, bk_xml_node head,
                           const bk_math_scope *scope, arguments *a)
{
    *a = (arguments){.all = a->few, .qualifier = {head.xml, -1}};
    size_t n = 0;
    for (bk_xml_node c = bk_xml_next(head); bk_xml_some(c); c = bk_xml_next(c)) {
        n++;
    }
    if (n > sizeof a->few / sizeof a->few[0]) {
        a->all = bk_alloc(n * sizeof *a->all);
        if (a->all == NULL) {
            a->all = a->few;
            a->wrong = true;
            reader->no_memory = true;
            return;
        }
    }
    for (bk_xml_node c = bk_xml_next(head); bk_xml_some(c); c = bk_xml_next(c)) {
        if (is_qualifier(c)) {
            a->qualifier = c;
            continue;
        }
        const bk_expr e = read_node(reader, c, scope);
        a->wrong = a->wrong || e < 0;
        a->all[a->n++] = e;
    }
}

/* a < b < c means a < b and b < c. */
static bk_expr make_relation(bk_reader *reader, bk_op op, const arguments *a)
{
    bk_exprs *const pool = reader->pool;
    if (a->n == 2) {
        return bk_expr_2(pool, op, a->all[0], a->all[1]);
    }
    if (a->n < 2) {
        return bk_expr_0(pool, BK_OP_TRUE);
    }
    bk_expr *const pairs = bk_alloc((size_t)(a->n - 1) * sizeof *pairs);
    if (pairs == NULL) {
        reader->no_memory = true;
        return BK_NO_EXPR;
    }
    for (int i = 0; i + 1 < a->n; i++) {
        pairs[i] = bk_expr_2(pool, op, a->all[i], a->all[i + 1]);
    }
    const bk_expr e = bk_expr_make(pool, BK_OP_AND, pairs, a->n - 1);
    bk_free(pairs);
    return e;
}

static bk_expr wrong_count(bk_reader *reader, bk_xml_node apply, const char *name,
                           int n)
{
    bk_reader_error(reader, apply, "mathml-arguments", "<%s> cannot have %d argument%s",
                    name, n, n == 1 ? "" : "s");
    return BK_NO_EXPR;
}

/* root and log: the qualifier, or its default, becomes the first argument. */
static bk_expr make_qualified(bk_reader *reader, bk_xml_node apply, bk_op op,
                              const arguments *a, const bk_math_scope *scope)
{
    const double otherwise = op == BK_OP_ROOT ? 2.0 : 10.0;
    if (a->n != 1) {
        return wrong_count(reader, apply, bk_op_about(op)->mathml, a->n);
    }
    const bk_expr first = bk_xml_some(a->qualifier)
                              ? read_node(reader, bk_xml_first(a->qualifier), scope)
                              : bk_expr_number(reader->pool, otherwise);
    return bk_expr_2(reader->pool, op, first, a->all[0]);
}

static bk_expr make_operator(bk_reader *reader, bk_xml_node apply, bk_op op,
                             const arguments *a, const bk_math_scope *scope)
{
    if (op == BK_OP_ROOT || op == BK_OP_LOG) {
        return make_qualified(reader, apply, op, a, scope);
    }
    if (bk_op_is_relation(op) && (op != BK_OP_NEQ || a->n == 2)) {
        return make_relation(reader, op, a);
    }
    if (op == BK_OP_MINUS && a->n == 1) {
        op = BK_OP_NEGATE;
    }
    const bk_op_info *const about = bk_op_about(op);
    if (a->n < about->min || (about->max >= 0 && a->n > about->max)) {
        return wrong_count(reader, apply, about->mathml, a->n);
    }
    return bk_expr_make(reader->pool, op, a->all, a->n);
}

static bk_expr make_call(bk_reader *reader, bk_xml_node head, const arguments *a)
{
    const char *const name = bk_xml_text(head);
    const int32_t function = bk_names_find(reader->functions, name);
    if (function == INT32_MAX) {
        return BK_NO_EXPR;
    }
    if (function < 0) {
        bk_reader_error(reader, head, "sbml-10214",
                        "\"%s\" is called, and there is no function definition of that "
                        "name; add one",
                        name);
        return BK_NO_EXPR;
    }
    return bk_expr_payload(reader->pool, BK_OP_CALL, function, a->all, a->n);
}

/* distrib/normal and so on: the package's functions, which draw a value. */
static bk_op draw_of(const char *name)
{
    static const char package[] = "distrib/";
    if (strncmp(name, package, sizeof package - 1) != 0) {
        return BK_OP_COUNT;
    }
    int op = BK_OP_NORMAL;
    while (op <= BK_OP_RAYLEIGH &&
           strcmp(bk_op_about((bk_op)op)->infix, name + sizeof package - 1) != 0) {
        op++;
    }
    return op <= BK_OP_RAYLEIGH ? (bk_op)op : BK_OP_COUNT;
}

static bk_expr make_csymbol(bk_reader *reader, bk_xml_node head, const arguments *a)
{
    const char *const name = bk_mathml_csymbol_name(reader, head);
    if (name == NULL) {
        return BK_NO_EXPR;
    }
    const bk_op draw = draw_of(name);
    if (draw != BK_OP_COUNT) {
        return bk_draw_takes((bk_distribution)(draw - BK_OP_NORMAL), a->n)
                   ? bk_expr_make(reader->pool, draw, a->all, a->n)
                   : wrong_count(reader, head, name, a->n);
    }
    const bool delay = strcmp(name, "delay") == 0;
    if (!delay && strcmp(name, "rateOf") != 0) {
        return bk_mathml_foreign(reader, head, name);
    }
    if (a->n != (delay ? 2 : 1)) {
        return wrong_count(reader, head, name, a->n);
    }
    return bk_expr_make(reader->pool, delay ? BK_OP_DELAY : BK_OP_RATE_OF, a->all,
                        a->n);
}

static bk_expr read_apply(bk_reader *reader, bk_xml_node node,
                          const bk_math_scope *scope)
{
    const bk_xml_node head = bk_xml_first(node);
    if (!bk_xml_some(head)) {
        bk_reader_error(reader, node, "mathml-empty",
                        "<apply> is empty; its first child says what to apply");
        return BK_NO_EXPR;
    }
    arguments a;
    read_arguments(reader, head, scope, &a);
    bk_expr e = BK_NO_EXPR;
    const int word = bk_xml_word(head);
    const bk_op op = op_of(word);
    if (a.wrong) {
        /* told where it is wrong */
    } else if (word == BK_W_ci) {
        e = make_call(reader, head, &a);
    } else if (word == BK_W_csymbol) {
        e = make_csymbol(reader, head, &a);
    } else if (op != BK_OP_COUNT) {
        e = make_operator(reader, node, op, &a, scope);
    } else {
        bk_reader_error(reader, head, "sbml-10202",
                        "<%s> is not a function of SBML's mathematics",
                        bk_xml_name(head));
    }
    arguments_free(&a);
    return e;
}

/* --- piecewise and the rest --- */

static void read_piece(bk_reader *reader, bk_xml_node piece, const bk_math_scope *scope,
                       bk_expr *args, int *n)
{
    const bool otherwise = bk_xml_word(piece) == BK_W_otherwise;
    const int wanted = otherwise ? 1 : 2;
    int had = 0;
    if (!otherwise && bk_xml_word(piece) != BK_W_piece) {
        bk_reader_error(reader, piece, "sbml-10202",
                        "<%s> cannot stand in <piecewise>; use <piece> and <otherwise>",
                        bk_xml_name(piece));
        args[(*n)++] = BK_NO_EXPR;
        return;
    }
    for (bk_xml_node c = bk_xml_first(piece); bk_xml_some(c); c = bk_xml_next(c)) {
        if (had++ < wanted) {
            args[(*n)++] = read_node(reader, c, scope);
        }
    }
    if (had != wanted) {
        bk_reader_error(reader, piece, "mathml-arguments", "<%s> needs %s",
                        bk_xml_name(piece),
                        otherwise ? "one value" : "a value and a condition");
        args[(*n)++] = BK_NO_EXPR;
    }
}

static bk_expr read_piecewise(bk_reader *reader, bk_xml_node node,
                              const bk_math_scope *scope)
{
    size_t pieces = 0;
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        pieces++;
    }
    /* A wrong piece leaves up to three entries. */
    bk_expr *const args = bk_alloc((3 * pieces + 1) * sizeof *args);
    if (args == NULL) {
        reader->no_memory = true;
        return BK_NO_EXPR;
    }
    int n = 0;
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) == BK_W_piece) {
            read_piece(reader, c, scope, args, &n);
        }
    }
    for (bk_xml_node c = bk_xml_first(node); bk_xml_some(c); c = bk_xml_next(c)) {
        if (bk_xml_word(c) != BK_W_piece) {
            read_piece(reader, c, scope, args, &n);
        }
    }
    const bk_expr e = bk_expr_make(reader->pool, BK_OP_PIECEWISE, args, n);
    bk_free(args);
    return e;
}

static bk_expr read_semantics(bk_reader *reader, bk_xml_node node,
                              const bk_math_scope *scope)
{
    if (!reader->told_semantics) {
        reader->told_semantics = true;
        bk_reader_note(reader, node, "mathml-semantics",
                       "annotations of the mathematics in <semantics> are not used");
    }
    if (!bk_xml_some(bk_xml_first(node))) {
        bk_reader_error(reader, node, "mathml-empty",
                        "<semantics> holds no expression");
    }
    return read_node(reader, bk_xml_first(node), scope);
}

static bk_expr read_node(bk_reader *reader, bk_xml_node node,
                         const bk_math_scope *scope)
{
    if (!bk_xml_some(node)) {
        return BK_NO_EXPR;
    }
    if (bk_xml_space(node) != BK_S_MATHML) {
        bk_reader_error(reader, node, "sbml-10201",
                        "<%s> is not in MathML's namespace; declare xmlns=\"%s\"",
                        bk_xml_name(node), bk_sbml_words[BK_S_MATHML]);
        return BK_NO_EXPR;
    }
    switch (bk_xml_word(node)) {
    case BK_W_apply:
        return read_apply(reader, node, scope);
    case BK_W_ci:
        return bk_math_name(reader, bk_xml_text(node), scope, bk_xml_where(node));
    case BK_W_cn:
        return bk_mathml_number(reader, node);
    case BK_W_csymbol:
        return bk_mathml_csymbol(reader, node);
    case BK_W_piecewise:
        return read_piecewise(reader, node, scope);
    case BK_W_semantics:
        return read_semantics(reader, node, scope);
    default:
        break;
    }
    const bk_op op = op_of(bk_xml_word(node));
    if (op >= BK_OP_PI && op <= BK_OP_NOTANUMBER) {
        return bk_expr_0(reader->pool, op);
    }
    bk_reader_error(reader, node, "sbml-10202",
                    "<%s> cannot stand here in SBML's mathematics", bk_xml_name(node));
    return BK_NO_EXPR;
}

bk_expr bk_mathml_read(bk_reader *reader, bk_xml_node math, const bk_math_scope *scope)
{
    const bk_xml_node first = bk_xml_first(math);
    if (!bk_xml_some(first)) {
        bk_reader_error(reader, math, "mathml-empty", "<%s> is empty",
                        bk_xml_name(math));
        return BK_NO_EXPR;
    }
    if (bk_xml_some(bk_xml_next(first)) && bk_xml_word(math) == BK_W_math) {
        bk_reader_error(reader, bk_xml_next(first), "mathml-arguments",
                        "<math> holds one expression; put an <apply> round these");
        return BK_NO_EXPR;
    }
    return read_node(reader, first, scope);
}

bk_expr bk_mathml_of(bk_reader *reader, bk_xml_node parent, const bk_math_scope *scope,
                     bool *present)
{
    const bk_xml_node math = bk_xml_child(parent, BK_XML_ANY_NAMESPACE, BK_W_math);
    /* Level 3 Version 2 takes an empty <math> for none. */
    const bool some = bk_xml_some(math) && (!bk_reader_since(reader, 3, 2) ||
                                            bk_xml_some(bk_xml_first(math)));
    if (present != NULL) {
        *present = some;
    }
    return some ? bk_mathml_read(reader, math, scope) : BK_NO_EXPR;
}

bk_expr bk_mathml_body(bk_reader *reader, bk_xml_node node, const bk_math_scope *scope)
{
    return read_node(reader, node, scope);
}
