/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

/* Tsitouras 2011, doi:10.1016/j.camwa.2011.06.002: seven stages, of which the last is the
 * first one of the next step, order five, an embedded method of order four, dense output
 * of order four from the same stages.  tests/unit/test_explicit.c checks the coefficients
 * against all conditions of order five, and of order four for the other two.
 *
 * Its estimate is nearer to its error than that of Rodas5P: with the same allowance, whole
 * trajectories are off by up to eight tolerances, with a quarter by up to two. */

const bk_explicit_method bk_explicit_default = {
    .name = "Tsit5",
    .stages = 7,
    .limit = 3.5,
    .share = 0.25,
    .a = {{0},
          {0.161},
          {-0.008480655492356989, 0.335480655492357},
          {2.8971530571054935, -6.359448489975075, 4.3622954328695815},
          {5.325864828439257, -11.748883564062828, 7.4955393428898365,
           -0.09249506636175525},
          {5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401,
           -0.028269050394068383},
          {0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742,
           -3.290069515436081, 2.324710524099774}},
    .alpha = {0.0, 0.161, 0.327, 0.9, 0.9800255409045097, 1.0, 1.0},
    .error = {-0.00178001105222577714, -0.0008164344596567469, 0.007880878010261995,
              -0.1447110071732629, 0.5823571654525552, -0.45808210592918697,
              1.0 / 66.0},
    .h = {{0.9035392331819347, -0.01, -0.4798896504144996, -1.379008574103742,
           3.290069515436081, -2.324710524099774, 0.0},
          {-1.8601669640928908, 0.1217, 3.450406586480252, -13.79008574103742,
           40.79938293194712, -30.22123681329706, 1.5},
          {1.0530884977290216, -0.1017, -2.490627285651253, 16.548102889244902,
           -47.37952196281928, 34.8706578614966, -2.5}},
};
