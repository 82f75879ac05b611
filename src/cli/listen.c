/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/url.h"

enum { FIRST_INHERITED = 3, PORT_MOST = 65535 };

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	socklen_t size;
};

static enum err take_inherited(struct listen *l, struct str *ret_why)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	int64_t count = 0;

	if (!fds || !*fds || (pid && *pid && atol(pid) != (long)getpid()))
		return OK;
	if (!str_digits(str_from(fds), LISTEN_MOST, &count)) {
		*ret_why = S("LISTEN_FDS must be a number of sockets");
		return ERR_INVALID;
	}
	for (int i = 0; i < count; i++) {
		(void)fcntl(FIRST_INHERITED + i, F_SETFD, FD_CLOEXEC);
		l->inherited[l->inherited_count++] = FIRST_INHERITED + i;
	}
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	return OK;
}

static unsigned port_of(const struct endpoint *e)
{
	return ntohs(e->at.any.sa_family == AF_INET6 ? e->at.v6.sin6_port : e->at.v4.sin_port);
}

static bool is_loopback(const struct endpoint *e)
{
	if (e->at.any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&e->at.v6.sin6_addr);
	return e->at.any.sa_family == AF_INET && ntohl(e->at.v4.sin_addr.s_addr) >> 24 == 127;
}

static enum err look_at_inherited(struct listen *l, struct str *ret_why)
{
	for (size_t i = 0; i < l->inherited_count; i++) {
		struct endpoint e = { .size = sizeof(e.at) };

		if (getsockname(l->inherited[i], &e.at.any, &e.size) != 0) {
			*ret_why = S("LISTEN_FDS names what is no socket");
			return ERR_INVALID;
		}
		l->loopback = l->loopback && is_loopback(&e);
		if (i == 0)
			l->port = port_of(&e);
	}
	return OK;
}

static bool parse_host(struct str host, struct endpoint *ret)
{
	char text[INET6_ADDRSTRLEN];
	bool v6 = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	if (v6)
		host = str_first(str_after(host, 1), host.n - 2);
	if (host.n == 0 || host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	*ret = (struct endpoint){ .size = v6 ? sizeof(ret->at.v6) : sizeof(ret->at.v4) };
	ret->at.any.sa_family = v6 ? AF_INET6 : AF_INET;
	return v6 ? inet_pton(AF_INET6, text, &ret->at.v6.sin6_addr) == 1
		  : inet_pton(AF_INET, text, &ret->at.v4.sin_addr) == 1;
}

/* Binds the address to a port that the kernel chooses, and keeps it so. The front can bind it
 * as well, since neither this socket nor its first one listens then (SO_REUSEADDR). */
static bool reserve(struct listen *l, struct endpoint *e)
{
	int on = 1;
	int fd = socket(e->at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0 ||
		bind(fd, &e->at.any, e->size) != 0 ||
		getsockname(fd, &e->at.any, &e->size) != 0) {
		close(fd);
		return false;
	}
	l->reserved[l->reserved_count++] = fd;
	return true;
}

static enum err add(struct arena *a, struct listen *l, struct str address, struct str *ret_why)
{
	size_t colon = address.n;
	struct endpoint e = { 0 };
	struct str host;
	int64_t port;

	while (colon > 0 && address.p[colon - 1] != ':')
		colon--;
	host = str_first(address, colon ? colon - 1 : 0);
	if (!str_digits(str_after(address, colon), PORT_MOST, &port) || !parse_host(host, &e)) {
		*ret_why = arena_printf(a,
			"must be ADDRESS:PORT with a numeric address, like 127.0.0.1:8080 or "
			"[::1]:8080, and is " STR_FMT,
			STR_ARG(str_first(address, 100)));
		return ERR_INVALID;
	}
	if (port == 0 && !reserve(l, &e)) {
		*ret_why = arena_printf(
			a, "no port can be had at " STR_FMT, STR_ARG(str_first(address, 100)));
		return ERR_IO;
	}
	port = port ? port : port_of(&e);
	l->loopback = l->loopback && is_loopback(&e);
	if (l->count == 0)
		l->port = (unsigned)port;
	l->addresses[l->count++] = arena_printf(a, STR_FMT ":%d", STR_ARG(host), (int)port).p;
	return OK;
}

enum err listen_prepare(struct arena *a, const struct str *addresses, size_t count,
	bool may_inherit, struct listen *ret, struct str *ret_why)
{
	struct listen l = { .loopback = true };
	enum err e = may_inherit ? take_inherited(&l, ret_why) : OK;

	if (!e && l.inherited_count)
		e = look_at_inherited(&l, ret_why);
	else
		for (size_t i = 0; !e && i < count && i < LISTEN_MOST; i++)
			e = add(a, &l, addresses[i], ret_why);
	if (e)
		listen_release(&l);
	else
		*ret = l;
	return e;
}

void listen_release(struct listen *l)
{
	while (l->reserved_count)
		close(l->reserved[--l->reserved_count]);
}
