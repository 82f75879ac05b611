/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "front/state.h"

enum { CONFLICT_TRIES = 10, CONFLICT_PAUSE_MS = 100 };

void *front_zeroed(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size);

	if (p == NULL)
		abort();
	return p;
}

static struct loop *add_loop(struct front *front, int socket, bool admin)
{
	struct loop *loop = &front->loops[front->loop_count++];

	loop->front = front;
	loop->socket = socket;
	loop->wake = -1;
	loop->router = admin ? front->admin_router : front->router;
	loop->tls = !admin && front->config.tls_count > 0;
	links_init(&loop->links);
	return loop;
}

static enum err refused(const char *address, enum err err)
{
	const char *why = err == ERR_INVALID ? "not ADDRESS:PORT" : strerror(errno);

	log_line(LOG_ERROR, "front", "cannot listen", "address", address, "reason", why, NULL);
	return err;
}

/* Somebody may hold the address for a moment only: a predecessor that drains, a look whether
 * it is free. A second is waited for that. */
static enum err listen_alone(struct str address, int *ret)
{
	enum err err = listen_on(address, 0, false, ret);

	for (int i = 0; err == ERR_CONFLICT && i < CONFLICT_TRIES; i++) {
		(void)poll(NULL, 0, CONFLICT_PAUSE_MS);
		err = listen_on(address, 0, false, ret);
	}
	return err;
}

/*
 * With SO_REUSEPORT a second server would quietly get half of the connections. So one socket
 * without it goes first, which fails when anybody else listens there.
 */
static enum err add_address(struct front *front, const char *address)
{
	unsigned port = 0;
	int fd;
	enum err err;

	err = listen_alone(str_from(address), &fd);
	if (err != OK)
		return refused(address, err);
	port = listen_port(fd);
	(void)close(fd);
	for (unsigned i = 0; i < front->config.threads; i++) {
		err = listen_on(str_from(address), port, true, &fd);
		if (err != OK)
			return refused(address, err);
		(void)add_loop(front, fd, false);
	}
	front->ports[front->port_count++] = port;
	return OK;
}

static enum err add_inherited(struct front *front, int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return refused("(inherited)", ERR_IO);
	front->ports[front->port_count++] = listen_port(fd);
	for (unsigned i = 0; i < front->config.threads; i++) {
		int copy = i == 0 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);

		if (copy < 0)
			return refused("(inherited)", ERR_IO);
		add_loop(front, copy, false)->inherited = true;
	}
	return OK;
}

static enum err add_admin(struct front *front, const char *address)
{
	int fd;
	enum err err;

	err = listen_on(str_from(address), 0, false, &fd);
	if (err != OK)
		return refused(address, err);
	front->ports[front->port_count++] = listen_port(fd);
	(void)add_loop(front, fd, true);
	return OK;
}

enum err sockets_add(struct front *front)
{
	const struct front_config *c = &front->config;
	size_t listen_count = c->inherited_count > 0 ? c->inherited_count : c->listen_count;
	enum err err = OK;

	front->ports = front_zeroed(listen_count + c->admin_listen_count, sizeof(unsigned));
	front->loops = front_zeroed(
		listen_count * c->threads + c->admin_listen_count, sizeof(struct loop));
	for (size_t i = 0; i < listen_count && err == OK; i++)
		err = c->inherited_count > 0 ? add_inherited(front, c->inherited[i])
					     : add_address(front, c->listen[i]);
	for (size_t i = 0; i < c->admin_listen_count && err == OK; i++)
		err = add_admin(front, c->admin_listen[i]);
	return err;
}
