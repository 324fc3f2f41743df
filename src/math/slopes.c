/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/pool.h"

const char *bk_slope_text(bk_op op)
{
    switch (op) {
    case BK_OP_LN:
        return "1/x";
    case BK_OP_EXP:
        return "e";
    case BK_OP_SIN:
        return "cos(x)";
    case BK_OP_COS:
        return "-sin(x)";
    case BK_OP_TAN:
        return "1 + e^2";
    case BK_OP_SEC:
        return "e*tan(x)";
    case BK_OP_CSC:
        return "-e*cot(x)";
    case BK_OP_COT:
        return "-(1 + e^2)";
    case BK_OP_ARCSIN:
        return "1/root(2, 1 - x^2)";
    case BK_OP_ARCCOS:
        return "-1/root(2, 1 - x^2)";
    case BK_OP_ARCTAN:
        return "1/(1 + x^2)";
    case BK_OP_ARCSEC:
        return "1/(x^2*root(2, 1 - 1/x^2))";
    case BK_OP_ARCCSC:
        return "-1/(x^2*root(2, 1 - 1/x^2))";
    case BK_OP_ARCCOT:
        return "-1/(1 + x^2)";
    case BK_OP_SINH:
        return "cosh(x)";
    case BK_OP_COSH:
        return "sinh(x)";
    case BK_OP_TANH:
    case BK_OP_COTH:
        return "1 - e^2";
    case BK_OP_SECH:
        return "-e*tanh(x)";
    case BK_OP_CSCH:
        return "-e*coth(x)";
    case BK_OP_ARCSINH:
        return "1/root(2, x^2 + 1)";
    case BK_OP_ARCCOSH:
        return "1/(root(2, x - 1)*root(2, x + 1))";
    case BK_OP_ARCTANH:
    case BK_OP_ARCCOTH:
        return "1/(1 - x^2)";
    case BK_OP_ARCSECH:
        return "-1/(x*root(2, 1 - x^2))";
    case BK_OP_ARCCSCH:
        return "-1/(x^2*root(2, 1 + 1/x^2))";
    case BK_OP_FACTORIAL:
        return "e*(ln(x + 11) - 0.5/(x + 11) - (x + 11)^-2/12 + (x + 11)^-4/120"
               " - (x + 11)^-6/252 + (x + 11)^-8/240"
               " - 1/(x + 1) - 1/(x + 2) - 1/(x + 3) - 1/(x + 4) - 1/(x + 5)"
               " - 1/(x + 6) - 1/(x + 7) - 1/(x + 8) - 1/(x + 9) - 1/(x + 10))";
    default:
        return NULL;
    }
}
