# The switch and the hosts' links, all in network namespaces: nothing of it is in the machine's own network.

has_namespace() { [ -e "/run/netns/$1" ]; }

switch_up() {
    has_namespace "$switch" && return
    ip netns add "$switch"
    ip -n "$switch" link set lo up
    ip -n "$switch" link add bridge type bridge
    ip -n "$switch" link set bridge up
}

# host_network_up HOST
host_network_up() {
    local namespace=$prefix-$1 port=port-$1
    has_namespace "$namespace" && return
    ip netns add "$namespace"
    ip -n "$namespace" link set lo up
    ip -n "$switch" link add "$port" type veth peer name eth0 netns "$namespace"
    ip -n "$switch" link set "$port" master bridge up
    ip -n "$namespace" address add "$(address "$1")/24" dev eth0
    ip -n "$namespace" link set eth0 up
}

# shape NAMESPACE DEVICE MBIT
shape() {
    if [ "$3" = 0 ]; then
        ip netns exec "$1" tc qdisc delete dev "$2" root 2> /dev/null || true
    else
        ip netns exec "$1" tc qdisc replace dev "$2" root tbf rate "$3mbit" burst 256k latency 50ms
    fi
}

link_host() {
    shape "$prefix-$1" eth0 "$2"
    shape "$switch" "port-$1" "$2"
}

# rig link MBIT [HOST...]
rig_link() {
    local host speed=${1:?how many Mbit/s} && shift
    for host in ${*:-$(hosts)}; do
        require_host "$host"
        link_host "$host" "$speed"
    done
}

# rig cut HOST, rig mend HOST
rig_cut() { require_host "${1:-}" && ip -n "$switch" link set "port-$1" down; }
rig_mend() { require_host "${1:-}" && ip -n "$switch" link set "port-$1" up; }

network_down() {
    local host
    for host in "$@"; do
        if has_namespace "$prefix-$host"; then ip netns delete "$prefix-$host"; fi
    done
    if has_namespace "$switch"; then ip netns delete "$switch"; fi
}
