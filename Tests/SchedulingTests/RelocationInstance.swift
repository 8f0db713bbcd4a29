import ClusterModel
import Foundation
import MigrationModel
import Placement
import Scheduling

/// One of the published instances of scheduling migrations whose destinations are given (Kherbache, Madelaine,
/// Hermenier, UCC 2015), read into our terms: 4 hosts, 10 VMs, memory and CPU, links of 500 and 1000 Mbit/s.
struct RelocationInstance {
    let cluster: Cluster
    let target: [String: String]
    private let durations: [String: Guest]

    /// Megabytes, seconds and megabytes per second, as the paper has them.
    private struct Guest {
        let used: Double
        let hot: Double
        let hotSeconds: Double
        let rate: Double

        /// The paper's duration of a move: the memory, what was rewritten meanwhile, and the hot set.
        func seconds(bandwidthBitsPerSecond: Double) -> Double {
            let bytes = bandwidthBitsPerSecond / 9e6
            var time = used / bytes
            guard time > hotSeconds else { return time }
            let hotRate = hot / hotSeconds
            time += (hot + (time - hotSeconds) * rate) / (bytes - rate) + hot / bytes * (hotRate / (bytes - hotRate))
            return time
        }
    }

    init(path: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let file = try JSONDecoder().decode(File.self, from: data)
        let views = Dictionary(uniqueKeysWithValues: file.origin.views.map { ($0.rcId, $0) })
        let nodes = file.origin.mapping.onlineNodes
        let hosts = nodes.keys.sorted().map { node in
            Host(
                id: "node\(node)", cpuCores: views["cpu"]?.nodes[node] ?? 0,
                memoryBytes: Int64((views["mem"]?.nodes[node] ?? 0) * 1_073_741_824),
                migrationBitsPerSecond: node == "0" || node == "1" ? 5e8 : 1e9, maxMigrationsOut: 10,
                maxMigrationsIn: 10)
        }
        var vms: [VirtualMachine] = []
        for node in nodes.keys.sorted() {
            for number in (nodes[node]?.runningVMs ?? []).sorted() {
                let memory = Int64((views["mem"]?.vms["\(number)"] ?? 0) * 1_073_741_824)
                vms.append(
                    VirtualMachine(
                        id: "vm\(number)", host: "node\(node)", vcpus: 1, memoryBytes: memory,
                        demand: Demand(cpuCores: views["cpu"]?.vms["\(number)"] ?? 0, memoryBytes: Double(memory)),
                        dirty: DirtyRate(hotBytes: 1e6, bytesPerSecond: 1e6)))
            }
        }
        cluster = Cluster(
            name: "relocation", takenAt: Timestamp(secondsSinceEpoch: 1_795_219_200), hosts: hosts,
            vms: vms.sorted { $0.id < $1.id })
        target = Dictionary(uniqueKeysWithValues: file.actions.map { ("vm\($0.vm)", "node\($0.to)") })
        durations = Dictionary(
            uniqueKeysWithValues: file.origin.attributes.vms.map {
                (
                    "vm\($0)",
                    Guest(used: $1.memUsed, hot: $1.maxDirtySize, hotSeconds: $1.maxDirtyDuration, rate: $1.dirtyRate)
                )
            })
    }

    static var policy: Policy {
        var policy = Policy()
        policy.spareHosts = 0
        policy.limits = ResourceLimits(cpu: 1, memory: 1)
        return policy
    }

    func schedule() -> Schedule {
        let packed = PackedCluster(cluster: cluster, policy: Self.policy, startsAt: cluster.takenAt)
        let goal = (0..<packed.vmCount).map { vm in
            target[packed.vm(vm).id].flatMap { packed.hostIndex[$0] }.map { Int32($0) } ?? packed.home[vm]
        }
        let guests = (0..<packed.vmCount).map { durations[packed.vm($0).id] }
        let scheduler = Scheduler(ScheduleRequest(packed: packed, target: goal)) { vm, bandwidth in
            guard let guest = guests[vm] else { return .refused(constraint: "unknown", detail: "no such guest") }
            let seconds = guest.seconds(bandwidthBitsPerSecond: bandwidth)
            return .migrate(
                prediction: MigrationPrediction(
                    mode: .live, durationSeconds: seconds, durationP95Seconds: seconds, downtimeMilliseconds: 100,
                    transferBytes: guest.used * 1e6, rounds: 2, reason: "the paper's formula"))
        }
        return scheduler.schedule()
    }

    // MARK: The file

    private struct File: Decodable {
        let origin: Origin
        let actions: [Action]
    }

    private struct Origin: Decodable {
        struct Mapping: Decodable {
            let onlineNodes: [String: Node]
        }
        struct Node: Decodable {
            let runningVMs: [Int]
        }
        struct Attributes: Decodable {
            let vms: [String: Attribute]
        }
        struct Attribute: Decodable {
            let memUsed: Double
            let maxDirtySize: Double
            let maxDirtyDuration: Double
            let dirtyRate: Double
        }
        struct View: Decodable {
            let rcId: String
            let nodes: [String: Double]
            let vms: [String: Double]
        }
        let mapping: Mapping
        let attributes: Attributes
        let views: [View]
    }

    private struct Action: Decodable {
        let vm: Int
        let to: Int
    }
}
