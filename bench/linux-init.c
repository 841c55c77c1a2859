// SPDX-License-Identifier: MIT
/*
 * linux-init PROGRAM [ARGUMENT...]: the first process of a Linux guest that is
 * compared with Elfin. It makes what Elfin has from the start (/dev, /proc,
 * /sys, /tmp, the loopback interface; with ADDRESS=a.b.c.d in its environment
 * also the network card, from /modules), runs the program, and ends the machine
 * with it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void complain(bool failed, const char *what)
{
    if (failed)
        perror(what);
}

static void mount_on(const char *dir, const char *type)
{
    mkdir(dir, 0755);
    complain(mount(type, dir, type, 0, NULL) < 0, dir);
}

/* All of /modules, in whatever order they need each other. */
static void load_modules(void)
{
    struct dirent **names;
    int n = scandir("/modules", &names, NULL, alphasort);
    bool loaded[32] = {false};

    for (int i = 0; n > 0 && n < 32 && i < n * n; i++) {
        char path[300];
        int fd;

        if (loaded[i % n] || names[i % n]->d_name[0] == '.')
            continue;
        snprintf(path, sizeof(path), "/modules/%s", names[i % n]->d_name);
        fd = open(path, O_RDONLY);
        loaded[i % n] = !syscall(SYS_finit_module, fd, "", 0);
        close(fd);
    }
}

static void set_address(int fd, unsigned long request, const char *address)
{
    struct ifreq r = {.ifr_name = "eth0"};
    struct sockaddr_in *a = (void *)&r.ifr_addr;

    a->sin_family = AF_INET;
    inet_pton(AF_INET, address, &a->sin_addr);
    complain(ioctl(fd, request, &r) < 0, address);
}

static void bring_up(int fd, const char *name)
{
    struct ifreq r = {0};

    snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
    if (ioctl(fd, SIOCGIFFLAGS, &r) == 0) {
        r.ifr_flags |= IFF_UP;
        complain(ioctl(fd, SIOCSIFFLAGS, &r) < 0, name);
    }
}

static void set_up_network(const char *address)
{
    struct ifreq r = {.ifr_name = "eth0"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    bring_up(fd, "lo");
    if (address) {
        load_modules();
        for (int i = 0; i < 100 && ioctl(fd, SIOCGIFFLAGS, &r); i++)
            usleep(50000); /* the card is probed in the background */
        set_address(fd, SIOCSIFADDR, address);
        set_address(fd, SIOCSIFNETMASK, "255.255.255.0");
        bring_up(fd, "eth0");
    }
    close(fd);
}

int main(int argc, char **argv)
{
    const struct rlimit many = {1 << 20, 1 << 20};
    pid_t child;

    if (argc < 2 || getpid() != 1)
        return 2;
    mount_on("/dev", "devtmpfs");
    mount_on("/proc", "proc");
    mount_on("/sys", "sysfs");
    mount_on("/dev/shm", "tmpfs");
    mkdir("/tmp", 01777);
    setrlimit(RLIMIT_NOFILE, &many);
    setenv("PATH",
           "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    set_up_network(getenv("ADDRESS"));
    child = fork();
    if (child == 0) {
        execv(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    while (wait(NULL) != child)
        ;
    reboot(RB_AUTOBOOT); /* QEMU has -no-reboot */
}
