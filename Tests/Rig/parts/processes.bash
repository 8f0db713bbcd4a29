# Processes that this rig started. A recorded one is ours only while its number AND its start time match.

start_time() { sed 's/.*) //' "/proc/$1/stat" 2> /dev/null | cut -d' ' -f20; }

# record FILE PID
record() { echo "$2 $(start_time "$2")" > "$1"; }

# alive FILE: prints the number of the recorded process while it runs.
alive() {
    local number time
    [ -f "$1" ] && read -r number time < "$1" && [ -n "$time" ] && [ "$(start_time "$number")" = "$time" ] &&
        echo "$number"
}

# stop FILE [SIGNAL]: ends the recorded process, by force when it does not end within ten seconds.
stop() {
    local number
    number=$(alive "$1") || { rm -f "$1"; return 0; }
    kill "-${2:-TERM}" "$number"
    for _ in $(seq 100); do
        [ -n "$(alive "$1")" ] || break
        sleep 0.1
    done
    if [ -n "$(alive "$1")" ]; then kill -KILL "$number"; fi
    rm -f "$1"
}

# guest_processes HOST: the numbers of its QEMUs, known by QEMU's own pid files and by the rig's emulator.
guest_processes() {
    local file number
    for file in "$state/$1"/run/qemu/*.pid; do
        [ -f "$file" ] || continue
        number=$(cat "$file")
        if [ "$(tr '\0' '\n' 2> /dev/null < "/proc/$number/cmdline" | head -1)" = "$emulator" ]; then echo "$number"; fi
    done
}

# kill_guests HOST: as a power cut does; returns when they are gone.
kill_guests() {
    local number numbers
    numbers=$(guest_processes "$1")
    for number in $numbers; do kill -KILL "$number" 2> /dev/null || true; done
    for number in $numbers; do
        while [ -e "/proc/$number/exe" ]; do sleep 0.05; done
    done
}
