/// What other programs made of the same clusters, measured on 2026-11-22 on two shared cores of another machine; CPU
/// seconds are user time. hbal and hsqueeze are Debian's ganeti-htools 3.0.2.
enum RecordedPeers {
    /// A placement of c20: moved VMs, standard deviations over the hosts, and what it took.
    struct Balance {
        let program: String
        let moves: Int
        let memory: Double
        let cpu: Double
        let took: String
    }

    static let c20: [Balance] = [
        Balance(program: "hbal, whole", moves: 55, memory: 0.0392, cpu: 0.0289, took: "5.0 CPU s"),
        Balance(program: "hbal, 44 moves", moves: 44, memory: 0.0353, cpu: 0.0309, took: "4.3 CPU s"),
        Balance(program: "proxlb-solver (CP-SAT), memory", moves: 44, memory: 0.0211, cpu: 0.0491, took: "30 s limit"),
        Balance(program: "proxlb-solver, global_smart", moves: 41, memory: 0.0303, cpu: 0.0148, took: "30 s limit"),
        Balance(program: "OneDRS (ILP, CBC), memory", moves: 54, memory: 0.0145, cpu: 0.0620, took: "40 s limit"),
        Balance(
            program: "Watcher workload_stabilization", moves: 6, memory: 0.1860, cpu: 0.0835, took: "0.9 s, then failed"
        ),
        Balance(program: "simulated annealing, 100 lines", moves: 20, memory: 0.0198, cpu: 0.0171, took: "-"),
        Balance(program: "simulated annealing, 100 lines", moves: 30, memory: 0.0114, cpu: 0.0055, took: "-"),
        Balance(program: "simulated annealing, 100 lines", moves: 44, memory: 0.0049, cpu: 0.0009, took: "-"),
    ]

    /// hbal's score of c20 by moves.
    static let c20Scores = """
        recorded: hbal 0.1904 in 44 moves, 0.1838 in 59; simulated annealing 0.219 in 20, 0.148 in 30, 0.115 in 44, 0.092 in 55
        """

    /// CPU seconds that hbal takes for one move; none for c500, where it made no first move in 150 s.
    static let hbalSecondsPerMove: [String: Double] = ["c20": 0.085, "c80": 6.5]

    /// A consolidation: hosts left, moves, and what it took.
    struct Consolidation {
        let program: String
        let hosts: String
        let moves: String
        let took: String
    }

    static let consolidation: [String: [Consolidation]] = [
        "q10": [
            Consolidation(program: "CP-SAT, proved optimum", hosts: "3", moves: "36", took: "-"),
            Consolidation(program: "hsqueeze", hosts: "3", moves: "37", took: "0.67 CPU s"),
        ],
        "q20": [
            Consolidation(program: "CP-SAT, proved optimum", hosts: "6", moves: "112", took: "-"),
            Consolidation(program: "OneDRS pack", hosts: "6", moves: "112", took: "7.6 s"),
            Consolidation(program: "hsqueeze", hosts: "6", moves: "113", took: "44 CPU s"),
            Consolidation(program: "Watcher vm_workload_consolidation", hosts: "15", moves: "31", took: "0.04 s"),
        ],
        "c80": [Consolidation(program: "first-fit decreasing", hosts: "45", moves: ">= 310", took: "-")],
        "c500": [
            Consolidation(program: "first-fit decreasing", hosts: "279", moves: ">= 2309", took: "-"),
            Consolidation(program: "Watcher", hosts: "458", moves: "335", took: "7.2 s"),
        ],
    ]
}
