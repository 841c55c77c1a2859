# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# dropbear: a login over ssh that runs commands in the machine
# packages: dropbear-bin openssh-client busybox-static
# memory: 64M
asked() {
    local port
    port=$(free_port)
    mkdir -p "$dir/root/root/.ssh" "$dir/root/bin" "$dir/root/etc/dropbear" "$dir/root/dev"
    chmod 755 "$dir/root"
    chmod 700 "$dir/root/root" "$dir/root/root/.ssh"
    does keys ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
    cp "$dir/key.pub" "$dir/root/root/.ssh/authorized_keys"
    chmod 600 "$dir/root/root/.ssh/authorized_keys"
    does keys dropbearkey -t ed25519 -f "$dir/root/etc/dropbear/host"
    echo 'root::0:0:root:/root:/bin/sh' >"$dir/root/etc/passwd"
    echo /bin/sh >"$dir/root/etc/shells"
    machine dropbear -p "$port:22" --add /bin/busybox:/bin/busybox --add /bin/busybox:/bin/sh \
        --add "$dir/root/root:/root" --add "$dir/root/etc:/etc" \
        /usr/sbin/dropbear -F -E -r /etc/dropbear/host
    login() {
        ssh -i "$dir/key" -p "$port" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
            -o LogLevel=ERROR -o BatchMode=yes root@127.0.0.1 "$@"
    }
    until_ready login true
    same commands '6 Elfin' "$(login 'busybox expr 2 + 4; busybox uname -v | busybox grep -o Elfin' | tr '\n' ' ' | sed 's/ $//')"
    same 'its status' 7 "$(login 'exit 7'; echo $?)"
    same 'bytes both ways' "$(seq 1 20000 | sha256sum)" "$(seq 1 20000 | login 'busybox cat' | sha256sum)"
    stop dropbear "$machine"
}
