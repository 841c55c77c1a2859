// SPDX-License-Identifier: MIT
/*
 * ioctl: requests on terminals and on files in general, with the terminal's
 * settings; ioctl(2), ioctl_tty(2), termios(3).
 */
#pragma once

#include <stdint.h>

#define TCGETS      0x5401
#define TCSETS      0x5402
#define TCSETSW     0x5403
#define TCSETSF     0x5404
#define TCGETA      0x5405
#define TCSETA      0x5406
#define TCSETAW     0x5407
#define TCSETAF     0x5408
#define TCSBRK      0x5409
#define TCXONC      0x540A
#define TCFLSH      0x540B
#define TIOCEXCL    0x540C
#define TIOCNXCL    0x540D
#define TIOCSCTTY   0x540E
#define TIOCGPGRP   0x540F
#define TIOCSPGRP   0x5410
#define TIOCOUTQ    0x5411
#define TIOCSTI     0x5412
#define TIOCGWINSZ  0x5413
#define TIOCSWINSZ  0x5414
#define FIONREAD    0x541B
#define TIOCINQ     FIONREAD
#define FIONBIO     0x5421
#define TIOCNOTTY   0x5422
#define TIOCSETD    0x5423
#define TIOCGETD    0x5424
#define TCSBRKP     0x5425
#define TIOCGSID    0x5429
#define TCGETS2     0x802C542A
#define TCSETS2     0x402C542B
#define TCSETSW2    0x402C542C
#define TCSETSF2    0x402C542D
#define TIOCGPTLCK  0x80045439 /* _IOR('T', 0x39, int) */
#define TIOCPKT     0x5420
#define TIOCGPTN    0x80045430 /* _IOR('T', 0x30, unsigned) */
#define TIOCSPTLCK  0x40045431 /* _IOW('T', 0x31, int) */
#define TIOCGEXCL   0x80045440 /* _IOR('T', 0x40, int) */
#define TIOCGPKT    0x80045438 /* _IOR('T', 0x38, int) */
#define TIOCGPTPEER 0x5441     /* _IO('T', 0x41) */
#define FIONCLEX    0x5450
#define FIOCLEX     0x5451
#define FIOASYNC    0x5452
#define FIOQSIZE    0x5460
#define SIOCATMARK  0x8905

/* What a master reads first in packet mode; ioctl_tty(2). */
#define TIOCPKT_DATA       0
#define TIOCPKT_FLUSHREAD  1
#define TIOCPKT_FLUSHWRITE 2
#define TIOCPKT_STOP       4
#define TIOCPKT_START      8
#define TIOCPKT_NOSTOP     16
#define TIOCPKT_DOSTOP     32

/* Indexes of abi_termios.c_cc. */
#define VINTR    0
#define VQUIT    1
#define VERASE   2
#define VKILL    3
#define VEOF     4
#define VTIME    5
#define VMIN     6
#define VSWTC    7
#define VSTART   8
#define VSTOP    9
#define VSUSP    10
#define VEOL     11
#define VREPRINT 12
#define VDISCARD 13
#define VWERASE  14
#define VLNEXT   15
#define VEOL2    16

/* c_iflag */
#define IGNBRK 0x001
#define BRKINT 0x002
#define IGNPAR 0x004
#define PARMRK 0x008
#define INPCK  0x010
#define ISTRIP 0x020
#define INLCR  0x040
#define IGNCR  0x080
#define ICRNL  0x100
#define IXON   0x0400
#define IXANY  0x800
#define IXOFF  0x1000
#define IUTF8  0x4000

/* c_oflag */
#define OPOST  0x01
#define ONLCR  0x00004
#define OCRNL  0x08
#define ONOCR  0x10
#define ONLRET 0x20

/* c_cflag */
#define CSIZE   0x00000030
#define CS8     0x00000030
#define CREAD   0x00000080
#define PARENB  0x00000100
#define HUPCL   0x00000400
#define CLOCAL  0x00000800
#define B9600   0x0000000d
#define B38400  0x0000000f
#define B115200 0x00001002

/* c_lflag */
#define ISIG    0x00001
#define ICANON  0x00002
#define ECHO    0x00008
#define ECHOE   0x00010
#define ECHOK   0x00020
#define ECHONL  0x00040
#define NOFLSH  0x00080
#define TOSTOP  0x00100
#define ECHOCTL 0x00200
#define ECHOKE  0x00800
#define IEXTEN  0x08000

/* The termios of TCGETS and TCSETS; the C library's struct is longer. */
struct abi_termios {
    uint32_t c_iflag, c_oflag, c_cflag, c_lflag;
    uint8_t c_line;
    uint8_t c_cc[19];
};

/* The termios of TCGETS2 and TCSETS2: with speeds in bits a second. */
struct abi_termios2 {
    struct abi_termios base;
    uint32_t c_ispeed, c_ospeed;
};

struct abi_winsize {
    uint16_t ws_row, ws_col, ws_xpixel, ws_ypixel;
};

_Static_assert(sizeof(struct abi_termios) == 36, "Linux ABI");
_Static_assert(sizeof(struct abi_winsize) == 8, "Linux ABI");
