// SPDX-License-Identifier: MIT
/* mempolicy: NUMA policies: set_mempolicy(2), mbind(2). */
#pragma once

#define MPOL_DEFAULT        0
#define MPOL_PREFERRED      1
#define MPOL_BIND           2
#define MPOL_INTERLEAVE     3
#define MPOL_LOCAL          4
#define MPOL_PREFERRED_MANY 5

#define MPOL_F_STATIC_NODES   0x8000u
#define MPOL_F_RELATIVE_NODES 0x4000u

/* get_mempolicy */
#define MPOL_F_NODE         1ul
#define MPOL_F_ADDR         2ul
#define MPOL_F_MEMS_ALLOWED 4ul

/* mbind */
#define MPOL_MF_STRICT   1u
#define MPOL_MF_MOVE     2u
#define MPOL_MF_MOVE_ALL 4u
