public import ClusterModel
import Foundation
public import MigrationModel

/// A published instance of scheduling migrations whose destinations are given (Kherbache, Madelaine, Hermenier, UCC
/// 2015), in our terms.
public struct RelocationInstance: Sendable {
    /// Of the nodes 0, 1, 2 ... in Mbit/s, each direction apart, as the instances' own description has them.
    public static let publishedLinks: [Double] = [500, 500, 1000, 1000]

    public let cluster: Cluster
    public let target: [String: String]
    /// Makespan of the plan in the file, which the paper's own scheduler made.
    public let publishedSeconds: Double
    private let guests: [String: GuestMemory]

    /// - Parameter linkMegabits: of the nodes in order of their numbers; the last holds for all further ones.
    public init(path: String, linkMegabits: [Double] = publishedLinks) throws {
        let data = try Data(contentsOf: URL(filePath: path))
        let file = try JSONDecoder().decode(RelocationFile.self, from: data)
        let views = Dictionary(file.origin.views.map { ($0.rcId, $0) }, uniquingKeysWith: { first, _ in first })
        let nodes = file.origin.mapping.onlineNodes.sorted { $0.key < $1.key }
        let hosts = nodes.enumerated().map { position, node in
            let megabits = linkMegabits.isEmpty ? 1000 : linkMegabits[min(position, linkMegabits.count - 1)]
            return Host(
                id: "node\(node.key)", cpuCores: views["cpu"]?.nodes[node.key] ?? 0,
                memoryBytes: Self.bytes(views["mem"]?.nodes[node.key]), migrationBitsPerSecond: megabits * 1e6,
                // Only bandwidth bounds how many move at once.
                maxMigrationsOut: file.actions.count, maxMigrationsIn: file.actions.count)
        }
        guests = Dictionary(uniqueKeysWithValues: file.origin.attributes.vms.map { ("vm\($0)", $1) })
        var vms: [VirtualMachine] = []
        for (node, content) in nodes {
            for number in content.runningVMs {
                let memory = Self.bytes(views["mem"]?.vms[number])
                let guest = file.origin.attributes.vms[number]
                vms.append(
                    VirtualMachine(
                        id: "vm\(number)", host: "node\(node)", vcpus: 1, memoryBytes: memory,
                        demand: Demand(cpuCores: views["cpu"]?.vms[number] ?? 0, memoryBytes: Double(memory)),
                        dirty: guest?.dirty, extensions: guest?.extensions ?? .none))
            }
        }
        cluster = Cluster(
            name: URL(filePath: path).deletingPathExtension().lastPathComponent,
            takenAt: Timestamp(secondsSinceEpoch: 1_795_219_200), hosts: hosts, vms: vms.sorted { $0.id < $1.id },
            extensions: Extensions.none.setting("moveSeconds", .string(value: GuestMemory.formula)))
        target = Dictionary(
            file.actions.map { ("vm\($0.vm)", "node\($0.to)") }, uniquingKeysWith: { _, last in last })
        publishedSeconds = file.actions.map(\.end).max() ?? 0
    }

    /// The instances count in GiB.
    private static func bytes(_ gibibytes: Double?) -> Int64 { Int64((gibibytes ?? 0) * 1_073_741_824) }

    /// Nothing spare and full limits, as the instances have it.
    public static var policy: Policy {
        var policy = Policy()
        policy.name = "relocation"
        policy.spareHosts = 0
        policy.limits = ResourceLimits(cpu: 1, memory: 1)
        // The instances know no longest pause.
        policy.maxDowntimeMilliseconds = 60_000
        return policy
    }

    /// The paper's duration of a move in place of our migration model's.
    public func choice(for vm: VirtualMachine, bandwidthBitsPerSecond: Double) -> MigrationChoice {
        guard let guest = guests[vm.id] else { return .refused(constraint: "migratability", detail: "no such guest") }
        let seconds = guest.moveSeconds(bandwidthBitsPerSecond: bandwidthBitsPerSecond)
        guard seconds.isFinite, seconds > 0 else {
            return .refused(constraint: "convergence", detail: "it rewrites memory faster than the path copies")
        }
        return .migrate(
            prediction: MigrationPrediction(
                mode: .live, durationSeconds: seconds, durationP95Seconds: seconds, downtimeMilliseconds: 0,
                transferBytes: seconds * bandwidthBitsPerSecond / 9, rounds: 2,
                reason: "duration by the instances' model, which knows no pause"))
    }
}
