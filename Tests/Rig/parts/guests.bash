# Guests: a kernel of Debian's, and guest.c as its only program. Made once, shared by all rigs.

cache=${DROVER_RIG_CACHE:-/var/cache/drover-rig}
kernel=$cache/vmlinuz
# Named by what it is made of, so that rigs of two versions do not fight over it.
initramfs=$cache/initramfs-$(sha256sum < "$rig_folder/guest.c" | cut -c1-16).gz

fetch_kernel() {
    [ -s "$kernel" ] && return
    local package folder
    package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
    [ -n "$package" ] || die "apt knows no kernel for the guests (linux-image-cloud-amd64); try: apt-get update"
    folder=$(mktemp -d "$cache/new.XXXXXX")
    (cd "$folder" && apt-get download "$package" > log 2>&1) || die "the guests' kernel cannot be had: $(tail -1 "$folder/log")"
    dpkg-deb --fsys-tarfile "$folder"/*.deb | tar -xO --wildcards './boot/vmlinuz-*' > "$folder/vmlinuz"
    mv "$folder/vmlinuz" "$kernel"
    rm -rf "$folder"
}

build_initramfs() {
    [ -s "$initramfs" ] && return
    local folder
    folder=$(mktemp -d "$cache/new.XXXXXX")
    mkdir -p "$folder/root/dev" "$folder/root/proc"
    gcc -O2 -Wall -static -s -o "$folder/root/init" "$rig_folder/guest.c"
    mknod -m 600 "$folder/root/dev/console" c 5 1
    (cd "$folder/root" && find . | busybox cpio -o -H newc 2> /dev/null | gzip -9) > "$folder/initramfs.gz"
    mv "$folder/initramfs.gz" "$initramfs"
    rm -rf "$folder"
}

# rig prepare: makes what all guests share
rig_prepare() {
    mkdir -p "$cache"
    fetch_kernel
    build_initramfs
}

guest_document() {
    local name=$1 memory=$2 vcpus=$3 devices=$4 arguments=$5
    cat << END
<domain type='qemu'>
  <name>$name</name><memory unit='MiB'>$memory</memory><vcpu>$vcpus</vcpu>
  <os>
    <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
    <kernel>$kernel</kernel><initrd>$initramfs</initrd><cmdline>$arguments</cmdline>
  </os>
  <features><acpi/><tcg><tb-cache unit='MiB'>32</tb-cache></tcg></features>
  <cpu mode='custom' match='exact' check='none'><model>qemu64</model></cpu>
  <on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <emulator>$emulator</emulator>
    <controller type='usb' model='none'/><memballoon model='none'/>
    <serial type='pty'><log file='$(console "$name")' append='on'/></serial>
    $devices
  </devices>
</domain>
END
}

console() { echo "$state/console/$1.log"; }

# rig guest NAME HOST MEMORY_MIB [KEY=VALUE...]: guest.c's settings, and vcpus=N, devices=FILE (more of libvirt's XML)
rig_guest() {
    [ $# -ge 3 ] || die "rig guest NAME HOST MEMORY_MIB [KEY=VALUE...]"
    local name=$1 host=$2 memory=$3 vcpus=1 devices= arguments="console=ttyS0 quiet panic=-1" setting
    require_host "$host"
    # The kernel does not start in less.
    [ "$memory" -ge 96 ] || die "a guest needs 96 MiB or more, not $memory"
    shift 3
    for setting in "$@"; do
        case $setting in
        vcpus=*) vcpus=${setting#*=} ;;
        devices=*) devices=$(cat "${setting#*=}") ;;
        *=*) arguments+=" rig.$setting" ;;
        *) die "$setting is not of the form KEY=VALUE" ;;
        esac
    done
    : > "$(console "$name")"
    guest_document "$name" "$memory" "$vcpus" "$devices" "$arguments" > "$state/$name.xml"
    rig_virsh "$host" define "$state/$name.xml" > /dev/null
    rig_virsh "$host" start "$name" > /dev/null
}

# rig ready NAME...: waits until they have begun their work
rig_ready() {
    local name
    for name in "$@"; do
        for _ in $(seq 1200); do
            grep -q 'rig: ready' "$(console "$name")" && continue 2
            sleep 0.1
        done
        die "guest $name is not ready after two minutes: $(tail -n 3 "$(console "$name")")"
    done
}

# rig set NAME HOST KEY[=VALUE]...: changes a running guest through its console; check, spoil and off have no value
rig_set() {
    [ $# -ge 3 ] || die "rig set NAME HOST KEY[=VALUE]..."
    local name=$1 host=$2 terminal setting
    shift 2
    terminal=$(rig_virsh "$host" ttyconsole "$name") || die "guest $name does not run on $host"
    # QEMU looks once a second whether somebody holds the console open, and loses what was written before.
    {
        sleep 1.2
        for setting in "$@"; do
            echo "${setting/=/ }"
            sleep 0.1
        done
        sleep 0.3
    } > "$terminal"
}

# rig check NAME HOST: has the guest verify its memory; fails when a page is not as the guest left it
rig_check() {
    local name=${1:?which guest} host=${2:?on which host} log before answer
    log=$(console "$name")
    before=$(grep -c 'rig: check' "$log" || true)
    rig_set "$name" "$host" check
    for _ in $(seq 600); do
        answer=$(grep 'rig: check.*bad, hot.*bad' "$log" | tail -n +$((before + 1)) | tail -1)
        [ -n "$answer" ] && break
        sleep 0.1
    done
    [ -n "$answer" ] || die "guest $name on $host does not answer: $(tail -2 "$log")"
    echo "$name ${answer#*rig: }"
    [[ $answer =~ \ 0\ bad.*\ 0\ bad ]]
}
