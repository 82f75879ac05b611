/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * actions: runs the actions that a tenant has bound, for whoever holds struct provider. Owns
 * the hosts (house.h).
 *
 * Does not decide what an answer means for a sign-in: oidc/authorize/authorize_action.c does.
 */

#include "observe/observer.h"
#include "tenant/action_hook.h"

struct actions_config {
	const char *node;          /* path of the program; NULL: looked for in PATH */
	unsigned memory_mb;        /* of each process; 0: 64 */
	size_t slow_most;          /* runs over 100 ms at the same time; 0: 3 */
	struct observer *observer; /* may be NULL */
};

struct actions *actions_new(const struct actions_config *);
/* Nobody may be within actions_run. NULL is accepted. */
void actions_free(struct actions *);

/* Ends what is under way, and begins nothing any more: actions_run says ERR_BUSY. Does not
 * wait; any thread. */
void actions_retire(struct actions *);

/* For struct provider: its pointers to what runs actions, and to what follows the tenant. */
void actions_follow(struct actions *, const struct tenant *);
enum err actions_run(
	struct actions *, struct action_call *, struct action_result *ret) MUST_CHECK;

/* Before the first actions_follow: the epolls of loops that call actions_look whenever they
 * were woken, and so read the answers themselves (host.h). Without, threads of the hosts do. */
void actions_watch(struct actions *, const int *epolls, size_t count);
void actions_look(struct actions *);

/* Sends what actions_run has begun; to be called when no more will come for a moment. */
void actions_flush(struct actions *);

/*
 * One run of a pipeline that no tenant has to have bound: `tacit action test`. *ret is what the
 * host answered, JSON; nothing is written.
 */
enum err actions_try(struct actions *, struct arena *, const struct pipeline *,
	struct str event, bool silent, struct str *ret) MUST_CHECK;
