/*
 * test_os_password - what htpasswd(1) and crypt(3) wrote, and what nobody did
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_password.h"

#include "unit/unit.h"

#define LONG35 "0123456789abcdef0123456789abcdef012"
#define K15 "kkkkkkkkkkkkkkk"
#define K255 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15 K15

/* By htpasswd of Apache 2.4 with -B -m -s -d -2 -5; the last ones by openssl and perl. */
static const struct {
	const char *password, *hash;
} good[] = {
	{"", "$2y$05$RTXDgtFWGYXg3dExfIaoUOa6hrxX57hKfyuJoNS4D4UNuAuMvDzlm"},
	{"x", "$2y$05$d1XT.o1w/MeHFbN0hAdX1eQTdSFmHF.IpsKOfp5nYMJYHPC5X0JCi"},
	{"pa ss:wörd", "$2y$05$zYCyMExJNbe/lFICVpZnTu.GJTeIm13A7wjig29DBSLOWf9CtNw0q"},
	{LONG35, "$2y$05$nRNfpe1w08wPkdNGp7XBluJUWPF4XH2GlQcs3IcKpz4YOyXQ/9sXS"},
	{"", "$apr1$.XuczvJ6$5EHAfIvqdT3kbMbuw7I0B1"},
	{"x", "$apr1$C5AgNkOM$To9Wo18kA/xHrPzSox3gy1"},
	{"pa ss:wörd", "$apr1$t68cUBrC$F9AzywO71JKtokfc8q9qk0"},
	{"0123456789abcdef", "$apr1$4CdYYqRM$FScKyps8aftez9axt/9SB0"},
	{LONG35, "$apr1$X2NRgTZ.$EbYhyEV812WDvk40AC76Q."},
	{K255, "$apr1$7r7RcFMZ$Algh0KLRBCf07Mn.kzSfK1"},
	{"hello world", "$apr1$abcdefgh$CZx3qOBL3IJw7t4yUwt4J."},
	{"", "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
	{"x", "{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI="},
	{"pa ss:wörd", "{SHA}kniYfDOveJALlwGbJH1veyGzBwU="},
	{LONG35, "{SHA}x2HIFUFodUOw/FkP/zUOM4VgRKE="},
	{"", "WfK9nWoxIk0q."},
	{"x", "iKeHg4zpC229E"},
	{"pa ss:wörd", "QidqEPQAHRUT6"},
	{"01234567 and whatever follows", "LBIZ/Ea/I1row"}, /* crypt looks at eight bytes */
	{"", "$5$OHIG2IVCj1m7dSwT$C2g040K3FfaHyIvufK.PUvxOL7D/t8D4N48PLtYOnD4"},
	{"pa ss:wörd", "$5$9x3zhN1uvkK5ODi9$izO8tRZ/1T4V4EjXjOKXD7tYRCsFOnMWSLuFttnPR.0"},
	{"x", "$6$sDNJCDA59JR2J0GY$uZJvsWIAAQJvlwjMXjjwXetEUGXpySSVclFcPbuz8V46XV/"
	      "dIQyr92rUdRLAn1c6OhGsPIZAIpI8TgcHpwKJs/"},
	{"yes", "$1$saltsalt$Wya5.j3rip5e/C0IjGBss."},
	{"x", "$1$ab$e2KlfqG5YBMTjSz7XF.Eu1"},
};

START_TEST(right_and_wrong)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *password = good[i].password;
		ck_assert_msg(os_password_check(password, good[i].hash) == 1, "%s of %s", password,
			good[i].hash);
		ck_assert_int_eq(os_password_check("y", good[i].hash), 0);
		if (!password[0])
			continue;
		char *shorter = strdup(password);
		shorter[strlen(shorter) > 8 ? 7 : strlen(shorter) - 1] = '\0';
		ck_assert_msg(os_password_check(shorter, good[i].hash) == 0, "%s", good[i].hash);
		free(shorter);
	}
}
END_TEST

START_TEST(changed)
{
	/* No byte of the sum may be another one. */
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (good[i].hash[1] != 'a' && good[i].hash[1] != 'S')
			continue; /* libcrypt's are not ours to try */
		char *hash = strdup(good[i].hash);
		size_t size = strlen(hash);
		for (size_t at = size - 20; at < size; at++) {
			hash[at] ^= 1;
			ck_assert_int_eq(os_password_check(good[i].password, hash), 0);
			hash[at] ^= 1;
		}
		free(hash);
	}
}
END_TEST

START_TEST(no_hash)
{
	static const char *const rows[] = {"", "plain", "thirteen-here", "*", "!", "x", "$", "$$",
		"$apr1$", "$apr1$salt", "$apr1$salt$", "$apr1$salt$short", "$2y$", "$2y$05$short",
		"$9$salt$sum", "{MD5}abc", "{SSHA}abc",
		"{sha}EfatjsUqKYSrqv18O1FlA3hcIHI=", "$apr1$abcdefgh$CZx3qOBL3IJw7t4yUwt4J.x"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		errno = 0;
		ck_assert_msg(os_password_check("x", rows[i]) == -1, "\"%s\"", rows[i]);
		ck_assert_int_eq(errno, EINVAL);
		/* A plain password is no password. */
		ck_assert_int_ne(os_password_check(rows[i], rows[i]), 1);
	}
	ck_assert_int_eq(os_password_check("x", "{SHA}"), 0);
	ck_assert_int_eq(os_password_check("x", "{SHA}EfatjsUqKYSrqv18O1FlA3hcIHI"), 0);
}
END_TEST

START_TEST(too_long)
{
	char password[1000];
	memset(password, 'k', sizeof password);
	password[OS_PASSWORD_MOST] = '\0';
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_int_eq(os_password_check(password, good[i].hash), 0);
	password[OS_PASSWORD_MOST] = 'k';
	password[sizeof password - 1] = '\0';
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_int_eq(os_password_check(password, good[i].hash), 0);
}
END_TEST

UNIT_MAIN("os_password", right_and_wrong, changed, no_hash, too_long)
