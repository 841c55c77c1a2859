# SPDX-License-Identifier: MIT
# Sources of vfs/, in vfs/.
vfs_SRCS := vnode.c xattr.c dentry.c mount.c path.c tree.c fs_context.c file.c open.c \
  poll.c fd.c current.c page_tree.c ramfs.c ramfs_file.c ramfs_space.c ramfs_mount.c cpio.c unpack.c \
  aio.c epoll.c eventfd.c exe.c inotify.c timerfd.c signalfd.c devfs.c console.c pipe.c pipe_file.c splice.c lock.c memfd.c ipc.c shm.c sem.c msg.c \
  vfs.c mount_types.c text.c pseudo.c pseudo_file.c procfs.c procfs_find.c \
  procfs_process.c procfs_fd.c procfs_maps.c procfs_status.c procfs_mounts.c \
  procfs_system.c procfs_cpuinfo.c procfs_sysctl.c procfs_net.c sysfs.c \
  p9_msg.c p9_client.c p9_calls.c p9_fs.c p9_name.c p9_attr.c p9_xattr.c p9_dir.c \
  p9_file.c p9_pages.c p9_writeback.c p9_keeper.c \
  tty.c tty_file.c tty_ioctl.c pty.c console_terminal.c
