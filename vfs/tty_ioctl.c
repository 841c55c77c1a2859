// SPDX-License-Identifier: MIT
/*
 * tty_ioctl: a terminal's life, settings and its session; ioctl_tty(2),
 * credentials(7).
 */
#include "abi/errno.h"
#include "abi/signal.h"
#include "kernel/cred.h"
#include "kernel/pid.h"
#include "kernel/process.h"
#include "kernel/terminal_job.h"
#include "kernel/uaccess.h"
#include "vfs/tty_priv.h"

static struct mutex all_lock = MUTEX_INIT(all_lock);
static struct list_node all = LIST_INIT(all);

/* As Linux sets a new terminal up. */
static const struct abi_termios initial = {
    .c_iflag = ICRNL | IXON,
    .c_oflag = OPOST | ONLCR,
    .c_cflag = B38400 | CS8 | CREAD,
    .c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
    .c_cc = {[VINTR] = 3,
             [VQUIT] = 0x1c,
             [VERASE] = 0x7f,
             [VKILL] = 0x15,
             [VEOF] = 4,
             [VMIN] = 1,
             [VSTART] = 0x11,
             [VSTOP] = 0x13,
             [VSUSP] = 0x1a,
             [VREPRINT] = 18,
             [VDISCARD] = 0x0f,
             [VWERASE] = 0x17,
             [VLNEXT] = 0x16},
};

void tty_init(struct tty *t, const struct tty_ops *ops)
{
    t->ops = ops;
    t->termios = initial;
    mutex_init(&t->read_lock);
    wait_queue_init(&t->readable);
    wait_queue_init(&t->writable);
    mutex_lock(&all_lock);
    list_add_tail(&all, &t->node);
    mutex_unlock(&all_lock);
}

/* --- whom it controls; all_lock held --- */

static void set_foreground(struct tty *t, struct pid *group)
{
    unsigned long irq = spin_lock(&t->lock);
    struct pid *old = t->foreground;

    t->foreground = group;
    spin_unlock(&t->lock, irq);
    if (old)
        pid_put(old);
}

static void release_session(struct tty *t)
{
    set_foreground(t, NULL);
    if (t->session)
        pid_put(t->session);
    t->session = NULL;
}

static void take_session(struct tty *t)
{
    release_session(t);
    t->session = terminal_job_session();
    set_foreground(t, terminal_job_group());
}

/* The terminal of a session, or NULL. */
static struct tty *terminal_of(const struct pid *session)
{
    struct tty *t, *found = NULL;

    list_for_each_entry (t, &all, node) {
        if (t->session == session)
            found = t;
    }
    return found;
}

static struct tty *controlling_locked(void)
{
    struct pid *session = terminal_job_session();
    struct tty *t = terminal_of(session);

    pid_put(session);
    return t && !t->hung_up ? t : NULL;
}

struct tty *tty_controlling(void)
{
    struct tty *t;

    mutex_lock(&all_lock);
    t = controlling_locked();
    mutex_unlock(&all_lock);
    return t;
}

void tty_opened(struct tty *t)
{
    mutex_lock(&all_lock);
    if (terminal_job_is_leader() && !t->session && !controlling_locked())
        take_session(t);
    mutex_unlock(&all_lock);
}

int tty_may_open(const struct tty *t)
{
    return t->exclusive && !capable(CAP_SYS_ADMIN) ? -EBUSY : 0;
}

void tty_give(struct tty *t, struct process *p)
{
    mutex_lock(&all_lock);
    release_session(t);
    pid_get(p->session);
    pid_get(p->group);
    t->session = p->session;
    set_foreground(t, p->group);
    mutex_unlock(&all_lock);
}

static void signal_foreground(struct tty *t)
{
    if (!t->foreground)
        return;
    terminal_job_signal(t->foreground, SIGHUP);
    terminal_job_signal(t->foreground, SIGCONT);
}

void tty_process_ended(struct process *p)
{
    struct tty *t;

    if (!terminal_job_is_leader())
        return;
    mutex_lock(&all_lock);
    t = terminal_of(p->id);
    if (t) {
        if (t->foreground)
            terminal_job_signal(t->foreground, SIGHUP);
        release_session(t);
    }
    mutex_unlock(&all_lock);
}

void tty_fini(struct tty *t)
{
    mutex_lock(&all_lock);
    list_del(&t->node);
    release_session(t);
    mutex_unlock(&all_lock);
}

void tty_hang_up(struct tty *t)
{
    unsigned long irq = spin_lock(&t->lock);

    t->hung_up = true;
    spin_unlock(&t->lock, irq);
    /* The leader is told; the foreground is when the leader has ended. */
    mutex_lock(&all_lock);
    if (t->session) {
        terminal_job_signal_leader(t->session, SIGHUP);
        terminal_job_signal_leader(t->session, SIGCONT);
    }
    mutex_unlock(&all_lock);
    wait_queue_wake_all(&t->readable);
    wait_queue_wake_all(&t->writable);
}

bool tty_is_background(struct tty *t)
{
    struct pid *session = terminal_job_session();
    struct pid *group = terminal_job_group();
    bool is = t->session == session && t->foreground && t->foreground != group;

    pid_put(session);
    pid_put(group);
    return is;
}

static long take_control(struct tty *t)
{
    struct pid *session = terminal_job_session();
    long err = 0;

    mutex_lock(&all_lock);
    if (t->session == session)
        err = 0;
    else if (!terminal_job_is_leader() || controlling_locked() || t->session)
        err = -EPERM;
    else
        take_session(t);
    mutex_unlock(&all_lock);
    pid_put(session);
    return err;
}

static long give_up(struct tty *t)
{
    long err = 0;

    mutex_lock(&all_lock);
    if (controlling_locked() != t) {
        err = -ENOTTY;
    } else if (terminal_job_is_leader()) {
        signal_foreground(t);
        release_session(t);
    }
    mutex_unlock(&all_lock);
    return err;
}

static long put_number(uintptr_t arg, int number)
{
    return put_user(number, (int user *)arg);
}

static long tell_foreground(struct tty *t, unsigned cmd, uintptr_t arg)
{
    long number = -ENOTTY;

    mutex_lock(&all_lock);
    if (controlling_locked() == t) {
        struct pid *pid = cmd == TIOCGSID ? t->session : t->foreground;

        number = pid ? pid->number : 0;
    }
    mutex_unlock(&all_lock);
    return number < 0 ? number : put_number(arg, (int)number);
}

static long change_foreground(struct tty *t, uintptr_t arg)
{
    struct pid *group;
    long err = 0;
    int number;

    if (get_user(&number, (const int user *)arg))
        return -EFAULT;
    if (number < 0)
        return -EINVAL;
    if (tty_is_background(t) &&
        terminal_job_background(SIGTTOU) == -ERESTARTSYS)
        return -ERESTARTSYS;
    group = terminal_job_find_group(number);
    mutex_lock(&all_lock);
    if (controlling_locked() != t)
        err = -ENOTTY;
    else if (!group)
        err = -EPERM;
    else
        set_foreground(t, group);
    mutex_unlock(&all_lock);
    if (err && group)
        pid_put(group);
    return err;
}

/* --- settings --- */

/* Does ^S stop the output? rlogin(1) wants to know. */
static bool has_usual_flow(const struct abi_termios *t)
{
    return (t->c_iflag & IXON) && t->c_cc[VSTOP] == 0x13 &&
           t->c_cc[VSTART] == 0x11;
}

static void apply(struct tty *t, const struct abi_termios *new, bool flush)
{
    unsigned long irq = spin_lock(&t->lock);
    bool lines = (t->termios.c_lflag ^ new->c_lflag) & ICANON;
    bool before = has_usual_flow(&t->termios), now = has_usual_flow(new);

    t->termios = *new;
    if (before != now)
        tty_event(t, now ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
    if (lines)
        t->canon = t->head; /* what was typed so far can be read */
    if (flush)
        tty_flush_input_locked(t);
    if (!(new->c_iflag &IXON))
        tty_stop(t, false);
    spin_unlock(&t->lock, irq);
    wait_queue_wake_all(&t->readable);
    tty_progress(t);
}

static long set_termios(struct tty *t, unsigned cmd, uintptr_t arg)
{
    bool flush = cmd == TCSETSF || cmd == TCSETSF2;
    struct abi_termios new;

    if (tty_is_background(t) &&
        terminal_job_background(SIGTTOU) == -ERESTARTSYS)
        return -ERESTARTSYS;
    if (get_user(&new, (const struct abi_termios user *)arg))
        return -EFAULT;
    apply(t, &new, flush);
    return 0;
}

static long get_termios2(struct tty *t, uintptr_t arg)
{
    struct abi_termios2 two = {t->termios, 38400, 38400};

    return copy_to_user((void user *)arg, &two, sizeof(two));
}

void tty_resize(struct tty *t, const struct abi_winsize *size)
{
    unsigned long irq = spin_lock(&t->lock);
    bool changed = t->size.ws_row != size->ws_row ||
                   t->size.ws_col != size->ws_col ||
                   t->size.ws_xpixel != size->ws_xpixel ||
                   t->size.ws_ypixel != size->ws_ypixel;
    struct pid *group = changed ? t->foreground : NULL;

    t->size = *size;
    if (group)
        pid_get(group);
    spin_unlock(&t->lock, irq);
    if (group) {
        terminal_job_signal(group, SIGWINCH);
        pid_put(group);
    }
}

static long set_size(struct tty *t, uintptr_t arg)
{
    struct abi_winsize size;

    if (get_user(&size, (const struct abi_winsize user *)arg))
        return -EFAULT;
    tty_resize(t, &size);
    return 0;
}

static long bytes_ahead(struct tty *t)
{
    unsigned long irq = spin_lock(&t->lock);
    long n = (tty_has(t, ICANON) ? t->canon : t->head) - t->tail;

    spin_unlock(&t->lock, irq);
    return n;
}

static long flush(struct tty *t, uintptr_t which)
{
    unsigned long irq;

    if (which > 2) /* TCIFLUSH, TCOFLUSH, TCIOFLUSH */
        return -EINVAL;
    irq = spin_lock(&t->lock);
    if (which != 1) {
        tty_flush_input_locked(t);
        tty_event(t, TIOCPKT_FLUSHREAD);
    }
    if (which != 0)
        tty_event(t, TIOCPKT_FLUSHWRITE);
    spin_unlock(&t->lock, irq);
    tty_progress(t);
    return 0;
}

static long change_flow(struct tty *t, uintptr_t action)
{
    unsigned long irq;

    if (action > 3) /* TCOOFF, TCOON, TCIOFF, TCION */
        return -EINVAL;
    irq = spin_lock(&t->lock);
    if (action < 2)
        tty_stop(t, action == 0);
    spin_unlock(&t->lock, irq);
    tty_progress(t);
    return 0;
}

long tty_ioctl(struct tty *t, unsigned cmd, uintptr_t arg)
{
    switch (cmd) {
    case TCGETS:
        return copy_to_user((void user *)arg, &t->termios, sizeof(t->termios));
    case TCGETS2:
        return get_termios2(t, arg);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
    case TCSETS2:
    case TCSETSW2:
    case TCSETSF2:
        return set_termios(t, cmd, arg);
    case TIOCGWINSZ:
        return copy_to_user((void user *)arg, &t->size, sizeof(t->size));
    case TIOCSWINSZ:
        return set_size(t, arg);
    case FIONREAD:
        return put_number(arg, (int)bytes_ahead(t));
    case TIOCOUTQ:
    case TIOCGETD:
        return put_number(arg, 0);
    case TCFLSH:
        return flush(t, arg);
    case TCXONC:
        return change_flow(t, arg);
    case TCSBRK:
    case TCSBRKP:
        return 0; /* there is no line that could break, or drain */
    case TIOCEXCL:
    case TIOCNXCL:
        t->exclusive = cmd == TIOCEXCL;
        return 0;
    case TIOCGEXCL:
        return put_number(arg, t->exclusive);
    case TIOCSTI:
        return -EIO; /* as Linux since 6.2: it served to break out */
    case TIOCSCTTY:
        return take_control(t);
    case TIOCNOTTY:
        return give_up(t);
    case TIOCGPGRP:
    case TIOCGSID:
        return tell_foreground(t, cmd, arg);
    case TIOCSPGRP:
        return change_foreground(t, arg);
    default:
        return -ENOTTY;
    }
}
