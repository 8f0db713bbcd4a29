import ClusterModel

/// A host of `drover.cluster/1`.
enum HostShape {
    /// Stands for a host until its keys are read; the optional ones have their defaults here.
    private static let blank = Host(id: "", cpuCores: 0, memoryBytes: 0)

    static let shape = Shape<Host>.object(blank, identity + capacity + place + energy, rules: [reservation])

    private static let identity: [Field<Host>] = [
        .required("id", \.id, .name),
        .required("state", \.state, .choice(blank: .on), about: "Only hosts that are on take VMs."),
    ]

    private static let capacity: [Field<Host>] = [
        .required("cpuCores", \.cpuCores, .positive("cores"), about: "Capacity is cpuCores x cpuSpeed."),
        .defaulted("cpuSpeed", \.cpuSpeed, .positive("reference cores"), of: blank, about: "Of one core."),
        .required("memoryBytes", \.memoryBytes, .wholeBytes(isZeroAllowed: false)),
        .defaulted(
            "reservedMemoryBytes", \.reservedMemoryBytes, .wholeBytes(), of: blank,
            about: "What the hypervisor keeps; less than memoryBytes."),
        .optional("diskBytesPerSecond", \.diskBytesPerSecond, .positive("bytes per second"), about: noLimit),
        .optional("networkBitsPerSecond", \.networkBitsPerSecond, .positive("bits per second"), about: noLimit),
        .optional(
            "migrationBitsPerSecond", \.migrationBitsPerSecond, .positive("bits per second"), about: policyDefault),
        .optional("maxMigrationsOut", \.maxMigrationsOut, .count(), about: policyDefault),
        .optional("maxMigrationsIn", \.maxMigrationsIn, .count(), about: policyDefault),
        .optional("architecture", \.architecture, .name),
        .optional("cpuModel", \.cpuModel, .name),
        .optional("cpuFeatures", \.cpuFeatures, .names()),
        .defaulted("numaNodes", \.numaNodes, numaNode.list(), of: blank),
    ]

    private static let place: [Field<Host>] = [
        .optional("site", \.site, .name),
        .optional("rack", \.rack, .name, about: "Named across the cluster; absent: a rack of its own."),
        .defaulted("labels", \.labels, .labels, of: blank),
        .optional("datastores", \.datastores, .names(), about: "Absent: reaches all."),
        .optional("networks", \.networks, .names(), about: "Absent: reaches all."),
        .optional("localDiskBytes", \.localDiskBytes, .wholeBytes(), about: "Room for VMs' local disks."),
    ]

    private static let energy: [Field<Host>] = [
        .optional("power", \.power, power),
        .optional("bootSeconds", \.bootSeconds, .seconds, about: policyDefault),
        .optional("shutdownSeconds", \.shutdownSeconds, .seconds, about: policyDefault),
        .optional("powerControl", \.powerControl, powerControl),
        .extensions(\.extensions),
    ]

    private static let noLimit = "Absent: no limit."
    private static let policyDefault = "Absent: the policy's default."

    private static let reservation = ObjectRule<Host>.condition(
        on: ["memoryBytes", "reservedMemoryBytes"], at: "reservedMemoryBytes", allowed: "less than memoryBytes"
    ) { $0.memoryBytes == 0 || $0.reservedMemoryBytes < $0.memoryBytes }

    private static let numaNode = Shape<NUMANode>.object(
        NUMANode(cpuCores: 0, memoryBytes: 0),
        [
            .required("cpuCores", \.cpuCores, .amount("cores")),
            .required("memoryBytes", \.memoryBytes, .wholeBytes()),
        ])

    static let powerControl = Shape<PowerControl>.object(
        PowerControl(kind: .redfish),
        [
            .required("kind", \.kind, .choice(blank: .redfish)),
            .optional("url", \.url, .name),
            .optional("credential", \.credential, .name, about: "The name of a credential, never the credential."),
        ])
}

// MARK: - Power

extension HostShape {
    private static let blankPower = PowerModel()

    /// The points of a power curve: 0, 10 .. 100 % of CPU.
    private static let curvePoints = 11

    static let power = Shape<PowerModel>.object(
        blankPower,
        [
            .defaulted("idleWatts", \.idleWatts, .watts, of: blankPower, isAlwaysWritten: true),
            .defaulted("peakWatts", \.peakWatts, .watts, of: blankPower, isAlwaysWritten: true),
            .defaulted(
                "curveWatts", \.curveWatts, curve, of: blankPower,
                about: "At 0, 10 .. 100 % CPU, in place of idle and peak."),
            .defaulted("offWatts", \.offWatts, .watts, of: blankPower),
        ],
        rules: [idleAndPeak])

    private static let curve = Shape<[Double]>.numbers(.watts).restricted(
        "no value, or \(curvePoints) numbers of watts",
        schema: [
            "anyOf": .array(values: [
                .object(fields: ["maxItems": .integer(value: 0)]),
                .object(fields: [
                    "minItems": .integer(value: Int64(curvePoints)), "maxItems": .integer(value: Int64(curvePoints)),
                ]),
            ])
        ]
    ) { $0.isEmpty || $0.count == curvePoints }

    /// Without a curve, both ends of the line are needed.
    private static let idleAndPeak = ObjectRule<PowerModel>(
        schema: .object(fields: [
            "anyOf": .array(values: [
                .object(fields: [
                    "required": .array(values: [.string(value: "idleWatts"), .string(value: "peakWatts")])
                ]),
                .object(fields: [
                    "required": .array(values: [.string(value: "curveWatts")]),
                    "properties": .object(fields: [
                        "curveWatts": .object(fields: ["minItems": .integer(value: Int64(curvePoints))])
                    ]),
                ]),
            ])
        ])
    ) { power, view, reader in
        let isCurveWrong = view.isPresent("curveWatts", reader) && !view.isSound("curveWatts", reader)
        guard power.curveWatts.isEmpty, !isCurveWrong else { return true }
        var isSound = true
        for key in ["idleWatts", "peakWatts"] where !view.isPresent(key, reader) {
            reader.reportMissing(key, in: view.node, allowed: "a number of watts, or \(curvePoints) curveWatts")
            isSound = false
        }
        return isSound
    }
}
