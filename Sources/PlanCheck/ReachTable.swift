import ClusterModel

/// Which VM can run on which host in one aspect, for the few kinds of VMs and hosts that it tells apart.
struct ReachTable {
    enum Aspect: CaseIterable {
        case cpu, datastores, networks
    }

    /// What of a VM or a host an aspect looks at.
    private struct Kind: Hashable {
        var texts: [String?] = []
        var list: [String]?
    }

    private let kindOfVM: [Int32]
    private let kindOfHost: [Int32]
    private let hostKinds: Int
    private let isReached: [Bool]

    init(_ aspect: Aspect, of cluster: Cluster) {
        let vms = Self.sorted(cluster.vms) { vm in
            switch aspect {
            case .cpu: Kind(texts: [vm.architecture, vm.cpuModel], list: vm.cpuFeatures)
            case .datastores: Kind(list: vm.datastores)
            case .networks: Kind(list: vm.networks)
            }
        }
        let hosts = Self.sorted(cluster.hosts) { host in
            switch aspect {
            case .cpu: Kind(texts: [host.architecture, host.cpuModel], list: host.cpuFeatures)
            case .datastores: Kind(list: host.datastores)
            case .networks: Kind(list: host.networks)
            }
        }
        kindOfVM = vms.kinds
        kindOfHost = hosts.kinds
        hostKinds = hosts.first.count
        isReached = vms.first.flatMap { vm in hosts.first.map { Self.reaches(vm, $0, aspect) } }
    }

    private static func reaches(_ vm: VirtualMachine, _ host: Host, _ aspect: Aspect) -> Bool {
        ReachCheck.obstacles(for: vm, on: host).allSatisfy { promise, _ in
            switch aspect {
            case .cpu: promise == .datastores || promise == .networks
            case .datastores: promise != .datastores
            case .networks: promise != .networks
            }
        }
    }

    private static func sorted<Thing>(_ things: [Thing], by kind: (Thing) -> Kind) -> (kinds: [Int32], first: [Thing]) {
        var known: [Kind: Int32] = [:]
        var first: [Thing] = []
        let kinds = things.map { thing in
            let kind = kind(thing)
            if let number = known[kind] { return number }
            known[kind] = Int32(first.count)
            first.append(thing)
            return Int32(first.count - 1)
        }
        return (kinds, first)
    }

    func reaches(_ vm: Int, _ host: Int) -> Bool {
        isReached[Int(kindOfVM[vm]) * hostKinds + Int(kindOfHost[host])]
    }
}
