import CAgentWire
import CProtobufC

extension SampleBatch {
    /// The batch as its bytes on the wire, checked against the same limits that a receiver applies.
    public func encoded(limits: WireLimits = .standard) throws(WireError) -> [UInt8] {
        try validate(limits: limits)
        guard let instance = identity.instanceAsBytes else {
            throw WireError(
                code: .inconsistent, message: "the agent's instance must be 32 lower-case hexadecimal digits")
        }
        let bytes = BatchWriter().bytes(of: self, instance: instance)
        guard bytes.count <= limits.maxBodyBytes else {
            throw WireError(
                code: .bodyTooLarge, message: "the batch has \(bytes.count) bytes; at most \(limits.maxBodyBytes)")
        }
        return bytes
    }
}

/// Builds the C message in memory of its own, packs it, and frees all of it with itself.
private final class BatchWriter {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit {
        for block in blocks { block.deallocate() }
    }

    func bytes(of batch: SampleBatch, instance: [UInt8]) -> [UInt8] {
        var message = Drover__Agent__V1__Batch()
        drover__agent__v1__batch__init(&message)
        message.format_version = SampleBatch.formatVersion
        message.host = data(batch.host)
        message.cluster = data(batch.cluster ?? "")
        message.boot_id = data(batch.bootID ?? "")
        message.agent_instance = ProtobufCBinaryData(len: instance.count, data: copy(instance))
        message.sequence = batch.identity.sequence
        message.n_host_samples = batch.hostSamples.count
        message.host_samples = copy(batch.hostSamples.map { copy([self.message($0)]) })
        message.n_virtual_machine_samples = batch.virtualMachineSamples.count
        message.virtual_machine_samples = copy(batch.virtualMachineSamples.map { copy([self.message($0)]) })
        message.sample_count = UInt32(clamping: batch.hostSamples.count + batch.virtualMachineSamples.count)
        let byteCount = drover__agent__v1__batch__get_packed_size(&message)
        return withExtendedLifetime(self) {
            [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initializedCount in
                initializedCount = drover__agent__v1__batch__pack(&message, buffer.baseAddress)
            }
        }
    }

    private func message(_ sample: HostSample) -> Drover__Agent__V1__HostSample {
        var message = Drover__Agent__V1__HostSample()
        drover__agent__v1__host_sample__init(&message)
        let present = sample.readings.present
        message.timestamp_milliseconds = sample.timestampMilliseconds
        message.interval_milliseconds = sample.intervalMilliseconds
        message.n_metrics = present.count
        message.metrics = copy(present.map { Drover__Agent__V1__HostMetric(rawValue: UInt32($0.metric.rawValue)) })
        message.n_values = present.count
        message.values = copy(present.map(\.value))
        message.n_cpu_busy_fractions = sample.cpuBusyFractions.count
        message.cpu_busy_fractions = copy(sample.cpuBusyFractions)
        return message
    }

    private func message(_ sample: VirtualMachineSample) -> Drover__Agent__V1__VirtualMachineSample {
        var message = Drover__Agent__V1__VirtualMachineSample()
        drover__agent__v1__virtual_machine_sample__init(&message)
        let present = sample.readings.present
        message.timestamp_milliseconds = sample.timestampMilliseconds
        message.interval_milliseconds = sample.intervalMilliseconds
        message.name = data(sample.name)
        message.uuid = data(sample.uuid ?? "")
        message.n_metrics = present.count
        message.metrics = copy(
            present.map { Drover__Agent__V1__VirtualMachineMetric(rawValue: UInt32($0.metric.rawValue)) })
        message.n_values = present.count
        message.values = copy(present.map(\.value))
        return message
    }

    private func data(_ text: String) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: text.utf8.count, data: copy(Array(text.utf8)))
    }

    /// A copy that lives as long as this writer; `nil` for nothing, as protobuf-c expects.
    private func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty else { return nil }
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: elements.count)
        pointer.initialize(from: elements, count: elements.count)
        blocks.append(UnsafeMutableRawPointer(pointer))
        return pointer
    }
}
