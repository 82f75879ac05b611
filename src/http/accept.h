/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * accept: the weighted lists of RFC 9110, 12.4.2 and 12.5: "en-GB, en;q=0.8".
 * What the Accept family of headers has in common; request.h has what handlers ask.
 */

#include <stdbool.h>

#include "base/str.h"

enum { ACCEPT_WEIGHT_MAX = 1000 };

struct accept_item {
	struct str name; /* without blanks and parameters, as sent */
	int weight;      /* the q-value in thousandths; 1000 when absent, 0 when broken */
};

/* Walks the list as str_split does. Empty items are passed over. */
bool accept_next(struct str *rest, struct accept_item *ret);
