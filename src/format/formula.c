/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "format/formula.h"

#include "base/alloc.h"

#include <string.h>

/* Operator precedence with two stacks, so that deep nesting costs no C stack.  A value
 * on the stack is an operator and the list of its arguments, kept as links; joining two
 * lists of the same operator is one step, and a node of the pool is made only when a
 * value becomes the argument of another operator.  So ((a | b) | c) | ... gives one
 * node in linear time. */

typedef struct link {
    bk_expr e;
    int32_t next; /* -1: last */
} link;

typedef struct value {
    bk_op op; /* AND, OR: the list; anything else: the first link alone */
    int32_t first, last;
    int count;
} value;

typedef struct sign {
    char kind; /* '!' '&' '|' '(' */
    bk_where where;
} sign;

typedef struct parser {
    bk_exprs *pool;
    const bk_formula_names *names;
    bk_diag *diag;
    const char *at, *end;
    bk_where where; /* of `at` */
    link *links;
    value *values;
    sign *signs;
    bk_expr *arguments;
    size_t n_links, link_capacity, n_values, value_capacity, n_signs, sign_capacity,
        argument_capacity;
    bk_text name;
    bool unknown, memory; /* a name was unknown; memory was short */
} parser;

static const char no_meaning[] =
    "this sign has no meaning in a function; the operators "
    "are & | ! and parentheses";

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static bool is_name_byte(char c)
{
    return (unsigned char)c > ' ' && c != 0x7F &&
           strchr("&|!(),~^=<>[]{};\"\\#", c) == NULL;
}

size_t bk_formula_name_length(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && is_name_byte(text[n])) {
        n++;
    }
    return n;
}

int bk_formula_columns(const char *text, size_t length)
{
    int columns = 0;
    for (size_t i = 0; i < length; i++) {
        columns += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return columns;
}

/* What a run of name characters is: '&' '|' '!' for a word, '0' '1' for a constant, 'n'
 * for a name. */
static char word_kind(const char *word)
{
    static const struct {
        const char *word;
        char kind;
    } words[] = {{"and", '&'}, {"or", '|'},    {"not", '!'}, {"0", '0'},
                 {"1", '1'},   {"false", '0'}, {"true", '1'}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (bk_text_equal_nocase(word, words[i].word)) {
            return words[i].kind;
        }
    }
    return 'n';
}

bool bk_formula_is_name(const char *text)
{
    const size_t length = strlen(text);
    return length > 0 && bk_formula_name_length(text, length) == length &&
           word_kind(text) == 'n';
}

static void step(parser *p, size_t bytes)
{
    p->where.column += bk_formula_columns(p->at, bytes);
    p->at += bytes;
}

static void skip_space(parser *p)
{
    while (p->at < p->end && is_space(*p->at)) {
        step(p, 1);
    }
}

static bool push_value(parser *p, bk_expr e)
{
    if (e < 0 ||
        !bk_grow(&p->links, &p->link_capacity, p->n_links + 1, sizeof *p->links) ||
        !bk_grow(&p->values, &p->value_capacity, p->n_values + 1, sizeof *p->values)) {
        p->memory = true;
        return false;
    }
    const int32_t first = (int32_t)p->n_links;
    p->links[p->n_links++] = (link){.e = e, .next = -1};
    p->values[p->n_values++] =
        (value){.op = BK_OP_NUMBER, .first = first, .last = first, .count = 1};
    return true;
}

static bool push_sign(parser *p, char kind, bk_where where)
{
    if (!bk_grow(&p->signs, &p->sign_capacity, p->n_signs + 1, sizeof *p->signs)) {
        p->memory = true;
        return false;
    }
    p->signs[p->n_signs++] = (sign){.kind = kind, .where = where};
    return true;
}

/* Makes a list one node, in its first link. */
static bool settle(parser *p, value *v)
{
    if (v->op != BK_OP_AND && v->op != BK_OP_OR) {
        return true;
    }
    if (!bk_grow(&p->arguments, &p->argument_capacity, (size_t)v->count,
                 sizeof *p->arguments)) {
        p->memory = true;
        return false;
    }
    int n = 0;
    for (int32_t i = v->first; i >= 0; i = p->links[i].next) {
        p->arguments[n++] = p->links[i].e;
    }
    const bk_expr e = bk_expr_make(p->pool, v->op, p->arguments, n);
    if (e < 0) {
        p->memory = true;
        return false;
    }
    p->links[v->first] = (link){.e = e, .next = -1};
    *v = (value){.op = BK_OP_NUMBER, .first = v->first, .last = v->first, .count = 1};
    return true;
}

/* Applies the operator on top of the signs to the values on top. */
static bool reduce(parser *p)
{
    const char kind = p->signs[--p->n_signs].kind;
    value *const top = &p->values[p->n_values - 1];
    if (kind == '!') {
        if (!settle(p, top)) {
            return false;
        }
        link *const only = &p->links[top->first];
        only->e = bk_expr_1(p->pool, BK_OP_NOT, only->e);
        p->memory = p->memory || only->e < 0;
        return only->e >= 0;
    }
    const bk_op op = kind == '&' ? BK_OP_AND : BK_OP_OR;
    value *const left = top - 1;
    if ((left->op != op && !settle(p, left)) || (top->op != op && !settle(p, top))) {
        return false;
    }
    p->links[left->last].next = top->first;
    left->last = top->last;
    left->count += top->count;
    left->op = op;
    p->n_values--;
    return true;
}

static int strength(char kind)
{
    return kind == '!' ? 3 : kind == '&' ? 2 : kind == '|' ? 1 : 0;
}

/* The relation that stands at p->at, and its length; BK_OP_COUNT: none. */
static bk_op relation_at(const parser *p, size_t *length)
{
    static const struct {
        const char *sign;
        bk_op op;
    } relations[] = {{">=", BK_OP_GEQ}, {"<=", BK_OP_LEQ}, {"==", BK_OP_EQ},
                     {"!=", BK_OP_NEQ}, {">", BK_OP_GT},   {"<", BK_OP_LT},
                     {"=", BK_OP_EQ}};
    for (size_t i = 0; i < sizeof relations / sizeof relations[0]; i++) {
        const size_t n = strlen(relations[i].sign);
        if ((size_t)(p->end - p->at) >= n && memcmp(p->at, relations[i].sign, n) == 0) {
            *length = n;
            return relations[i].op;
        }
    }
    return BK_OP_COUNT;
}

static bk_status wrong(const parser *p, const char *what)
{
    bk_diag_add(p->diag, BK_ERROR, p->where, "formula-syntax", "%s", what);
    return BK_BAD_INPUT;
}

/* NAME or NAME relation LEVEL, the name being in p->name. */
static bk_status read_operand(parser *p, bk_where where)
{
    const int32_t symbol = p->names->find(p->names->context, p->name.data, where);
    p->unknown = p->unknown || symbol < 0;
    skip_space(p);
    size_t length;
    bk_op op = relation_at(p, &length);
    int64_t level = 1;
    if (op == BK_OP_COUNT) {
        op = BK_OP_GEQ;
    } else if (!p->names->comparisons) {
        return wrong(p, "levels cannot be compared here; a bare name means that it is "
                        "on, and !name that it is off");
    } else {
        step(p, length);
        skip_space(p);
        const size_t digits = bk_formula_name_length(p->at, (size_t)(p->end - p->at));
        if (!bk_int_parse(p->at, digits, &level) || level < 0 || level > 1000) {
            return wrong(p, "a level (0, 1, 2 ...) must follow the comparison");
        }
        step(p, digits);
    }
    if (symbol < 0) {
        return push_value(p, bk_expr_0(p->pool, BK_OP_FALSE)) ? BK_OK : BK_NO_MEMORY;
    }
    const bk_expr relation = bk_expr_2(p->pool, op, bk_expr_symbol(p->pool, symbol),
                                       bk_expr_number(p->pool, (double)level));
    return push_value(p, relation) ? BK_OK : BK_NO_MEMORY;
}

/* The kind of the token at p->at: an operator or parenthesis, '0' '1' 'n' as word_kind,
 * '?' for what belongs to no token; *length is its length.  A word is left in p->name.
 */
static char token_at(parser *p, size_t *length)
{
    const char c = *p->at;
    *length = 1;
    if (c == '&' || c == '|') {
        if (p->at + 1 < p->end && p->at[1] == c) {
            *length = 2;
        }
        return c;
    }
    if (c == '!' || c == '(' || c == ')') {
        return c;
    }
    *length = bk_formula_name_length(p->at, (size_t)(p->end - p->at));
    if (*length == 0) {
        return '?';
    }
    bk_text_clear(&p->name);
    bk_text_add_n(&p->name, p->at, *length);
    if (p->name.failed) {
        p->memory = true;
        return '?';
    }
    return word_kind(p->name.data);
}

static bk_status close_parenthesis(parser *p)
{
    while (p->n_signs > 0 && p->signs[p->n_signs - 1].kind != '(') {
        if (!reduce(p)) {
            return BK_NO_MEMORY;
        }
    }
    if (p->n_signs == 0) {
        return wrong(p, "this ) closes nothing");
    }
    p->n_signs--;
    step(p, 1);
    return BK_OK;
}

/* Where an operand must stand: takes one token, and tells whether the operand is there.
 */
static bk_status take_operand(parser *p, bool *complete)
{
    size_t length;
    const bk_where where = p->where;
    const char kind = token_at(p, &length);
    *complete = kind == '0' || kind == '1' || kind == 'n';
    if (p->memory) {
        return BK_NO_MEMORY;
    }
    if (kind == '!' || kind == '(') {
        step(p, length);
        return push_sign(p, kind, where) ? BK_OK : BK_NO_MEMORY;
    }
    if (kind == 'n') {
        step(p, length);
        return read_operand(p, where);
    }
    if (kind == '0' || kind == '1') {
        step(p, length);
        const bk_op op = kind == '1' ? BK_OP_TRUE : BK_OP_FALSE;
        return push_value(p, bk_expr_0(p->pool, op)) ? BK_OK : BK_NO_MEMORY;
    }
    return wrong(p, kind == '?' ? no_meaning
                                : "a name, !, ( or a constant must stand here");
}

/* Where an operator must stand. */
static bk_status take_operator(parser *p, bool *complete)
{
    size_t length;
    const bk_where where = p->where;
    const char kind = token_at(p, &length);
    if (p->memory) {
        return BK_NO_MEMORY;
    }
    if (kind == ')') {
        return close_parenthesis(p);
    }
    if (kind != '&' && kind != '|') {
        return wrong(p, kind != '?' ? "an operator (& or |) must stand here"
                        : *p->at == ','
                            ? "a function has no comma; probabilities are not read"
                            : no_meaning);
    }
    while (p->n_signs > 0 &&
           strength(p->signs[p->n_signs - 1].kind) >= strength(kind)) {
        if (!reduce(p)) {
            return BK_NO_MEMORY;
        }
    }
    step(p, length);
    *complete = false;
    return push_sign(p, kind, where) ? BK_OK : BK_NO_MEMORY;
}

static bk_status finish(parser *p, bk_expr *e)
{
    while (p->n_signs > 0) {
        if (p->signs[p->n_signs - 1].kind == '(') {
            p->where = p->signs[p->n_signs - 1].where;
            return wrong(p, "this ( is never closed");
        }
        if (!reduce(p)) {
            return BK_NO_MEMORY;
        }
    }
    if (!settle(p, &p->values[0])) {
        return BK_NO_MEMORY;
    }
    if (p->unknown) {
        return BK_BAD_INPUT;
    }
    *e = p->links[p->values[0].first].e;
    return BK_OK;
}

static bk_status parse(parser *p, bk_expr *e)
{
    bool complete = false;
    for (skip_space(p); p->at < p->end; skip_space(p)) {
        const bk_status status =
            complete ? take_operator(p, &complete) : take_operand(p, &complete);
        if (status != BK_OK) {
            return status;
        }
    }
    if (!complete) {
        return wrong(p, p->n_values == 0 && p->n_signs == 0
                            ? "there is no function; write 0 or 1 for a constant"
                            : "the function stops where a name must follow");
    }
    return finish(p, e);
}

bk_status bk_formula_parse(bk_exprs *pool, const char *text, size_t length,
                           const bk_formula_names *names, bk_where where, bk_diag *diag,
                           bk_expr *e)
{
    parser p = {.pool = pool,
                .names = names,
                .diag = diag,
                .at = text,
                .end = text + length,
                .where = where};
    const bk_status status = parse(&p, e);
    bk_free(p.links);
    bk_free(p.values);
    bk_free(p.signs);
    bk_free(p.arguments);
    bk_text_free(&p.name);
    return status;
}
