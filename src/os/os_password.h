/*
 * os_password - is this the password of that hash?
 *
 * Runs in:  worker
 * Owns:     nothing; what it copies of a password is wiped
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_PASSWORD_H
#define OS_PASSWORD_H

/* Longer ones are nobody's password: libcrypt takes no more. */
enum { OS_PASSWORD_MOST = 511 };

/* Compares a password with what htpasswd(1) wrote of one: {SHA}, $apr1$, and whatever crypt(5) of
 * this machine knows ($2y$ bcrypt, $5$, $6$, $y$, $1$, and the old thirteen letters). Takes as long
 * as the hash wants it to, which for bcrypt is milliseconds; where they differ does not show in the
 * time. 1: it is; 0: it is not. -1: EINVAL, that is no hash, or one that nobody here knows; ENOMEM.
 * A password in plain text is no hash, as for Apache on Unix. */
int os_password_check(const char *password, const char *hash);

#endif
