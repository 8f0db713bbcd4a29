# Hosts: a libvirtd each, in namespaces of its own for network, mounts and host name, and in a control group of its own.

hosts() {
    local folder
    for folder in "$state"/h[1-9]; do
        if [ -d "$folder" ]; then basename "$folder"; fi
    done
}
address() { echo "10.77.0.${1#h}"; }
require_host() { [[ ${1:-} == h[1-9] && -d $state/$1 ]] || die "no host ${1:-} in rig $prefix; it has: $(hosts | xargs)"; }

configure_host() {
    local host=$1 folder=$state/$1
    mkdir -p "$folder"/{etc/qemu,lib,cache,log,run}
    cat > "$folder/etc/libvirtd.conf" << END
listen_tls = 0
listen_tcp = 1
listen_addr = "$(address "$host")"
auth_tcp = "none"
auth_unix_ro = "none"
auth_unix_rw = "none"
host_uuid = "d20fe12e-0000-4000-8000-00000000000${host#h}"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
END
    # No control groups by libvirt: those of two hosts would have the same names (machine/qemu-1-NAME).
    cat > "$folder/etc/qemu.conf" << END
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = [ ]
cgroup_controllers = [ ]
stdio_handler = "file"
migration_address = "$(address "$host")"
migration_host = "$(address "$host")"
END
}

# Moves this shell, and so what it starts, into the host's control group: CPU time is counted there, in version 1 or 2.
control_groups() {
    local root
    for root in /sys/fs/cgroup/cpuacct /sys/fs/cgroup; do
        if [ -f "$root/cgroup.procs" ]; then echo "$root/drover-$prefix-$1"; fi
    done
}
enter_control_group() {
    local group
    for group in $(control_groups "$1"); do
        mkdir -p "$group" && echo "$BASHPID" > "$group/cgroup.procs" && return
    done
}

# A daemon must not hold open what belongs to whoever called the rig: they would wait for its end.
close_inherited() {
    local descriptor
    for descriptor in "/proc/$BASHPID"/fd/*; do
        descriptor=${descriptor##*/}
        if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
    done
}

libvirtd_up() {
    local host=$1 folder=$state/$1 number
    [ -z "$(alive "$folder/libvirtd")" ] || return 0
    mkdir -p /etc/libvirt /run/libvirt /var/{lib,cache,log}/libvirt
    rm -f "$folder"/run/libvirt-sock*
    (
        enter_control_group "$host" 2> /dev/null || true
        close_inherited
        exec setsid ip netns exec "$prefix-$host" unshare --mount --uts "$rig_folder/host" "$state" "$prefix" "$host"
    ) < /dev/null > "$folder/log/output" 2>&1 &
    number=$!
    record "$folder/libvirtd" "$number"
    for _ in $(seq 300); do
        [ -S "$folder/run/libvirt-sock" ] && rig_virsh "$host" version > /dev/null 2>&1 && return
        [ -n "$(alive "$folder/libvirtd")" ] || break
        sleep 0.1
    done
    die "libvirtd of $host does not answer: $(cat "$folder"/log/output "$folder"/log/libvirtd.log 2> /dev/null | tail -n 3)"
}

# libvirtd does not start without the account that a package makes (libvirt-daemon-system, which would also start a
# libvirtd of the machine's own). Hosts get copies of the machine's accounts with it.
accounts() {
    { grep -v '^libvirt-qemu:' /etc/passwd && echo "libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin"; } \
        > "$state/passwd"
    { grep -v '^libvirt-qemu:' /etc/group && echo "libvirt-qemu:x:64055:"; } > "$state/group"
}

# rig up N
rig_up() {
    local count=${1:-2} number
    [[ $count == [1-9] ]] || die "a rig has 1 to 9 hosts, not $count"
    rig_prepare
    mkdir -p "$state/console"
    install -m 755 "$rig_folder/emulator" "$emulator"
    { echo "127.0.0.1 localhost" && for number in 1 2 3 4 5 6 7 8 9; do
        echo "$(address h$number) $prefix-h$number"
    done; } > "$state/hosts"
    accounts
    switch_up
    for number in $(seq "$count"); do
        [ -d "$state/h$number" ] && [ -n "$(alive "$state/h$number/libvirtd")" ] && continue
        configure_host "h$number"
        host_network_up "h$number"
        link_host "h$number" "${DROVER_RIG_MBIT:-0}"
        libvirtd_up "h$number" &
    done
    wait_for_all
    rig_status
}

# rig on HOST: as after a power-on. rig off HOST: as after the power was cut.
rig_on() { require_host "${1:-}" && libvirtd_up "$1"; }
rig_off() {
    require_host "${1:-}"
    stop "$state/$1/libvirtd" KILL
    kill_guests "$1"
    rm -rf "${state:?}/$1"/run/qemu "${state:?}/$1"/lib/qemu/domain-*
}

# rig libvirtd HOST stop|kill|start: the daemon alone; guests run on.
rig_libvirtd() {
    require_host "${1:-}"
    case ${2:-} in
    start) libvirtd_up "$1" ;;
    stop) stop "$state/$1/libvirtd" TERM ;;
    kill) stop "$state/$1/libvirtd" KILL ;;
    *) die "rig libvirtd HOST start|stop|kill" ;;
    esac
}

# rig uri HOST [tcp]: for use from the machine | from another host
rig_uri() {
    require_host "${1:-}"
    if [ "${2:-}" = tcp ]; then
        echo "qemu+tcp://$(address "$1")/system"
    else
        echo "qemu+unix:///system?socket=$state/$1/run/libvirt-sock"
    fi
}

# rig virsh HOST ARGUMENTS...
rig_virsh() {
    local host=${1:-} uri
    uri=$(rig_uri "$host") || exit 1
    shift
    virsh -c "$uri" "$@"
}

rig_status() {
    local host number
    for host in $(hosts); do
        number=$(alive "$state/$host/libvirtd" || true)
        echo "$host $(rig_uri "$host") libvirtd=${number:--} guests=[$(rig_virsh "$host" list --name 2> /dev/null | xargs)]"
    done
}

rig_down() {
    local host group names
    names=$(hosts)
    for host in $names; do
        stop "$state/$host/libvirtd" &
    done
    wait
    for host in $names; do kill_guests "$host"; done
    # shellcheck disable=SC2086
    network_down $names
    for host in $names; do
        for group in $(control_groups "$host"); do
            if [ -d "$group" ]; then rmdir "$group" 2> /dev/null || true; fi
        done
    done
    rm -rf "${state:?}"
}
