/* SPDX-License-Identifier: LGPL-2.0-or-later */
/* Stands for the header of x86 compilers on other machines. What trees take from it is the cycle counter; the drop-in has
 * one there. */
#ifndef RELINK_X86INTRIN_H
#define RELINK_X86INTRIN_H

#ifndef rdtsc
unsigned long long rdtsc (void);
#define rdtsc rdtsc
#endif

#endif
