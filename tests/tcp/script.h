// SPDX-License-Identifier: MIT
/*
 * script: a conversation of one of our sockets with a peer made of text. A file
 * of tests/tcp/scripts has one step a line:
 *
 *     # comment
 *     listen                     our socket on port 80, backlog 1
 *     connect                    our socket to the peer, not waiting
 *     accept | close | reset     (reset: SO_LINGER 0, then close)
 *     no-accept                  accept finds no connection
 *     shutdown
 *     send N | recv N | eof      calls of the program and what they answer
 *     send-oob N | recv-oob N    with MSG_OOB
 *     error NAME                 recv answers this errno
 *     send-error NAME            send does
 *     set NAME VALUE             an option of tcp(7), keepalive, rcvbuf
 *     state NAME                 of the socket: established, time-wait ...
 *     < FLAGS SEQ:ACK len N [win N] [mss N] [wscale N] [sackok] [ts V E]
 *       [sack A-B ...] [up N]
 *       [ce] [port N] [offset N] (ce: routers met congestion; port: the peer's;
 *                                offset: words of header, whatever it has)
 *     > FLAGS SEQ:ACK [len N] [win N] [mss N] [wscale N] [sackok] [ts | nots]
 *       [sack A-B ...]           the next packet that we sent
 *     > nothing
 *     icmp TYPE CODE MTU [seq N] an error about the last packet that we sent,
 *                                or about sequence number N
 *     wait MS                    time passes; what is sent is kept for `>`
 *
 * FLAGS are letters of SFRPAUEC, or 0. Numbers of the peer's stream count from
 * its initial sequence number, ours from ours, as does what SACK names; `*` in
 * a `>` line is not compared, nor what the line does not name.
 */
#pragma once

#include "lib/base.h"

/* Runs a file. NULL: all is as it says; else what is not, until next called. */
const char *script_run(const char *path);
