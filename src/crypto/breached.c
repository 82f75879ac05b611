/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/breached.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { SHA1_SIZE = 20, SHA1_HEX = 2 * SHA1_SIZE, PLAIN_MOST = 64 << 20 };

struct breached {
	struct str text;
	bool hashes;
};

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The line that `text` begins with, without its end. */
static struct str first_line(struct str text)
{
	const char *end = memchr(text.p, '\n', text.n);
	size_t n = end ? (size_t)(end - text.p) : text.n;

	if (n > 0 && text.p[n - 1] == '\r')
		n--;
	return str_first(text, n);
}

static bool begins_with_hash(struct str text)
{
	struct str line = first_line(text);

	if (line.n < SHA1_HEX || (line.n > SHA1_HEX && line.p[SHA1_HEX] != ':'))
		return false;
	for (size_t i = 0; i < SHA1_HEX; i++)
		if (!is_hex(line.p[i]))
			return false;
	return true;
}

static enum err map(int fd, struct str *ret)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return ERR_IO;
	if (st.st_size == 0)
		return ERR_INVALID;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return ERR_IO;
	*ret = (struct str){ p, (size_t)st.st_size };
	return OK;
}

enum err breached_open(const char *path, struct breached **ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct breached *b;
	struct str text;
	enum err err;

	if (fd < 0)
		return ERR_IO;
	err = map(fd, &text);
	close(fd);
	if (err != OK)
		return err;
	b = calloc(1, sizeof(*b));
	if (!b)
		abort();
	b->text = text;
	b->hashes = begins_with_hash(text);
	if (!b->hashes && text.n > PLAIN_MOST) {
		breached_close(b);
		return ERR_INVALID;
	}
	(void)madvise(
		(void *)(uintptr_t)text.p, text.n, b->hashes ? MADV_RANDOM : MADV_SEQUENTIAL);
	*ret = b;
	return OK;
}

void breached_close(struct breached *b)
{
	if (!b)
		return;
	munmap((void *)(uintptr_t)b->text.p, b->text.n);
	free(b);
}

static int compare_hex(struct str line, const char hex[SHA1_HEX])
{
	for (size_t i = 0; i < SHA1_HEX; i++) {
		char c = i < line.n ? line.p[i] : '\0';

		if (c >= 'a' && c <= 'f')
			c = (char)(c - 'a' + 'A');
		if (c != hex[i])
			return c < hex[i] ? -1 : 1;
	}
	return 0;
}

/* Where the line that holds `at` begins. */
static size_t line_start(struct str text, size_t at)
{
	while (at > 0 && text.p[at - 1] != '\n')
		at--;
	return at;
}

static bool has_hash(struct str text, const char hex[SHA1_HEX])
{
	size_t low = 0, high = text.n;

	while (low < high) {
		size_t start = line_start(text, low + (high - low) / 2);
		struct str rest = str_after(text, start);
		const char *end = memchr(rest.p, '\n', rest.n);
		int order = compare_hex(first_line(rest), hex);

		if (order == 0)
			return true;
		if (order < 0)
			low = end ? start + (size_t)(end - rest.p) + 1 : text.n;
		else
			high = start;
	}
	return false;
}

static bool has_line(struct str text, struct str password)
{
	while (text.n > 0) {
		const char *end = memchr(text.p, '\n', text.n);

		if (str_eq(first_line(text), password))
			return true;
		if (!end)
			return false;
		text = str_after(text, (size_t)(end - text.p) + 1);
	}
	return false;
}

bool breached_has(const struct breached *b, struct str password)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char digest[SHA1_SIZE];
	char hex[SHA1_HEX];
	bool has;

	if (!b || password.n == 0)
		return false;
	if (!b->hashes)
		return has_line(b->text, password);
	if (!EVP_Digest(password.p, password.n, digest, NULL, EVP_sha1(), NULL))
		abort();
	for (size_t i = 0; i < SHA1_SIZE; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	has = has_hash(b->text, hex);
	OPENSSL_cleanse(digest, sizeof(digest));
	OPENSSL_cleanse(hex, sizeof(hex));
	return has;
}
