import ClusterModel

/// A VM of `drover.cluster/1`.
enum VirtualMachineShape {
    /// Stands for a VM until its keys are read; the optional ones have their defaults here.
    private static let blank = VirtualMachine(
        id: "", host: nil, vcpus: 0, memoryBytes: 0, demand: Demand(cpuCores: 0, memoryBytes: 0))

    static let shape = Shape<VirtualMachine>.object(blank, size + movement + needs, rules: [hostUnlessStopped])

    private static let size: [Field<VirtualMachine>] = [
        .required("id", \.id, .name),
        .nullable("host", \.host, .name, about: "May be null or absent when stopped."),
        .required("state", \.state, .choice(blank: .running)),
        .required("vcpus", \.vcpus, .count()),
        .required("memoryBytes", \.memoryBytes, .wholeBytes(), about: "What it is configured with."),
        .required("demand", \.demand, demand, about: "The load at takenAt; with a profile, the profile must fit."),
        .optional("profile", \.profile, profile),
        .optional("dirty", \.dirty, dirty),
    ]

    private static let movement: [Field<VirtualMachine>] = [
        .defaulted("migration", \.migration, .choice(blank: .live), of: blank),
        .optional("migrationReason", \.migrationReason, .text),
        .optional(
            "maxDowntimeMilliseconds", \.maxDowntimeMilliseconds, .milliseconds, about: "Absent: the policy's."),
        .defaulted("priority", \.priority, .count(), of: blank),
        .defaulted("restartOnFailure", \.restartOnFailure, .flag, of: blank),
    ]

    private static let needs: [Field<VirtualMachine>] = [
        .optional("architecture", \.architecture, .name),
        .optional("cpuModel", \.cpuModel, .name),
        .optional("cpuFeatures", \.cpuFeatures, .names()),
        .defaulted("datastores", \.datastores, .names(), of: blank),
        .defaulted("networks", \.networks, .names(), of: blank),
        .defaulted("localDiskBytes", \.localDiskBytes, .wholeBytes(), of: blank),
        .defaulted("labels", \.labels, .labels, of: blank),
        .optional("lastMigratedAt", \.lastMigratedAt, .time),
        .extensions(\.extensions),
    ]

    private static let hostUnlessStopped = ObjectRule<VirtualMachine>(
        schema: .object(fields: [
            "if": .object(fields: [
                "properties": .object(fields: [
                    "state": .object(fields: ["not": .object(fields: ["const": .string(value: "stopped")])])
                ])
            ]),
            "then": .object(fields: [
                "required": .array(values: [.string(value: "host")]),
                "properties": .object(fields: [
                    "host": .object(fields: ["type": .string(value: "string")])
                ]),
            ]),
        ])
    ) { vm, view, reader in
        guard view.isSound("state", reader), vm.state != .stopped, vm.host == nil else { return true }
        guard let node = view.node("host", reader) else {
            reader.reportMissing("host", in: view.node, allowed: "a host's id, since the VM is \(vm.state.rawValue)")
            return false
        }
        // A host that is there and not null is already reported.
        guard reader.tree.kind(node) == .null else { return false }
        reader.refuse(node, allowed: "a host's id, since the VM is \(vm.state.rawValue)")
        return false
    }
}

// MARK: - Demand

extension VirtualMachineShape {
    private static let blankDemand = Demand(cpuCores: 0, memoryBytes: 0)

    private static let demand = Shape<Demand>.object(
        blankDemand,
        [
            .required("cpuCores", \.cpuCores, .amount("reference cores")),
            .required("memoryBytes", \.memoryBytes, .bytes),
            .defaulted("diskBytesPerSecond", \.diskBytesPerSecond, .amount("bytes per second"), of: blankDemand),
            .defaulted("networkBitsPerSecond", \.networkBitsPerSecond, .amount("bits per second"), of: blankDemand),
        ])

    private static let blankProfile = DemandProfile(
        slotSeconds: 0, start: Timestamp(millisecondsSinceEpoch: 0), cpuCores: [], memoryBytes: [])

    private static let profile = Shape<DemandProfile>.object(
        blankProfile,
        [
            .required("slotSeconds", \.slotSeconds, .positiveSeconds),
            .required("start", \.start, .time),
            .defaulted("cpuCores", \.cpuCores, .numbers(.amount("reference cores")), of: blankProfile),
            .defaulted("memoryBytes", \.memoryBytes, .numbers(.bytes), of: blankProfile),
        ],
        rules: [
            .condition(
                on: ["cpuCores", "memoryBytes"], at: "memoryBytes", allowed: "as many values as cpuCores has, or none"
            ) { $0.cpuCores.isEmpty || $0.memoryBytes.isEmpty || $0.cpuCores.count == $0.memoryBytes.count }
        ])

    private static let dirty = Shape<DirtyRate>.object(
        DirtyRate(hotBytes: 0, bytesPerSecond: 0),
        [
            .required("hotBytes", \.hotBytes, .bytes),
            .required("bytesPerSecond", \.bytesPerSecond, .amount("bytes per second")),
        ])
}
