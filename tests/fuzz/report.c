// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a process in which a promise was broken.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "world.h"

static char context[512];
void (*report_more)(void);

void report_context(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(context, sizeof(context), format, ap);
	va_end(ap);
}

void fuzz_broken(const char *what, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "broken: ");
	va_start(ap, what);
	vfprintf(stderr, what, ap);
	va_end(ap);
	fprintf(stderr, "\n%s", context[0] ? "in: " : "");
	fprintf(stderr, "%s\n", context);
	if (report_more)
		report_more();
	abort();
}
