/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * process: one Node.js process that runs actions, shut in: a process group of its own, a
 * socket and no other descriptor, an empty environment, bounded memory, no file to write,
 * and, where the kernel has Landlock, no file to read but what Node and the actions' own
 * folders need. Whoever runs on an older kernel gets Node's own permission flags, from
 * version 20 on; process_shut_in says what there is.
 *
 * Killed with its whole group. Knows nothing of what is said over the socket.
 */

#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

enum shut_in { SHUT_IN_LANDLOCK, SHUT_IN_PERMISSIONS, SHUT_IN_NOT };

struct process_config {
	const char *node;   /* the program */
	const char *source; /* what it runs */
	unsigned memory_mb; /* of JavaScript's heap; twice that, and what Node needs, in all */
	const struct str *folders; /* that may be read; NUL-terminated, may be empty */
	size_t folder_count;
	enum shut_in shut_in;
};

struct process {
	pid_t pid;
	int fd; /* our end of the socket, close-on-exec */
};

/* ERR_NOT_FOUND  there is no such program; ERR_IO */
enum err process_start(const struct process_config *, struct process *ret) MUST_CHECK;

/* SIGKILL to its group; gives the socket back and waits for the end. */
void process_kill(struct process *);

/* The best that kernel and Node have. Starts `node --version`. */
enum shut_in process_shut_in(const char *node);
