/*
 * Fake TLS 1.3: the hello that the proxy recognises, its answer, and the records around everything that follows.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef LOAD_FAKE_TLS_H
#define LOAD_FAKE_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TLS_HELLO_SIZE = 517, TLS_RECORD = 16384, TLS_LONGEST_DOMAIN = 200 };

struct tls_hello;
struct fake_tls {
  struct tls_hello *hello; /* until it is answered */
  uint8_t head[5];
  uint32_t head_n, left; /* of the record that streams in */
};

void tls_clear (struct fake_tls *t);
/* The hello: SNI, and in place of the random an HMAC of the whole with the time. */
void tls_start (struct fake_tls *t, uint8_t hello[TLS_HELLO_SIZE]);
/* Takes in some of the proxy's answer: true when it is complete and its HMAC is right. Fails the run where it is wrong.
 */
bool tls_answered (struct fake_tls *t, int client, const uint8_t *p, size_t n);
/* Records around a stream; the first time behind the ChangeCipherSpec. `out` has 5 bytes more per started record,
 * and 6. */
size_t tls_wrap (const uint8_t *p, size_t n, bool first, uint8_t *out);
/* Takes the record headers out of p, in place. The bytes left; fails the run where it is no application data. */
size_t tls_unwrap (struct fake_tls *t, int client, uint8_t *p, size_t n);

#endif
