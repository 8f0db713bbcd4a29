import AgentWire
import CAgentWire
import CProtobufC
import Testing

@Suite struct SampleBatchTests {
    /// Every metric of both kinds, several machines and CPUs.
    static func full(machineCount: Int = 3) -> SampleBatch {
        var host = Readings<HostMetric>()
        for metric in HostMetric.allCases { host[metric] = Double(metric.rawValue) * 1.25 }
        let machines = (0..<machineCount).map { index in
            var readings = Readings<VirtualMachineMetric>()
            for metric in VirtualMachineMetric.allCases where (metric.rawValue + index) % 3 != 0 {
                readings[metric] = Double(metric.rawValue * 1000 + index)
            }
            return VirtualMachineSample(
                timestampMilliseconds: 1_763_800_000_000, intervalMilliseconds: 10_000, name: "vm\(index) ä",
                uuid: index == 0 ? nil : "0a1b2c3d-0000-4000-8000-00000000db01", readings: readings)
        }
        return SampleBatch(
            identity: BatchIdentity(agentInstance: "00112233445566778899aabbccddeeff", sequence: .max), host: "h01",
            cluster: "lab", bootID: "3f0c8a52-8f5e-4f6d-9d3a-0b8a2f6c1d11",
            hostSamples: [
                HostSample(
                    timestampMilliseconds: 1_763_800_000_000, intervalMilliseconds: 10_000, readings: host,
                    cpuBusyFractions: [0, 0.5, 1])
            ], virtualMachineSamples: machines)
    }

    @Test func comesBackAsItWasSent() throws {
        let batch = Self.full()
        #expect(try SampleBatch(decoding: try batch.encoded()) == batch)
        let bare = SampleBatch(
            identity: batch.identity, host: "h", hostSamples: [],
            virtualMachineSamples: [batch.virtualMachineSamples[0]])
        #expect(try SampleBatch(decoding: try bare.encoded()) == bare)
    }

    @Test func aHandWrittenMessageIsRead() throws {
        let batch = try SampleBatch(decoding: RawBatch().bytes)
        #expect(batch.host == "h01")
        #expect(batch.cluster == "lab")
        #expect(batch.bootID == nil)
        #expect(batch.identity.description == String(repeating: "07", count: 16) + "-1")
        #expect(batch.hostSamples.first?.readings[.cpuBusyCores] == 1.5)
        #expect(batch.hostSamples.first?.readings[.packageWatts] == nil)
        #expect(batch.hostSamples.first?.cpuBusyFractions == [0.5, 0.25])
        #expect(batch.virtualMachineSamples.first?.name == "vm7")
        #expect(batch.virtualMachineSamples.first?.readings[.cpuCores] == 0.75)
    }

    struct Refusal: CustomTestStringConvertible {
        let testDescription: String
        let code: WireError.Code
        let bytes: [UInt8]

        init(_ name: String, _ code: WireError.Code, _ spoil: (inout RawBatch) -> Void) {
            var raw = RawBatch()
            spoil(&raw)
            (testDescription, self.code, bytes) = (name, code, raw.bytes)
        }
    }

    static let refusals = [
        Refusal("another version", .unknown) { $0.version = 2 },
        Refusal("no host", .invalidText) { $0.host = [] },
        Refusal("a NUL in the host", .invalidText) { $0.host = Array("h0\u{0}1".utf8) },
        Refusal("a line end in the host", .invalidText) { $0.host = Array("h0\n1".utf8) },
        Refusal("a host that is no UTF-8", .invalidText) { $0.host = [0x68, 0xff, 0xfe] },
        Refusal("an overlong host", .invalidText) { $0.host = [UInt8](repeating: 0x68, count: 256) },
        Refusal("an escape in the cluster", .invalidText) { $0.cluster = Array("\u{1b}[2J".utf8) },
        Refusal("a short instance", .inconsistent) { $0.instance.removeLast() },
        Refusal("no sequence", .inconsistent) { $0.sequence = 0 },
        Refusal("a time before 2000", .timestampOutOfRange) { $0.time = 946_684_799_999 },
        Refusal("a time after 2099", .timestampOutOfRange) { $0.time = 4_102_444_800_000 },
        Refusal("a negative time", .timestampOutOfRange) { $0.time = UInt64(bitPattern: -1) },
        Refusal("an unknown metric", .unknown) { $0.metrics = [1, 99] },
        Refusal("the metric zero", .unknown) { $0.metrics = [0, 1] },
        Refusal("a metric beyond 32 bits", .inconsistent) { $0.metrics = [1, 1 << 32 | 1] },
        Refusal("a metric twice", .inconsistent) { $0.metrics = [2, 2] },
        Refusal("fewer values than metrics", .inconsistent) { $0.values = [4] },
        Refusal("a sample without values", .inconsistent) { ($0.metrics, $0.values) = ([], []) },
        Refusal("NaN", .invalidNumber) { $0.values = [4, .nan] },
        Refusal("infinity", .invalidNumber) { $0.values = [4, .infinity] },
        Refusal("a negative number", .invalidNumber) { $0.values = [4, -0.5] },
        Refusal("an absurd number", .invalidNumber) { $0.values = [4, 1e19] },
        Refusal("a CPU more than busy", .invalidNumber) { $0.cpuBusyFractions = [1.01] },
        Refusal("a CPU of NaN", .invalidNumber) { $0.cpuBusyFractions = [.nan] },
        Refusal("a machine without a name", .invalidText) { $0.machineName = [] },
        Refusal("a uuid in capitals", .invalidText) {
            $0.machineUUID = Array("0A1B2C3D-0000-4000-8000-00000000DB01".utf8)
        },
        Refusal("a machine twice", .inconsistent) { $0.machineCount = 2 },
        Refusal("a host's sample twice", .inconsistent) { $0.hostCount = 2 },
        Refusal("a wrong count", .inconsistent) { $0.sampleCount = 3 },
        Refusal("no samples", .inconsistent) { ($0.hostCount, $0.machineCount) = (0, 0) },
        Refusal("too many samples", .tooManySamples) { $0.machineCount = 10_000 },
        Refusal("a field of the wrong type", .malformed) { $0.extra = [2 << 3, 1] },
        Refusal("half a varint", .malformed) { $0.extra = [9 << 3, 0x80] },
        Refusal("a length beyond the end", .malformed) { $0.extra = [8 << 3 | 2, 0x7f] },
        Refusal("a group", .malformed) { $0.extra = [10 << 3 | 3] },
        Refusal("a body beyond the limit", .bodyTooLarge) { $0.host = [UInt8](repeating: 0x68, count: 1 << 20) },
    ]

    @Test(arguments: refusals)
    func refusesWhole(_ refusal: Refusal) {
        let error = #expect(throws: WireError.self) { try SampleBatch(decoding: refusal.bytes) }
        #expect(error?.code == refusal.code, "\(error?.message ?? "")")
        #expect(error?.message.isEmpty == false)
    }

    @Test func everyCodeOfAnErrorHasACase() {
        let tested = Set(Self.refusals.map(\.code)).union([.memoryLimit])
        #expect(tested == Set(WireError.Code.allCases))
    }

    @Test func unknownFieldsOfALaterVersionAreIgnored() throws {
        var raw = RawBatch()
        var later = RawMessage()
        later.data(77, Array("later".utf8))
        raw.extra = later.bytes
        #expect(try SampleBatch(decoding: raw.bytes).host == "h01")
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = try Self.full().encoded()
        for length in 0..<bytes.count {
            #expect(throws: WireError.self, "cut to \(length) bytes") {
                try SampleBatch(decoding: bytes.prefix(length))
            }
        }
    }

    @Test func aBombIsRefusedBeforeItUnfolds() {
        // 2 bytes each on the wire, an empty machine: they would unfold to 96 times their size.
        let bomb = [UInt8]((0..<(1 << 19)).flatMap { _ in [UInt8(8 << 3 | 2), 0] })
        let limits = WireLimits.standard
        let (outcome, unpackedBytes) = SampleBatch.decode(bomb, limits: limits)
        #expect(throws: WireError.self) { try outcome.get() }
        if case .failure(let error) = outcome { #expect(error.code == .memoryLimit) }
        #expect(unpackedBytes <= limits.maxUnpackBytes)
        #expect(unpackedBytes > limits.maxUnpackBytes / 2)
    }

    @Test func theSenderIsHeldToTheSameRules() {
        let batch = Self.full()
        let bad = SampleBatch(
            identity: batch.identity, host: "a\u{0}b", hostSamples: batch.hostSamples, virtualMachineSamples: [])
        #expect(throws: WireError.self) { try bad.encoded() }
        let wrongInstance = SampleBatch(
            identity: BatchIdentity(agentInstance: "XYZ", sequence: 1), host: "h", hostSamples: batch.hostSamples,
            virtualMachineSamples: [])
        #expect(throws: WireError.self) { try wrongInstance.encoded() }
    }

    /// The numbers in the `.proto` and in Swift are the same, and none is missing on either side.
    @Test func metricsAreThoseOfTheProtocol() {
        func names(_ descriptor: ProtobufCEnumDescriptor, prefix: String) -> [Int: String] {
            var names: [Int: String] = [:]
            for index in 0..<Int(descriptor.n_values) {
                let value = descriptor.values[index]
                let name = String(cString: value.name).dropFirst(prefix.count)
                names[Int(value.value)] = name.filter { $0 != "_" }.lowercased()
            }
            names[0] = nil
            return names
        }
        let host = names(drover__agent__v1__host_metric__descriptor, prefix: "HOST_METRIC_")
        #expect(
            host == Dictionary(uniqueKeysWithValues: HostMetric.allCases.map { ($0.rawValue, $0.name.lowercased()) }))
        let machine = names(
            drover__agent__v1__virtual_machine_metric__descriptor, prefix: "VIRTUAL_MACHINE_METRIC_")
        #expect(
            machine
                == Dictionary(
                    uniqueKeysWithValues: VirtualMachineMetric.allCases.map { ($0.rawValue, $0.name.lowercased()) }))
        #expect(HostMetric.highestNumber == HostMetric.allCases.map(\.rawValue).max())
        #expect(VirtualMachineMetric.highestNumber == VirtualMachineMetric.allCases.map(\.rawValue).max())
    }
}
