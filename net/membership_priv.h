// SPDX-License-Identifier: MIT
/* membership_priv: what the options about groups (membership_option.c) and
 * those about whole filters (membership_filter.c) share. */
#pragma once

#include "net/membership.h"

/* Bytes of struct group_req. */
#define MEMBERSHIP_GROUP_REQUEST 136u

/* The address in a struct sockaddr; false: not of the level's version. */
bool membership_parse(int level, const void *sockaddr, struct netaddr *a);

/* The interface that a program names by index, or (0) by an address of it, or
 * (0 as well) not at all; NULL: there is none. */
struct netdev *membership_dev(struct sock *sk, uint32_t address, int index);

/* IP_MSFILTER, MCAST_MSFILTER. read: *len is the room, then what is used; of
 * the sources as many are told as have room. -errno. */
bool membership_is_filter(int level, int name);
int membership_write_filter(struct sock *sk, int level, int name,
                            const uint8_t *value, size_t len);
int membership_read_filter(struct sock *sk, int level, int name, uint8_t *value,
                           size_t *len);
