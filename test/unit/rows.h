/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rows: a unit test is a table whose rows are sentences. When one fails, its sentence, what
 * was wanted and what came are printed.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/str.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static inline void row_true(const char *row, bool holds)
{
	if (!holds)
		fail_msg("%s", row);
}

static inline void row_int(const char *row, int64_t got, int64_t want)
{
	if (got != want)
		fail_msg("%s\n    want %lld\n    got  %lld", row, (long long)want,
			(long long)got);
}

static inline void row_bytes(const char *row, struct str got, struct str want)
{
	if (!str_eq(got, want))
		fail_msg("%s\n    want (%zu) " STR_FMT "\n    got  (%zu) " STR_FMT, row, want.n,
			STR_ARG(want), got.n, STR_ARG(got));
}

static inline void row_str(const char *row, struct str got, const char *want)
{
	row_bytes(row, got, str_from(want));
}

/* Runs `bug` in a child; an assertion of the code under test must end it. */
static inline void row_aborts(const char *row, void (*bug)(struct arena *))
{
	int status = 0;
	pid_t child = fork();

	row_true(row, child >= 0);
	if (child == 0) {
		close(STDERR_FILENO);
		bug(arena_new(256));
		_exit(0);
	}
	row_true(row, waitpid(child, &status, 0) == child);
	row_true(row, WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}
