/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The leaves of MathML: names, numbers, csymbols. */

#include "sbml/mathml_impl.h"

#include "base/c_locale.h"

#include <math.h>
#include <string.h>

/* --- names --- */

static bk_expr local_parameter(bk_reader *reader, const char *reaction,
                               const char *name)
{
    char key[256];
    const int n = bk_c_snprintf(key, sizeof key, "%s.%s", reaction, name);
    int32_t symbol = -1;
    if (n >= 0 && (size_t)n < sizeof key) {
        symbol = bk_builder_find(reader->builder, key);
    } else {
        bk_text_clear(&reader->scratch);
        bk_text_printf(&reader->scratch, "%s.%s", reaction, name);
        if (reader->scratch.failed) {
            reader->no_memory = true;
        } else {
            symbol = bk_builder_find(reader->builder, reader->scratch.data);
        }
        bk_text_clear(&reader->scratch);
    }
    return symbol < 0 ? BK_NO_EXPR : bk_expr_symbol(reader->pool, symbol);
}

static bk_expr scoped_name(bk_reader *reader, const char *name,
                           const bk_math_scope *scope, bk_where where)
{
    for (int i = 0; i < scope->n_arguments; i++) {
        if (strcmp(scope->arguments[i], name) == 0) {
            return bk_expr_payload(reader->pool, BK_OP_ARGUMENT, i, NULL, 0);
        }
    }
    bk_expr e = BK_NO_EXPR;
    if (scope->name != NULL) {
        e = scope->name(scope->context, reader, name, where);
    }
    if (e < 0 && scope->reaction != NULL) {
        e = local_parameter(reader, scope->reaction, name);
    }
    return e;
}

bk_expr bk_math_name(bk_reader *reader, const char *name, const bk_math_scope *scope,
                     bk_where where)
{
    const bk_expr scoped =
        scope != NULL ? scoped_name(reader, name, scope, where) : BK_NO_EXPR;
    if (scoped >= 0) {
        return scoped;
    }
    const int32_t symbol = bk_builder_find(reader->builder, name);
    if (symbol < 0) {
        bk_reader_unknown(reader, where, "sbml-10215", "the mathematics", name);
        return BK_NO_EXPR;
    }
    if (bk_builder_model(reader->builder)->symbols[symbol].kind == BK_EVENT) {
        bk_diag_add(reader->diag, BK_ERROR, where, "sbml-10215",
                    "the mathematics names the event \"%s\", and events have no value",
                    name);
        return BK_NO_EXPR;
    }
    if (bk_builder_model(reader->builder)->symbols[symbol].kind == BK_OBJECTIVE) {
        bk_diag_add(reader->diag, BK_ERROR, where, "sbml-10215",
                    "the mathematics names the objective \"%s\", which has no value "
                    "there",
                    name);
        return BK_NO_EXPR;
    }
    return bk_expr_symbol(reader->pool, symbol);
}

/* --- numbers --- */

static bool parse_number(bk_reader *reader, bk_xml_node node, const char *text,
                         double *value)
{
    if (!bk_double_parse(text, strlen(text), value)) {
        bk_reader_error(reader, node, "mathml-number",
                        "\"%.40s\" in <cn> is not a number; write it as 1.5, 2e-3, INF "
                        "or NaN",
                        text);
        return false;
    }
    return true;
}

/* Mantissa and exponent are joined as text, so that the number is the nearest one. */
static double scientific(const char *mantissa, double m, const char *exponent, double x)
{
    char joined[128];
    double value;
    const int n = bk_c_snprintf(joined, sizeof joined, "%se%s", mantissa, exponent);
    if (n > 0 && (size_t)n < sizeof joined &&
        bk_double_parse(joined, (size_t)n, &value)) {
        return value;
    }
    return m * pow(10.0, x);
}

bk_expr bk_mathml_number(bk_reader *reader, bk_xml_node node)
{
    const char *const type = bk_xml_attribute(node, BK_XML_NO_NAMESPACE, BK_W_type);
    const char *const unit = bk_xml_attribute(node, BK_XML_ANY_NAMESPACE, BK_W_units);
    const char *const first = bk_xml_text(node);
    const bool rational = type != NULL && strcmp(type, "rational") == 0;
    const bool exponent = type != NULL && strcmp(type, "e-notation") == 0;
    double value, second;
    if (type != NULL && !rational && !exponent && strcmp(type, "real") != 0 &&
        strcmp(type, "integer") != 0) {
        bk_reader_error(
            reader, node, "sbml-10203",
            "type=\"%s\" of <cn> is not read; use real, integer, rational or "
            "e-notation",
            type);
        return BK_NO_EXPR;
    }
    if (!parse_number(reader, node, first, &value)) {
        return BK_NO_EXPR;
    }
    if (rational || exponent) {
        const char *const rest = bk_xml_text_after(node, 0);
        if (!bk_xml_is(bk_xml_first(node), BK_XML_ANY_NAMESPACE, BK_W_sep)) {
            bk_reader_error(reader, node, "mathml-number",
                            "<cn type=\"%s\"> needs two numbers with <sep/> between",
                            type);
            return BK_NO_EXPR;
        }
        if (!parse_number(reader, node, rest, &second)) {
            return BK_NO_EXPR;
        }
        value = rational ? value / second : scientific(first, value, rest, second);
    }
    return unit != NULL ? bk_expr_number_unit(reader->pool, value, unit)
                        : bk_expr_number(reader->pool, value);
}

/* --- csymbols --- */

static const char symbols_url[] = "http://www.sbml.org/sbml/symbols/";

const char *bk_mathml_csymbol_name(bk_reader *reader, bk_xml_node node)
{
    const char *const url =
        bk_xml_attribute(node, BK_XML_ANY_NAMESPACE, BK_W_definitionURL);
    if (url == NULL || strncmp(url, symbols_url, sizeof symbols_url - 1) != 0) {
        bk_reader_error(reader, node, "sbml-10204",
                        "definitionURL=\"%s\" of <csymbol> is none of SBML's; use "
                        "%stime, delay, avogadro or rateOf",
                        url != NULL ? url : "", symbols_url);
        return NULL;
    }
    return url + sizeof symbols_url - 1;
}

/* A csymbol of a package: legal, and its value is not known here. */
bk_expr bk_mathml_foreign(bk_reader *reader, bk_xml_node node, const char *name)
{
    bk_builder_requirement(reader->builder,
                           &(bk_requirement){.what = "csymbol of a package",
                                             .detail = name,
                                             .where = bk_xml_where(node),
                                             .kinetic = true,
                                             .logical = true});
    return bk_expr_0(reader->pool, BK_OP_NOTANUMBER);
}

bk_expr bk_mathml_csymbol(bk_reader *reader, bk_xml_node node)
{
    const char *const name = bk_mathml_csymbol_name(reader, node);
    if (name == NULL) {
        return BK_NO_EXPR;
    }
    if (strcmp(name, "time") == 0) {
        return bk_expr_0(reader->pool, BK_OP_TIME);
    }
    if (strcmp(name, "avogadro") == 0) {
        return bk_expr_0(reader->pool, BK_OP_AVOGADRO);
    }
    if (strcmp(name, "delay") == 0 || strcmp(name, "rateOf") == 0) {
        bk_reader_error(reader, node, "mathml-arguments",
                        "%s is a function; put it first in an <apply>", name);
        return BK_NO_EXPR;
    }
    return bk_mathml_foreign(reader, node, name);
}
