import ClusterModel
import Foundation

/// Ganeti's `hbal` and `hsqueeze`, run on a cluster beside Drover.
struct Htools {
    private let text: GanetiText
    private let scratch: ScratchFolder

    init(cluster: Cluster, scratch: ScratchFolder) {
        text = GanetiText(cluster: cluster)
        self.scratch = scratch
    }

    /// Says which of the programs are missing, and how to get them.
    static func missing(_ programs: [String]) -> String? {
        let absent = programs.filter { !ChildProcess.isInstalled($0) }
        guard !absent.isEmpty else { return nil }
        return
            "\(absent.joined(separator: ", ")): not installed here (Debian: ganeti-htools); only recorded figures are shown"
    }

    /// What `hbal` did: its score before and after, and the moves between.
    struct Balance {
        let scoreBefore: Double
        let scoreAfter: Double
        let moves: Int
        let use: ChildProcess.Use
    }

    /// - Parameter limit: moves at most; 0 only scores the placement, `nil` goes on until `hbal` sees no better one.
    func balance(_ hostOfVM: [String: String], limit: Int?) throws -> Balance {
        let load = try scratch.write(text.utilisation(), as: "hbal.util")
        let arguments = ["-U", load] + (limit.map { ["-l", "\($0)"] } ?? [])
        let (lines, use) = try run("hbal", arguments, hostOfVM)
        guard let before = number(after: "Initial score: ", lines) else { throw BenchError("hbal printed no score") }
        return Balance(
            scoreBefore: before,
            scoreAfter: number(after: " to ", lines.filter { $0.hasPrefix("Cluster score") }) ?? before,
            moves: number(after: "Solution length=", lines).map { Int($0) } ?? 0, use: use)
    }

    /// What `hsqueeze` did: hosts that it leaves on, and instances that it moves.
    struct Squeeze {
        let hostsLeft: Int
        let moves: Int
        let use: ChildProcess.Use
    }

    func squeeze(_ hostOfVM: [String: String]) throws -> Squeeze {
        let commands = "\(scratch.path)/commands"
        let (lines, use) = try run("hsqueeze", ["-C\(commands)"], hostOfVM)
        let names = Set(text.cluster.hosts.map(\.id))
        let written = (try? String(contentsOfFile: commands, encoding: .utf8)) ?? ""
        let moves = written.split(separator: "\n").count { $0.contains("gnt-instance") && !$0.hasPrefix("#") }
        return Squeeze(hostsLeft: names.count - lines.count { names.contains($0) }, moves: moves, use: use)
    }

    /// The groups of hosts that `hroller` would reboot together, all VMs moved away first.
    func rebootGroups(_ hostOfVM: [String: String]) throws -> (groups: [[String]], use: ChildProcess.Use) {
        let (lines, use) = try run("hroller", ["--full-evacuation", "--no-headers"], hostOfVM)
        let names = Set(text.cluster.hosts.map(\.id))
        let groups = lines.map { $0.split(separator: ",").map(String.init) }.filter {
            !$0.isEmpty && names.isSuperset(of: $0)
        }
        return (groups, use)
    }

    private func run(
        _ program: String, _ arguments: [String], _ hostOfVM: [String: String]
    ) throws -> (lines: [String], use: ChildProcess.Use) {
        let data = try scratch.write(text.data(hostOfVM), as: "cluster.data")
        let output = "\(scratch.path)/\(program).out"
        let use = try ChildProcess([program, "-t", data] + arguments, output: output).waitForEnd()
        let printed = try String(contentsOfFile: output, encoding: .utf8)
        return (printed.split(separator: "\n").map(String.init), use)
    }

    /// The number that follows a text in the first line that has it.
    private func number(after mark: String, _ lines: [String]) -> Double? {
        for line in lines {
            guard let range = line.range(of: mark) else { continue }
            return Double(line[range.upperBound...].prefix { $0.isNumber || $0 == "." })
        }
        return nil
    }
}
