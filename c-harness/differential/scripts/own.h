/*
 * Definitions that go before those of the library under test, and its own ones.
 *
 * SPDX-License-Identifier: LGPL-2.0-or-later
 */
#ifndef DIFFERENTIAL_OWN_H
#define DIFFERENTIAL_OWN_H

/* Defined under other names in C, because lib has members of these names. */
#define LEGACY(type, name, ...)                    \
  type world_##name (__VA_ARGS__) __asm__ (#name); \
  type world_##name (__VA_ARGS__)

/* The library's own function. */
#define OWN(name) ((__typeof__ (&world_##name)) own (#name))

/* Outside of scripts: the library whose own functions are meant. */
struct provider;
void own_are_of (struct provider *p);

/* A symbol of the library's; ends the process where there is none. */
void *own (const char *name);

#endif
