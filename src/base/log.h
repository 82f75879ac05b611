/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * log: one JSON object a line on standard error. Only the front, main and the driver that
 * saw a cause call it; nothing is logged twice, and no token, code, cookie or password is
 * ever a value. A line is written with one write(2), so threads do not mix.
 */

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

void log_set_level(enum log_level least);

/*
 * log_line(LOG_ERROR, "store", "cannot open", "path", path, "reason", why, NULL);
 * pairs of C strings, ended by NULL; values are escaped and cut at 1 kB each.
 */
void log_line(enum log_level, const char *area, const char *message, ...)
	__attribute__((sentinel));
