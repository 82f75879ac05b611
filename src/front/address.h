/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * address: IP addresses, networks, and the sockets to listen on. An address is always the 16
 * bytes of IPv6; IPv4 is ::ffff:a.b.c.d, so that one comparison serves both.
 */

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct address {
	uint8_t bytes[16];
};

struct network {
	struct address address;
	unsigned bits; /* of the 128 */
};

enum { ADDRESS_TEXT_MAX = INET6_ADDRSTRLEN };

struct address address_of(const struct sockaddr *);

/* "192.0.2.7", "2001:db8::7". ERR_INVALID  neither */
enum err address_parse(struct str, struct address *ret) MUST_CHECK;

/* Written into `to` (ADDRESS_TEXT_MAX bytes). */
struct str address_text(const struct address *, char *to);

/* "10.0.0.0/8", "::1". ERR_INVALID  neither a network nor an address */
enum err network_parse(struct str, struct network *ret) MUST_CHECK;
bool network_holds(const struct network *, const struct address *);
bool networks_hold(const struct network *, size_t count, const struct address *);

/*
 * A socket that listens on "127.0.0.1:80" or "[::]:80", non-blocking. With `shared`, others
 * may listen on it beside this one (SO_REUSEPORT); without, nobody may. "[::]" is IPv6 only.
 *
 * ERR_INVALID   not an address and port
 * ERR_CONFLICT  in use
 * ERR_IO        anything else the system said; errno tells
 */
enum err listen_on(struct str text, unsigned port_override, bool shared, int *ret) MUST_CHECK;

/* The port that the socket is bound to; 0 when it is none. */
unsigned listen_port(int socket);
