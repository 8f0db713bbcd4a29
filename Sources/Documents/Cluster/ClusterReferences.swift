import ClusterModel

/// What holds between the parts of a cluster document: identifiers, references, sums, common slots of profiles.
///
/// Works on the values that were read, also when some were wrong, so that all errors are reported together. An empty
/// identifier stands for one that was wrong, and is already reported.
struct ClusterReferences {
    let cluster: Cluster
    let root: Int
    var hostIDs: Set<String> = []
    var vmIDs: Set<String> = []

    static func check(_ cluster: Cluster, root: Int, _ reader: inout ShapeReader) {
        var references = ClusterReferences(cluster: cluster, root: root)
        references.hostIDs = references.uniqueIDs("hosts", cluster.hosts.map(\.id), &reader)
        references.vmIDs = references.uniqueIDs("vms", cluster.vms.map(\.id), &reader)
        _ = references.uniqueIDs("rules", cluster.rules.map(\.id), &reader)
        references.checkPlacement(&reader)
        references.checkProfiles(&reader)
        references.checkRules(&reader)
        references.checkLinks(&reader)
        references.checkSums(&reader)
    }

    /// The nodes of a list's elements, which have the indices of the values.
    private func nodes(_ key: String, _ reader: ShapeReader) -> [Int] {
        reader.tree.member(root, key).map { reader.tree.elements($0) } ?? []
    }

    private func uniqueIDs(_ key: String, _ ids: [String], _ reader: inout ShapeReader) -> Set<String> {
        var seen: Set<String> = []
        var repeated: [Int] = []
        for (index, id) in ids.enumerated() where !id.isEmpty && !seen.insert(id).inserted { repeated.append(index) }
        guard !repeated.isEmpty else { return seen }
        let nodes = nodes(key, reader)
        for index in repeated where index < nodes.count {
            guard let node = reader.tree.member(nodes[index], "id") else { continue }
            reader.refuseRepeated(node, allowed: "an id that no other has")
        }
        return seen
    }

    private func reportUnknown(
        _ node: Int, _ id: String, _ what: String, _ ids: Set<String>, _ reader: inout ShapeReader
    ) {
        // Very large clusters go without a guess; the candidates are sorted so that ties fall the same way each time.
        let candidates = ids.count <= 10_000 ? ids : []
        func allowed() -> String {
            let plain = "the id of a \(what) of this document"
            guard let meant = Suggestion.nearest(to: id, among: candidates.sorted()) else { return plain }
            return "\(plain); did you mean \"\(meant)\""
        }
        reader.refuse(node, allowed: allowed())
    }
}

// MARK: - Placement and profiles

extension ClusterReferences {
    private func checkPlacement(_ reader: inout ShapeReader) {
        let states = Dictionary(cluster.hosts.map { ($0.id, $0.state) }, uniquingKeysWith: { first, _ in first })
        var nodes: [Int]?
        for (index, vm) in cluster.vms.enumerated() {
            guard let host = vm.host, !host.isEmpty else { continue }
            let state = states[host]
            let isOdd = vm.state != .stopped && (state == .off || state == .standby)
            guard state == nil || isOdd else { continue }
            let all = nodes ?? self.nodes("vms", reader)
            nodes = all
            guard index < all.count, let node = reader.tree.member(all[index], "host") else { continue }
            if let state {
                reader.warn(node, "the VM is \(vm.state.rawValue), but its host \"\(host)\" is \(state.rawValue)")
            } else {
                reportUnknown(node, host, "host", hostIDs, &reader)
            }
        }
    }

    private func checkProfiles(_ reader: inout ShapeReader) {
        var first: DemandProfile?
        var nodes: [Int]?
        for (index, vm) in cluster.vms.enumerated() {
            guard let profile = vm.profile, profile.slotCount > 0, profile.slotSeconds > 0 else { continue }
            guard let model = first else {
                first = profile
                continue
            }
            let differs =
                profile.slotSeconds != model.slotSeconds || profile.start != model.start
                || profile.slotCount != model.slotCount
            guard differs else { continue }
            let all = nodes ?? self.nodes("vms", reader)
            nodes = all
            guard index < all.count, let node = reader.tree.member(all[index], "profile") else { continue }
            reader.report(
                node, found: Self.describe(profile),
                allowed: "the slots of the document's first profile: \(Self.describe(model))")
        }
    }

    private static func describe(_ profile: DemandProfile) -> String {
        "\(profile.slotCount) slots of \(profile.slotSeconds) seconds from \(profile.start)"
    }
}

// MARK: - Rules and links

extension ClusterReferences {
    private func checkRules(_ reader: inout ShapeReader) {
        guard !cluster.rules.isEmpty else { return }
        let nodes = nodes("rules", reader)
        let vms = Population(what: "VM", ids: vmIDs, labels: cluster.vms.map(\.labels))
        let hosts = Population(what: "host", ids: hostIDs, labels: cluster.hosts.map(\.labels))
        for (index, rule) in cluster.rules.enumerated() where index < nodes.count {
            checkSelector(rule.vms, reader.tree.member(nodes[index], "vms"), vms, &reader)
            switch rule.kind {
            case .hostAffinity(let selector), .hostAntiAffinity(let selector):
                checkSelector(selector, reader.tree.member(nodes[index], "hosts"), hosts, &reader)
            case .affinity, .antiAffinity:
                break
            }
        }
    }

    /// Those among whom a selector chooses.
    private struct Population {
        struct Label: Hashable {
            let key: String
            let value: String
        }

        let what: String
        let ids: Set<String>
        private let labels: [[String: String]]
        private var known: Set<Label> = []

        init(what: String, ids: Set<String>, labels: [[String: String]]) {
            self.what = what
            self.ids = ids
            self.labels = labels
            for own in labels {
                for (key, value) in own { known.insert(Label(key: key, value: value)) }
            }
        }

        func hasAny(with wanted: [String: String]) -> Bool {
            guard wanted.allSatisfy({ known.contains(Label(key: $0.key, value: $0.value)) }) else { return false }
            return wanted.count == 1 || labels.contains { own in wanted.allSatisfy { own[$0.key] == $0.value } }
        }
    }

    private func checkSelector(
        _ selector: Selector, _ node: Int?, _ population: Population, _ reader: inout ShapeReader
    ) {
        guard let node else { return }
        switch selector {
        case .ids(let named):
            guard let list = reader.tree.member(node, "ids") else { return }
            if named.isEmpty { reader.warn(list, "names no \(population.what)") }
            let elements = reader.tree.elements(list)
            for (id, element) in zip(named, elements) where !id.isEmpty && !population.ids.contains(id) {
                reportUnknown(element, id, population.what, population.ids, &reader)
            }
        case .label(let wanted):
            guard let label = reader.tree.member(node, "label"), !population.hasAny(with: wanted) else { return }
            reader.warn(label, "selects no \(population.what) now")
        }
    }

    private func checkLinks(_ reader: inout ShapeReader) {
        guard !cluster.links.isEmpty else { return }
        let sites = Set(cluster.hosts.compactMap(\.site))
        let racks = Set(cluster.hosts.compactMap(\.rack))
        let nodes = nodes("links", reader)
        for (index, link) in cluster.links.enumerated() where index < nodes.count {
            guard let between = reader.tree.member(nodes[index], "between") else { continue }
            for (end, node) in zip([link.first, link.second], reader.tree.elements(between)) {
                let (name, known, what) =
                    switch end {
                    case .site(let name): (name, sites, "site")
                    case .rack(let name): (name, racks, "rack")
                    }
                guard !name.isEmpty, !known.contains(name) else { continue }
                let names = known.sorted().prefix(20).map { "\(what):\($0)" }.joined(separator: ", ")
                let none = "nothing, as no host has a \(what)"
                reader.refuse(node, allowed: names.isEmpty ? none : "a \(what) that a host has: \(names)")
            }
        }
    }
}

// MARK: - Sums

extension ClusterReferences {
    /// Sums of bytes below this leave room for any difference or doubling in 64 bits.
    private static let largestSum: Int64 = 1 << 61

    /// Everyone adds these up, so their sums must not overflow.
    private func checkSums(_ reader: inout ShapeReader) {
        checkSum("hosts", "memoryBytes", cluster.hosts.map(\.memoryBytes), &reader)
        checkSum("hosts", "localDiskBytes", cluster.hosts.map { $0.localDiskBytes ?? 0 }, &reader)
        checkSum("vms", "memoryBytes", cluster.vms.map(\.memoryBytes), &reader)
        checkSum("vms", "localDiskBytes", cluster.vms.map(\.localDiskBytes), &reader)
    }

    private func checkSum(_ list: String, _ key: String, _ values: [Int64], _ reader: inout ShapeReader) {
        var sum: Int64 = 0
        for value in values {
            let (next, overflow) = sum.addingReportingOverflow(value)
            guard !overflow, next <= Self.largestSum else {
                reader.report(
                    reader.tree.member(root, list) ?? root,
                    found: "a sum of \(key) beyond 2^61", allowed: "at most 2^61 bytes in all")
                return
            }
            sum = next
        }
    }
}
