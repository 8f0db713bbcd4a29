public import ClusterModel

// Short ways to write clusters down in tests: `.host("a", memory: .gib(64))`, `.vm("v1", on: "a")`.

extension Int64 {
    /// So many times 2^30.
    public static func gib(_ count: Int64) -> Int64 { count << 30 }
}

extension Timestamp {
    /// When the clusters of the tests are taken, unless they say otherwise.
    public static let testMoment = Timestamp(secondsSinceEpoch: 1_795_219_200)
}

extension Host {
    /// A host of 16 cores and 64 GiB that is on, reaches everything and has the policy's links, unless told
    /// otherwise.
    public static func host(
        _ id: String, cores: Double = 16, memory: Int64 = .gib(64), state: State = .on, site: String? = nil,
        rack: String? = nil, labels: [String: String] = [:], power: PowerModel? = nil
    ) -> Host {
        Host(
            id: id, state: state, cpuCores: cores, memoryBytes: memory, site: site, rack: rack, labels: labels,
            power: power)
    }
}

extension VirtualMachine {
    /// A running VM of 1 core and 4 GiB, all of its memory in use, that may move live, unless told otherwise.
    public static func vm(
        _ id: String, on host: String?, cores: Double = 1, memory: Int64 = .gib(4), state: State = .running,
        labels: [String: String] = [:]
    ) -> VirtualMachine {
        VirtualMachine(
            id: id, host: host, state: state, vcpus: max(1, Int(cores.rounded(.up))), memoryBytes: memory,
            demand: Demand(cpuCores: cores, memoryBytes: Double(memory)), labels: labels)
    }
}

extension Rule {
    public static func apart(
        _ id: String, _ vms: [String], scope: Scope = .host, atMost maxPerDomain: Int = 1, required: Bool = true
    ) -> Rule {
        Rule(
            id: id, kind: .antiAffinity(scope: scope, maxPerDomain: maxPerDomain), vms: .ids(ids: vms),
            required: required)
    }

    public static func together(
        _ id: String, _ vms: [String], scope: Scope = .host, required: Bool = true
    ) -> Rule {
        Rule(id: id, kind: .affinity(scope: scope), vms: .ids(ids: vms), required: required)
    }

    public static func only(_ id: String, _ vms: [String], on hosts: [String], required: Bool = true) -> Rule {
        Rule(id: id, kind: .hostAffinity(hosts: .ids(ids: hosts)), vms: .ids(ids: vms), required: required)
    }

    public static func never(_ id: String, _ vms: [String], on hosts: [String], required: Bool = true) -> Rule {
        Rule(id: id, kind: .hostAntiAffinity(hosts: .ids(ids: hosts)), vms: .ids(ids: vms), required: required)
    }
}

extension Cluster {
    public static func cluster(
        _ name: String = "lab", hosts: [Host], vms: [VirtualMachine], rules: [Rule] = [], links: [Link] = []
    ) -> Cluster {
        Cluster(name: name, takenAt: .testMoment, hosts: hosts, vms: vms, rules: rules, links: links)
    }
}
