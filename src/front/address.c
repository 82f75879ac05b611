/* SPDX-License-Identifier: Apache-2.0 */
#include "front/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

static struct address from_v4(const struct in_addr *in)
{
	struct address address;

	memcpy(address.bytes, v4_prefix, sizeof(v4_prefix));
	memcpy(address.bytes + 12, in, 4);
	return address;
}

static struct address from_v6(const struct in6_addr *in)
{
	struct address address;

	memcpy(address.bytes, in, 16);
	return address;
}

struct address address_of(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		return from_v4(&in.sin_addr);
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in;

		memcpy(&in, sa, sizeof(in));
		return from_v6(&in.sin6_addr);
	}
	return (struct address){ { 0 } };
}

static bool is_v4(const struct address *address)
{
	return memcmp(address->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

enum err address_parse(struct str text, struct address *ret)
{
	char c[ADDRESS_TEXT_MAX];
	struct in_addr v4;
	struct in6_addr v6;

	if (text.n == 0 || text.n >= sizeof(c) || memchr(text.p, '\0', text.n) != NULL)
		return ERR_INVALID;
	memcpy(c, text.p, text.n);
	c[text.n] = '\0';

	if (inet_pton(AF_INET, c, &v4) == 1) {
		*ret = from_v4(&v4);
		return OK;
	}
	if (inet_pton(AF_INET6, c, &v6) == 1) {
		*ret = from_v6(&v6);
		return OK;
	}
	return ERR_INVALID;
}

struct str address_text(const struct address *address, char *to)
{
	if (is_v4(address))
		(void)inet_ntop(AF_INET, address->bytes + 12, to, ADDRESS_TEXT_MAX);
	else
		(void)inet_ntop(AF_INET6, address->bytes, to, ADDRESS_TEXT_MAX);
	return str_from(to);
}

enum err network_parse(struct str text, struct network *ret)
{
	ptrdiff_t slash = str_index(text, '/');
	struct str host = slash < 0 ? text : str_first(text, (size_t)slash);
	struct address address;
	int64_t bits;
	int64_t most;

	if (address_parse(host, &address) != OK)
		return ERR_INVALID;
	most = is_v4(&address) && str_index(host, ':') < 0 ? 32 : 128;
	bits = most;
	if (slash >= 0 && !str_digits(str_after(text, (size_t)slash + 1), most, &bits))
		return ERR_INVALID;

	*ret = (struct network){ address, (unsigned)(bits + 128 - most) };
	return OK;
}

bool network_holds(const struct network *network, const struct address *address)
{
	size_t whole = network->bits / 8;
	unsigned rest = network->bits % 8;
	unsigned differ;

	if (memcmp(network->address.bytes, address->bytes, whole) != 0)
		return false;
	if (rest == 0)
		return true;
	differ = network->address.bytes[whole] ^ address->bytes[whole];
	return (differ >> (8 - rest)) == 0;
}

bool networks_hold(const struct network *networks, size_t count, const struct address *address)
{
	for (size_t i = 0; i < count; i++) {
		if (network_holds(&networks[i], address))
			return true;
	}
	return false;
}

struct endpoint {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	socklen_t size;
};

static enum err endpoint_parse(struct str text, unsigned port_override, struct endpoint *ret)
{
	struct endpoint e = { .size = sizeof(e.at.v4) };
	struct address address;
	struct str host = text;
	ptrdiff_t colon = -1;
	int64_t port;

	for (size_t i = 0; i < text.n; i++)
		colon = text.p[i] == ':' ? (ptrdiff_t)i : colon;
	if (colon < 0 || !str_digits(str_after(text, (size_t)colon + 1), 65535, &port))
		return ERR_INVALID;
	if (port_override != 0)
		port = port_override;

	host = str_first(text, (size_t)colon);
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']') {
		host = str_first(str_after(host, 1), host.n - 2);
		if (address_parse(host, &address) != OK || str_index(host, ':') < 0)
			return ERR_INVALID;
		e.at.v6.sin6_family = AF_INET6;
		e.at.v6.sin6_port = htons((uint16_t)port);
		memcpy(&e.at.v6.sin6_addr, address.bytes, 16);
		e.size = sizeof(e.at.v6);
		*ret = e;
		return OK;
	}
	if (address_parse(host, &address) != OK || str_index(host, ':') >= 0)
		return ERR_INVALID;
	e.at.v4.sin_family = AF_INET;
	e.at.v4.sin_port = htons((uint16_t)port);
	memcpy(&e.at.v4.sin_addr, address.bytes + 12, 4);
	*ret = e;
	return OK;
}

static bool prepare(int fd, int family, bool shared)
{
	int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return false;
	if (shared && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return false;
	return family != AF_INET6 ||
	       setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0;
}

enum err listen_on(struct str text, unsigned port_override, bool shared, int *ret)
{
	struct endpoint e;
	enum err err;
	int fd;

	err = endpoint_parse(text, port_override, &e);
	if (err != OK)
		return err;
	fd = socket(e.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ERR_IO;
	if (!prepare(fd, e.at.any.sa_family, shared) || bind(fd, &e.at.any, e.size) != 0 ||
		listen(fd, SOMAXCONN) != 0) {
		int why = errno;

		(void)close(fd);
		errno = why;
		return why == EADDRINUSE ? ERR_CONFLICT : ERR_IO;
	}
	*ret = fd;
	return OK;
}

unsigned listen_port(int fd)
{
	struct endpoint e = { .size = sizeof(e.at) };

	if (getsockname(fd, &e.at.any, &e.size) != 0)
		return 0;
	if (e.at.any.sa_family == AF_INET)
		return ntohs(e.at.v4.sin_port);
	return e.at.any.sa_family == AF_INET6 ? ntohs(e.at.v6.sin6_port) : 0;
}
