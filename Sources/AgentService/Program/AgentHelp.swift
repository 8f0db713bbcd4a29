/// The agent's help. It teaches: what each command is for, with an example that can be typed as it stands.
enum AgentHelp {
    /// The same as drover's: their packages are made together.
    static let version = "0.1.0"

    static let overview = """
        drover-agent measures this host and its virtual machines for Drover.

        usage: drover-agent run|once|status [options]

          run      take a sample every 10 seconds, into an SQLite file, to a server, or both
          once     take one sample, print it, and end
          status   print what waits in the spool and what was last sent

          drover-agent once
          drover-agent run --sqlite samples.sqlite --interval 1s --count 5
          drover-agent run --server https://drover.example:8443 --token-file /etc/drover-agent/token

        drover-agent COMMAND --help tells the options of a command, drover-agent --version the version.
        Exit status: 0 done, 1 failed, 64 wrong usage. Results go to stdout, everything else to stderr.

        """

    static let commands = ["run": run, "once": once, "status": status]

    private static let run = """
        drover-agent run: take samples until told to stop (SIGTERM, SIGINT) or for --count times.

        What is measured: CPU (busy, guests, I/O wait, stolen, per CPU), memory, disks, network cards, pressure, RAPL
        watts, control groups, and each QEMU process: which machine it is, its CPU, memory, disk and network. Root sees
        all of it; without root, other users' I/O, guests' networks and RAPL are left out, with a warning.

          --interval 10s         between two samples; 100ms to 24h
          --count N              end after N samples
          --host NAME            this host's id in the inventory (default: the host's name)
          --cluster-name NAME    the cluster it belongs to

        Into a file:
          --sqlite FILE          write samples into this SQLite file (tables host_sample and vm_sample)
          --keep-days 30         delete samples older than this from it

        To a server:
          --server URL           drover serve, as in https://drover.example:8443
          --token-file FILE      the file with this host's token; it is read anew for every batch
          --ca-file FILE         trust the certificates in this PEM file instead of the system's
          --spool DIR            where batches wait (default: /var/lib/drover-agent/spool)
          --spool-max-bytes 64MiB  when it is full, the oldest batches are dropped, and counted
          --timeout 15s          for one exchange with the server
          --insecure yes         send the token without TLS to another machine

        Virtual machines:
          --libvirt auto         ask libvirt for them: auto (this host's, when it is there), off (/proc alone), or a URI,
                                 as in qemu:///system; libvirt knows CPU, balloon, disks and networks better than /proc
          --dirty-rate-interval 15m  how often a machine's dirty rate is measured, by libvirt; off: never
          --dirty-rate-periods 1,5,25  seconds of one measurement each: short ones find the rate, long ones the hot set

          --host-cpu-from machine  the host's CPU use: machine (/proc/stat), guests (the sum over its virtual machines), or
                                 the directory of a control group (for hosts that share a machine)
          --root DIR             read DIR/proc and DIR/sys (an agent in a container)

        A batch leaves the spool when the server has taken it, and has a name that the server remembers: whatever is
        killed or cut off meanwhile, each sample arrives exactly once.

        """

    private static let once = """
        drover-agent once: look twice, print what was measured in between, and end.

          --interval 1s          between the two looks
          --format text|json     (default: text)
          --host NAME            what the host is called in the output
          --libvirt auto|off|URI  as for run
          --host-cpu-from machine|guests|DIR
          --root DIR             read DIR/proc and DIR/sys

        """

    private static let status = """
        drover-agent status: print what waits in the spool and what was last sent.

          --spool DIR            (default: /var/lib/drover-agent/spool)
          --sqlite FILE          print how many samples the agent's file holds, and the newest
          --format text|json     (default: text)

        """
}
